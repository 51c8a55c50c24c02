"""What row-level security costs on PostgreSQL: one running hub whose tables are under it, and for a while are not.

The peer is the same hub without the net beneath its own mistakes: nobody should run it so.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator

import asyncpg
from bench_reports import AGENTS, accepted
from hub_rig import postgresql
from hub_stage import Estate, Served, estate, served_hub
from visitor import Visitor, at, seconds

from figures import Row, record_row
from tympan_hub.adapters.sql.tables import metadata

PRINTERS = 1_000
ROUNDS = 4
PAGES = 15
BESIDE = "the same without row-level security"


def run() -> list[Row]:
    """The rows of this benchmark: medians of interleaved rounds."""
    with postgresql(durable=True) as server:
        database = asyncio.run(server.empty())
        with (
            estate(agents=AGENTS, printers=PRINTERS, database=database) as place,
            served_hub(place) as hub,
            Visitor(hub.url) as visitor,
        ):
            visitor.sign_in()
            rounds = [list(_round(hub, place, visitor)) for _ in range(ROUNDS)]
    secured, bare = (zip(*side, strict=True) for side in zip(*rounds, strict=True))
    (reports, pages), (bare_reports, bare_pages) = (list(map(statistics.median, side)) for side in (secured, bare))
    return [
        record_row("job reports accepted durably on PostgreSQL under row-level security, one by one", ours=reports,
                   peer=bare_reports, unit="1/s", beside=BESIDE),
        record_row(f"portal on PostgreSQL under row-level security: list of {PRINTERS:,} printers, p50", ours=pages,
                   peer=bare_pages, unit="ms", beside=BESIDE),
    ]  # fmt: skip


def _round(hub: Served, place: Estate, visitor: Visitor) -> Iterator[tuple[float, float]]:
    for verb in ("ENABLE", "DISABLE"):
        asyncio.run(_secured(place.database, verb))
        taken = asyncio.run(accepted(hub, place, 1))
        yield taken, 1000 * at(0.5, seconds(visitor, "/printers", PAGES))


async def _secured(database: str, verb: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        for table in metadata.sorted_tables:
            await connection.execute(f'ALTER TABLE "{table.name}" {verb} ROW LEVEL SECURITY')
    finally:
        await connection.close()


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
