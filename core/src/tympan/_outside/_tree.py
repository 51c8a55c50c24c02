"""The processes below one: found by who started whom, and counted with those that have ended.

- Only Linux tells it here; elsewhere nothing is below anything.
- A process may start another while these are looked at: whoever ends them looks until there are none.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_PROCESSES: Final = Path("/proc")
_PARENT: Final = 1
_TIMES: Final = slice(11, 15)
"""Fields of ``stat`` behind the name (proc_pid_stat(5)): own and waited-for time, in the system's ticks."""


def below(root: int) -> tuple[int, ...]:
    """All that a process started, and what those started, nearest first."""
    started: dict[int, list[int]] = {}
    for pid in _all():
        fields = _fields(pid)
        if fields:
            started.setdefault(int(fields[_PARENT]), []).append(pid)
    found = started.get(root, [])[:]
    for pid in found:  # it grows while it is read
        found.extend(started.get(pid, ()))
    return tuple(found)


def processor_s(pids: tuple[int, ...]) -> float:
    """Processor time of these and of all they have waited for."""
    ticks = sum(int(each) for pid in pids for each in _fields(pid)[_TIMES])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_bytes(pids: tuple[int, ...]) -> int:
    """Memory of these; what several share counts once."""
    return sum(_proportional(pid) for pid in pids)


def _all() -> list[int]:
    try:
        return [int(each.name) for each in _PROCESSES.iterdir() if each.name.isdigit()]
    except OSError:
        return []


def _fields(pid: int) -> list[str]:
    try:
        told = (_PROCESSES / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return []  # it is gone
    return told.rpartition(")")[2].split()  # a name may have blanks and brackets in it


def _proportional(pid: int) -> int:
    try:
        told = (_PROCESSES / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in told.splitlines() if line.startswith("Pss:")), 0)
