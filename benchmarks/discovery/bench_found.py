"""Printers found by Bonjour: 1, 10 and 50 of them, time to the first and to the last, beside ippfind and avahi-browse.

- The printers are ippeveprinter processes, announced by one avahi on a host of their own.
- Each round begins cold: ours is a process begun anew (its interpreter and imports are within its time), and the peers
  ask an avahi begun anew, whose start is not within theirs.
- A printer counts as found by ours when its attributes are read too, by IPP. ippfind and avahi-browse read its SRV and
  TXT records.
"""

from __future__ import annotations

import statistics
from contextlib import AsyncExitStack

import attrs
import trio
from discovery_stage import Avahi, Host, avahi, begun, eve, looking, times_of, told, until_seen, world

from figures import Row, record_row

COUNTS = (1, 10, 50)
ROUNDS = 3
FIRST_PORT = 8000
WAIT_S = "15"
"""ippfind ends by itself when nothing came for so long; it is ended before."""


@attrs.frozen
class Times:
    """Seconds to the first and to the last, one of each a round."""

    first: list[float] = attrs.field(factory=list)
    last: list[float] = attrs.field(factory=list)

    def take(self, seconds: list[float]) -> None:
        """One round."""
        self.first.append(seconds[0])
        self.last.append(seconds[-1])


def run() -> list[Row]:
    """The rows of this benchmark."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    rows: list[Row] = []
    async with world("floor") as land:
        printers, desk = await land.hosts(["printers", "desk"], "floor")
        async with avahi(printers) as at_printers, AsyncExitStack() as stack:
            there = 0
            for count in COUNTS:
                for number in range(there, count):
                    await stack.enter_async_context(eve(at_printers, name=f"Eve {number}", port=FIRST_PORT + number))
                there = count
                rows += await _found(at_printers, desk, count)
    return rows


async def _found(at_printers: Avahi, desk: Host, count: int) -> list[Row]:
    await until_seen(at_printers, *(f"Eve {number}" for number in range(count)))
    ours, ippfind, browse = Times(), Times(), Times()
    for _ in range(ROUNDS):
        ours.take(await trio.to_thread.run_sync(_ours, desk, count))
        async with avahi(desk) as cold:
            ippfind.take(await trio.to_thread.run_sync(_ippfind, cold, count))
        async with avahi(desk) as cold:
            browse.take(await trio.to_thread.run_sync(_browse, cold, count))
    rows = []
    for name, peer in (("ippfind", ippfind), ("avahi-browse", browse)):
        rows += _rows(count, ours, peer, name)
    return rows


def _rows(count: int, ours: Times, peer: Times, name: str) -> list[Row]:
    what = "1 printer" if count == 1 else f"{count} printers"
    pairs = [("first", ours.first, peer.first), ("last", ours.last, peer.last)][-1 if count == 1 else 0 :]
    return [
        record_row(
            f"{what} found by Bonjour and read: {'' if count == 1 else f'time to the {which}, '}beside {name}",
            ours=1000 * statistics.median(mine),
            peer=1000 * statistics.median(theirs),
            unit="ms",
            beside=f"{name}, which asks no printer for its attributes",
        )
        for which, mine, theirs in pairs
    ]


def _ours(desk: Host, count: int) -> list[float]:
    with looking(desk, "discovery_bonjour") as process:
        began, seen = 0.0, []
        for one in told(process):
            if one["what"] == "begun":
                began = one["at"]
            if one["what"] == "seen" and one["read"]:
                seen.append(one["at"] - began)
            if len(seen) == count:
                return seen
    raise RuntimeError(f"{len(seen)} of {count} were found")


def _ippfind(cold: Avahi, count: int) -> list[float]:
    with begun(cold.host, "stdbuf", "-oL", "ippfind", "-T", WAIT_S, env=cold.env) as process:
        return times_of(process, lambda line: line.strip() if line.startswith("ipp:") else "", count)


def _browse(cold: Avahi, count: int) -> list[float]:
    with begun(cold.host, "stdbuf", "-oL", "avahi-browse", "-rp", "_ipp._tcp", env=cold.env) as process:
        return times_of(process, lambda line: line.split(";")[3] if line.startswith("=") else "", count)


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
