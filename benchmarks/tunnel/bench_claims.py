"""Jobs a second through one hub process when 50 agents claim them, on SQLite and on PostgreSQL; and no job twice.

- *through* is the whole way of a job at the hub while others are sent: reported, uploaded, offered with 50 envelopes,
  claimed, read, begun, reported printed. Two senders offer as fast as they can.
- *claimed* is the second half alone: all 50 meet at a queue that waits, and take one job at a time.
- The limit beside them is one bare connection to the same kind of database, which commits as often and as much.
- Claimed twice is a lease that two agents have, or a job that two may begin.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections.abc import Iterator
from typing import Final

from bare_crossings import on_postgresql, on_sqlite
from claiming import Tally, claimed, through
from crowded_tunnel import Tunnel, crowded
from hub_rig import postgresql

from figures import Row, record_row, value_row

AGENTS: Final = 50
SENDERS: Final = 2
ROUNDS: Final = 3
ROUND_S: Final = 5.0
WAITING: Final = 200


def run() -> list[Row]:
    """The rows of this benchmark: medians of interleaved rounds."""
    with postgresql(durable=True) as server:
        return [*_rows("SQLite", ""), *_rows("PostgreSQL", asyncio.run(server.empty()))]


def _rows(kind: str, database: str) -> Iterator[Row]:
    with crowded(senders=SENDERS, receivers=AGENTS, database=database) as tunnel:
        rounds = [_round(tunnel) for _ in range(ROUNDS)]
    whole, half, bare = (statistics.median(column) for column in zip(*(rates for rates, _ in rounds), strict=True))
    doubles = sum(tally.doubles for _, tallies in rounds for tally in tallies)
    beside = "one bare connection, which checks nothing"
    yield record_row(f"jobs through the tunnel on {kind}, {AGENTS} agents claiming", ours=whole, peer=bare, unit="1/s",
                     beside=beside)  # fmt: skip
    yield record_row(f"waiting jobs claimed, begun and reported on {kind}, {AGENTS} agents", ours=half, peer=None,
                     unit="1/s", beside="nobody")  # fmt: skip
    yield value_row(f"jobs of those on {kind} that were claimed twice", ours=doubles, peer=None, unit="jobs",
                    promise="<=", bound=0)  # fmt: skip


def _round(tunnel: Tunnel) -> tuple[tuple[float, float, float], list[Tally]]:
    whole, one = asyncio.run(through(tunnel, ROUND_S))
    half, other = asyncio.run(claimed(tunnel, WAITING))
    for tally in (one, other):
        _check(tally)
    return (whole, half, _bare(tunnel)), [one, other]


def _check(tally: Tally) -> None:
    """Every job that was offered was begun."""
    if len(tally.begun) != tally.offered:
        raise RuntimeError(f"{tally.offered} jobs were offered, {len(tally.begun)} begun")
    looked = f"{tally.looks} looks, {tally.empty} for nothing, {tally.expired} too late, {len(tally.by_agent)} agents"
    print(f"{len(tally.begun)} jobs: {looked}", file=sys.stderr)


def _bare(tunnel: Tunnel) -> float:
    if tunnel.place.database:
        return asyncio.run(on_postgresql(tunnel.place.database, AGENTS, ROUND_S))
    return on_sqlite(tunnel.place.home, AGENTS, ROUND_S)


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
