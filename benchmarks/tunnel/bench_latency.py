"""One page through the tunnel beside the same page straight to the device: what the way through the hub adds.

Two agents, a hub and a device on one machine, over loopback: what is measured is work, not a network. Both ways begin
with the same submission to the same agent, and end when the device has printed the page, or when the agent knows it.
The rounds take turns. Agents and hub run with the settings they are delivered with.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import trio
from latency_stage import DIRECT, TUNNEL, Times, two_ways

from figures import Row, record_row

WARM: Final = 3
ROUNDS: Final = 30
PAUSE_S: Final = 0.3
"""Between two jobs, so that none waits for what the one before left to do."""
SHARES: Final = {"p50": 0.5, "p95": 0.95}


def run() -> list[Row]:
    """The rows of this benchmark."""
    with tempfile.TemporaryDirectory(prefix="tympan-bench-") as folder:
        return trio.run(_measured, Path(folder))


async def _measured(folder: Path) -> list[Row]:
    times: dict[str, list[Times]] = {DIRECT: [], TUNNEL: []}
    async with two_ways(folder) as ways:
        for number in range(WARM + ROUNDS):
            for way, kept in times.items():
                found = await ways.time(way)
                if number >= WARM:
                    kept.append(found)
                await trio.sleep(PAUSE_S)
    return [*_rows(times), _added(times)]


def _rows(times: dict[str, list[Times]]) -> list[Row]:
    rows = []
    for name, share in SHARES.items():
        for end, what in (("printed", "printed"), ("known", "its agent knows")):
            ours, peer = (_at(share, [getattr(one, end) for one in times[way]]) for way in (TUNNEL, DIRECT))
            rows.append(
                record_row(f"one page through the tunnel, submitted until {what}, {name}", ours=ours, peer=peer,
                           unit="ms", beside="straight to the device")
            )  # fmt: skip
    return rows


def _added(times: dict[str, list[Times]]) -> Row:
    through, direct = (_at(0.5, [one.printed for one in times[way]]) for way in (TUNNEL, DIRECT))
    return record_row("one page through the tunnel: added until printed, p50", ours=through - direct, peer=None,
                      unit="ms", beside="nobody")  # fmt: skip


def _at(share: float, values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
