"""Job reports accepted durably by the hub: agents send batches over kept connections, and every one is acknowledged.

- *single* is one report a batch, as when one job ends; *batches* are what an agent sends after it was cut off.
- The limit beside it is the same rows put into the same database by one bare connection, one commit a batch.
"""

from __future__ import annotations

import asyncio
import statistics
import time

from bare_rows import inserted_per_second
from hub_stage import Estate, Served, estate, served_hub
from reports import Line, batch

from figures import Row, record_row

AGENTS = 8
ROUNDS = 3
ROUND_S = 3.0
SIZES = {"single": 1, "batches of 50": 50}


def run() -> list[Row]:
    """The rows of this benchmark: medians of interleaved rounds."""
    with estate(agents=AGENTS) as place, served_hub(place.home) as hub:
        return [_row(name, size, hub, place) for name, size in SIZES.items()]


def _row(name: str, size: int, hub: Served, place: Estate) -> Row:
    rounds = [
        (asyncio.run(_accepted(hub, place, size)), inserted_per_second(place.home, size, ROUND_S))
        for _ in range(ROUNDS)
    ]
    ours, bare = (statistics.median(column) for column in zip(*rounds, strict=True))
    figure = f"job reports accepted durably on SQLite, {AGENTS} agents, {name}"
    return record_row(
        figure, ours=ours, peer=bare, unit="1/s", beside="one bare connection, same rows, one commit each"
    )


async def _accepted(hub: Served, place: Estate, size: int) -> float:
    lines = [await Line.open(hub.port, token) for token in place.tokens()]
    start = time.monotonic()
    try:
        counts = await asyncio.gather(*(_agent(line, size, start + ROUND_S) for line in lines))
        return sum(counts) / (time.monotonic() - start)
    finally:
        for line in lines:
            line.close()


async def _agent(line: Line, size: int, until: float) -> int:
    taken = 0
    while time.monotonic() < until:
        taken += await line.send(batch(size))
    return taken


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
