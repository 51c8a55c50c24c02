"""Which process holds a state folder: told by the lock file (``_store._lock``), believed while it is locked.

- Loads nothing of the store, so that the command line can ask cheaply.
- The lock is tried only when the process named lives: an agent that starts just now is not kept out by being asked.
- Root asks of a folder that the agent's account writes: no link is followed, and a pipe is not waited for.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LOCK: Final = "lock"
"""The lock file below the store's folder."""
_DIGITS: Final = 20
"""More than any process id has."""

if sys.platform == "win32":

    def _locked(descriptor: int) -> bool:
        return False  # a locked file cannot even be read there: nothing is told
else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # given back when the file is closed
        except BlockingIOError:
            return True
        return False


def holder(store: Path) -> int | None:
    """The process that holds the store's folder; None when none does, or it cannot be told."""
    pid = named_holder(store)
    try:
        with _opened(store / LOCK) as descriptor:
            return pid if pid and lives(pid) and _locked(descriptor) else None
    except OSError:
        return None


def named_holder(store: Path) -> int | None:
    """The process the lock file names, whether it lives or not."""
    try:
        with _opened(store / LOCK) as descriptor:
            pid = int(os.read(descriptor, _DIGITS))
    except (OSError, ValueError):
        return None
    return pid if 0 < pid < 2**31 else None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A plain file's descriptor; a pipe in its place that nobody writes would keep whoever asks for ever."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(2, "no plain file", str(path))
        yield descriptor
    finally:
        os.close(descriptor)


def lives(pid: int) -> bool:
    """Whether a process of this number exists; where it cannot be asked, it is taken to."""
    if os.name != "posix":  # there, signal 0 would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
