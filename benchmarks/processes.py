"""Processes: memory and time of a program with all its children, as the system counts them."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

KIB_A_MIB = 1024
SAMPLE_S = 0.02
_TICKS_S = os.sysconf("SC_CLK_TCK")
_PAGES_A_MIB = 1024 * 1024 / os.sysconf("SC_PAGE_SIZE")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def family(pid: int) -> Iterator[Path]:
    """The /proc folders of a process and of all below it."""
    folder = Path("/proc") / str(pid)
    yield folder
    for thread in folder.glob("task/*/children"):
        for child in _read(thread).split():
            yield from family(int(child))


def own_mib(pid: int) -> float:
    """Resident memory (RSS) of one process."""
    return _resident_mib(Path("/proc") / str(pid))


def resident_mib(pid: int) -> float:
    """Resident memory (RSS) of a process and all below it; what they share is counted for each."""
    return sum(_resident_mib(folder) for folder in family(pid))


def _resident_mib(folder: Path) -> float:
    return int((_read(folder / "statm").split() or "00")[1]) / _PAGES_A_MIB


def proportional_mib(pid: int) -> float:
    """Memory (PSS) of a process and all below it; what they share is counted once."""
    return sum(int(kib) for folder in family(pid) for kib in _PSS.findall(_read(folder / "smaps_rollup"))) / KIB_A_MIB


def cpu_s(pid: int) -> float:
    """Processor time a process and all below it have used, in seconds (proc_pid_stat(5))."""
    ticks = 0
    for folder in family(pid):
        fields = _read(folder / "stat").rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:13])
    return ticks / _TICKS_S


def _read(path: Path) -> str:
    """What the kernel says; nothing when the process is gone."""
    try:
        return path.read_text()
    except OSError:
        return ""


@attrs.define
class Peak:
    """The most memory seen, in MiB: of the process, and of all below it."""

    mib: float = 0.0
    mib_below: float = 0.0

    def look(self, pid: int) -> None:
        """Takes what there is now."""
        own = own_mib(pid)
        self.mib, self.mib_below = max(self.mib, own), max(self.mib_below, resident_mib(pid) - own)


@asynccontextmanager
async def watched(pid: int) -> AsyncIterator[Peak]:
    """Looks at the memory of a process, and all below it, until the block ends."""
    peak = Peak()

    async def watch() -> None:
        while True:
            peak.look(pid)
            await trio.sleep(SAMPLE_S)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        yield peak
        peak.look(pid)
        nursery.cancel_scope.cancel()
