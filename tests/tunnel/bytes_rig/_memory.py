"""The most memory a process had since it was looked at first, as the kernel keeps it (proc(5): VmHWM, clear_refs)."""

from __future__ import annotations

import re
from pathlib import Path

_KIB_A_MIB = 1024


def restart_growth(pid: int) -> float:
    """Begins to count anew; gives what it has now, in MiB."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return _mib(pid, "VmRSS")


def growth_mib(pid: int, before: float) -> float:
    """How much more it had at its most than ``before``."""
    return _mib(pid, "VmHWM") - before


def _mib(pid: int, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"the kernel does not tell {name}")
    return int(found[1]) / _KIB_A_MIB
