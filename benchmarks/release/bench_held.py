"""Memory of the agent for each job it holds, small and large: what is held is a record, and the document stays on disk.

Jobs come in by IPP as from a spooler, of many accounts, since one may hold so many only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import trio

sys.path.insert(0, str(Path(__file__).parents[1] / "print_path"))

from stage import KEYS, Agent, agent, device, private_directory

from figures import Row, value_row
from processes import KIB_A_MIB, proportional_mib
from tympan_net.ipp_client import IppClient
from tympan_wire.ipp import attr

DOCUMENT = Path(__file__).parents[2] / "tests" / "documents" / "01-a4-1p-gray.pdf"
WARM, SMALL, LARGE = 300, 2_000, 200
LARGE_BYTES = 1 << 20
JOBS_OF_ONE = 50
"""Held jobs of one account."""
SETTLE_S = 5.0
EACH_KIB = 8.0
AT_ONCE = 4


def run() -> list[Row]:
    """The rows of this benchmark."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    with private_directory("held") as place:
        async with device() as eve, agent(place / "home", env=KEYS) as ours:
            added = json.loads(
                await ours.tympan("printers", "add", "Held", "--uri", eve.uri, "--mode", "pull", "--json")
            )
            small = DOCUMENT.read_bytes()
            large = small + b"\n%" + b"x" * LARGE_BYTES
            await _each_kib(ours, added["endpoint"], small, WARM)
            each = await _each_kib(ours, added["endpoint"], small, SMALL)
            each_large = await _each_kib(ours, added["endpoint"], large, LARGE)
    return [
        value_row(f"agent: memory for each held job of {len(small) / 1000:.0f} KB", ours=each, peer=None, unit="KiB",
                  promise="<=", bound=EACH_KIB),
        value_row("agent: memory for each held job of 1 MiB", ours=each_large, peer=None, unit="KiB",
                  promise="<=", bound=LARGE_BYTES / 1024 / 10),
    ]  # fmt: skip


async def _each_kib(ours: Agent, endpoint: str, document: bytes, count: int) -> float:
    """Prints so many into the pull printer; that all are held is asked afterwards, as the answer needs memory too."""
    known = await _held(ours)
    await trio.sleep(SETTLE_S)
    before = proportional_mib(ours.pid)
    numbers = iter(range(known, known + count))
    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE):
            nursery.start_soon(_print, endpoint, document, numbers)
    await trio.sleep(SETTLE_S)
    after = proportional_mib(ours.pid)
    if await _held(ours) != known + count:
        raise RuntimeError("not every job is held")
    return (after - before) * KIB_A_MIB / count


async def _print(endpoint: str, document: bytes, numbers: Iterator[int]) -> None:
    for number in numbers:
        async with IppClient(endpoint, user=f"user{number // JOBS_OF_ONE:03}") as client:
            await client.print_job(document, "application/pdf", [attr.name_("job-name", f"Report {number}.pdf")])


async def _held(ours: Agent) -> int:
    return [row["state"] for row in json.loads(await ours.tympan("jobs", "--json"))].count("held")


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
