"""What a sweep of 500 devices on one subnet costs an agent: the first, which reads them, and one that finds no news."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import trio
from discovery_stage import Host, looking, simulated, told, world

from figures import Row, record_row

DEVICES = 500
PLUGIN = "discovery_bonjour"


def run() -> list[Row]:
    """The rows of this benchmark."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    async with world("floor") as land:
        printers, desk = await land.hosts(["printers", "desk"], "floor")
        async with simulated(printers, "--count", str(DEVICES), "--announce"):
            return await trio.to_thread.run_sync(_costs, desk)


def _costs(desk: Host) -> list[Row]:
    with looking(desk, PLUGIN) as process:
        said = told(process)
        begun = next(said)
        read = _until_read(said)
        first = next(one for one in said if one["what"] == "swept")
        second = next(one for one in said if one["what"] == "swept")
    figure = f"{DEVICES} devices on a subnet"
    return [
        record_row(f"{figure}: all found and read", ours=read["at"] - begun["at"], peer=None, unit="s",
                   beside="nobody"),
        record_row(f"{figure}: processor time of that, with start and imports", ours=first["processor_s"], peer=None,
                   unit="s", beside="nobody"),
        record_row(f"{figure}: processor time of a sweep without news", peer=None, unit="s", beside="nobody",
                   ours=second["processor_s"] - first["processor_s"]),
        record_row(f"{figure}: packets sent by a sweep without news", ours=second["packets"], peer=None, unit="packets",
                   beside="nobody"),
    ]  # fmt: skip


def _until_read(said: Iterator[dict[str, Any]]) -> dict[str, Any]:
    names: set[str] = set()
    for one in said:
        if one["what"] == "seen" and one["read"]:
            names.add(one["key"])
        if len(names) == DEVICES:
            return one
    raise RuntimeError(f"{len(names)} of {DEVICES} were read")
