"""Job reports accepted durably by the hub: agents send batches over kept connections, and every one is acknowledged.

- *one by one* is one report a batch, as when one job ends; *batches* are what an agent sends after it was cut off.
- The limit beside it is the same rows put into the same kind of database by one bare connection, one commit a batch.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator

from bare_rows import on_postgresql, on_sqlite
from hub_rig import postgresql
from hub_stage import Estate, Served, estate, served_hub
from reports import Line, batch

from figures import Row, record_row

AGENTS = 8
ROUNDS = 3
ROUND_S = 3.0
SIZES = {"one by one": 1, "batches of 50": 50}


def run() -> list[Row]:
    """The rows of this benchmark: medians of interleaved rounds."""
    with postgresql(durable=True) as server:
        return [*_rows("SQLite", ""), *_rows("PostgreSQL", asyncio.run(server.empty()))]


def _rows(kind: str, database: str) -> Iterator[Row]:
    with estate(agents=AGENTS, database=database) as place, served_hub(place) as hub:
        for name, size in SIZES.items():
            rounds = [(asyncio.run(accepted(hub, place, size)), _bare(place, size)) for _ in range(ROUNDS)]
            ours, bare = (statistics.median(column) for column in zip(*rounds, strict=True))
            figure = f"job reports accepted durably on {kind}, {AGENTS} agents, {name}"
            yield record_row(figure, ours=ours, peer=bare, unit="1/s", beside="one bare connection, one commit a batch")


def _bare(place: Estate, size: int) -> float:
    if place.database:
        return asyncio.run(on_postgresql(place.database, size, ROUND_S))
    return on_sqlite(place.home, size, ROUND_S)


async def accepted(hub: Served, place: Estate, size: int) -> float:
    """How many reports a second a hub takes from agents that send this many at once."""
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
