"""Get-Printer-Attributes answered per second, beside CUPS and ippeveprinter, which answer the same request.

Ours answers with the attributes of the device, CUPS with those of a queue made for the same device.
"""

from __future__ import annotations

import statistics
import subprocess

import trio
from stage import EvePrinter, Server, add_queue, device, our_agent, peer_cups, put_load

from figures import Row, ratio_row, record_row

CONNECTIONS = (1, 4)
ROUNDS = 5
ROUND_S = 1.0
MOST = 1_000_000


def run() -> list[Row]:
    """The rows of this benchmark: medians of interleaved rounds."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    async with device() as eve, peer_cups() as cups, our_agent(eve) as ours:
        await add_queue(cups.process.server, "everywhere", eve.uri)
        queue = Server(port=cups.server.port, path="/printers/everywhere")
        rows: list[Row] = []
        for connections in CONNECTIONS:
            rows += await _rows(ours.server, queue, eve, connections)
        return rows


async def _rows(ours: Server, cups: Server, eve: EvePrinter, connections: int) -> list[Row]:
    rates: list[tuple[float, float]] = []
    simple: list[float] = []
    for _ in range(ROUNDS):
        rates.append((await _rate(ours, connections), await _rate(cups, connections)))
        simple += await _rates_of_eve(eve, connections)
    answered, peer = (statistics.median(column) for column in zip(*rates, strict=True))
    figure = f"Get-Printer-Attributes answered, {connections} connection{'s' if connections > 1 else ''}"
    crashed = f", which crashed in {ROUNDS - len(simple)} of {ROUNDS} rounds" if len(simple) < ROUNDS else ""
    beside = f"ippeveprinter{crashed}"
    median = statistics.median(simple) if simple else None
    return [
        ratio_row(figure, ours=answered, peer=peer, unit="1/s", promise=">=", bound=0.3, beside="CUPS"),
        record_row(f"{figure}, beside ippeveprinter", ours=answered, peer=median, unit="1/s", beside=beside),
    ]


async def _rate(server: Server, connections: int) -> float:
    task = {"operation": "attributes", "connections": connections, "seconds": ROUND_S, "most": MOST}
    return float((await put_load("requests", server, **task))["rate"])


async def _rates_of_eve(eve: EvePrinter, connections: int) -> list[float]:
    """Its rate, or none: several connections at a time crash it now and then, and it is started again."""
    try:
        return [await _rate(Server(port=eve.port, path="/ipp/print"), connections)]
    except subprocess.CalledProcessError:
        if not eve.program.running:
            await eve.start()
        return []


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
