"""Limits of a plugin's process, set by itself before anything of the plugin is imported; they can only be narrowed.

- Memory is address space, and counts from what Python and the kernel's own modules have taken.
- Processor time is watched by the agent. What is set here ends a process that the agent has lost.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from tympan._outside._limits import NICE, OPEN_FILES, ORPHAN_CPU_S


def confine(memory_bytes: int) -> None:
    """Limits this process where the system can."""
    try:
        import resource
    except ImportError:
        return
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if sys.platform == "linux":
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory_bytes, taken + memory_bytes))
    lives_on()


def lives_on() -> float:
    """A sign of life of the agent came: gives processor time until the next; returns what was used, in seconds."""
    used = time.process_time()
    try:
        import resource
    except ImportError:
        return used
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(used) + ORPHAN_CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    return used


def end_with(agent: int) -> None:
    """Ends this process, and those it started, when the descriptor ``agent`` comes to its end."""

    def wait() -> None:
        try:
            while os.read(agent, 1):
                pass
        finally:
            if hasattr(os, "killpg"):
                os.killpg(os.getpgid(0), signal.SIGKILL)
            os._exit(0)

    threading.Thread(target=wait, name="agent", daemon=True).start()
