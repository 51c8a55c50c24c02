"""A /24 of loopback addresses with 10 printers, scanned beside ``nmap -p 631`` with as many connections at a time.

nmap says which addresses take a connection. Ours also asks each of those what it is, by IPP, and reads the answer; its
time is from the order to the end, as an agent runs already. nmap's is that of the command. The addresses are in a
network namespace, where nothing else listens.
"""

from __future__ import annotations

import statistics
import time
from contextlib import AsyncExitStack

import trio
from discovery_stage import Host, begun, looking, simulated, told, world
from looking import settings_of

from figures import Row, ratio_row, record_row

NETWORK = "127.9.9"
PRINTERS = range(20, 220, 20)
PLUGIN = "discovery_ippscan"
ROUNDS = 11


def run() -> list[Row]:
    """The rows of this benchmark."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    async with world("floor") as land, AsyncExitStack() as stack:
        desk = await land.host("desk", "floor")
        async with trio.open_nursery() as nursery:
            for last in PRINTERS:
                device = simulated(desk, "--name", f"printer{last}", address=f"{NETWORK}.{last}")
                nursery.start_soon(stack.enter_async_context, device)
        cap = int(str(settings_of(f"tympan_{PLUGIN}")["connections_per_network"]))
        ours, peer, processor = [], [], []
        for _ in range(ROUNDS):
            took, used = await trio.to_thread.run_sync(_ours, desk)
            ours.append(took)
            processor.append(used)
            peer.append(await trio.to_thread.run_sync(_nmap, desk, cap))
    figure = f"a /24 with {len(PRINTERS)} printers scanned"
    beside = f"nmap -p 631 --max-parallelism {cap}"
    return [
        ratio_row(f"{figure}, their attributes read", ours=statistics.median(ours), peer=statistics.median(peer),
                  unit="s", promise="<=", bound=1.0, beside=beside),
        record_row(f"{figure}: processor time, with start and imports", ours=statistics.median(processor), peer=None,
                   unit="s", beside="nobody"),
    ]  # fmt: skip


def _ours(desk: Host) -> tuple[float, float]:
    with looking(desk, PLUGIN, f"{NETWORK}.0/24") as process:
        said = list(told(process))
    read = [one for one in said if one["what"] == "seen" and one["read"]]
    assert len(read) == len(PRINTERS), f"{len(read)} of {len(PRINTERS)} were found and read"
    at = {one["what"]: one["at"] for one in said}
    return at["done"] - at["ordered"], said[-1]["processor_s"]


def _nmap(desk: Host, cap: int) -> float:
    began = time.monotonic()
    argv = ("nmap", "-n", "-Pn", "-sT", "-p", "631", "--max-parallelism", str(cap), "--open", "-oG", "-")
    with begun(desk, *argv, f"{NETWORK}.0/24") as process:
        found = [line for line in process.stdout or () if "631/open" in line]
    assert len(found) == len(PRINTERS), f"nmap found {len(found)} of {len(PRINTERS)}"
    return time.monotonic() - began


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
