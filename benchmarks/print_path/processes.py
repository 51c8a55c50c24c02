"""Processes: memory and time of a program with all its children, as the system counts them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import attrs
import psutil  # type: ignore[import-untyped]
import trio

MIB = 1024 * 1024
SAMPLE_S = 0.02


def family(pid: int) -> Iterator[psutil.Process]:
    """A process and all below it."""
    with suppress(psutil.NoSuchProcess):
        program = psutil.Process(pid)
        yield program
        yield from program.children(recursive=True)


def resident_mib(pid: int) -> float:
    """Resident memory (RSS) of a process and all below it; what they share is counted for each."""
    total = 0
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / MIB


def proportional_mib(pid: int) -> float:
    """Memory (PSS) of a process and all below it; what they share is counted once."""
    total = 0
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / MIB


def cpu_s(pid: int) -> float:
    """Processor time a process and all below it have used, in seconds."""
    total = 0.0
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


@attrs.define
class Peak:
    """The most memory seen, in MiB."""

    mib: float = 0.0


@asynccontextmanager
async def watched(pid: int) -> AsyncIterator[Peak]:
    """Looks at the memory of a process, and all below it, until the block ends."""
    peak = Peak()

    async def watch() -> None:
        while True:
            peak.mib = max(peak.mib, resident_mib(pid))
            await trio.sleep(SAMPLE_S)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        yield peak
        peak.mib = max(peak.mib, resident_mib(pid))
        nursery.cancel_scope.cancel()
