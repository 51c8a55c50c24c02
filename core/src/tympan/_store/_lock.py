"""The lock file: one agent at a time uses a state folder.

The lock belongs to the process and goes with it, however it ends. The file names the process, so that people can be
told which one it is.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from tympan._errors import StoreBusy
from tympan._holder import LOCK, named_holder
from tympan._store._failures import named_error

if sys.platform == "win32":
    import msvcrt

    def _claim(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _claim(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FolderLock:
    """Holds the lock of a state folder from construction until ``release``.

    Raises:
        StoreBusy: Another process holds it.
        OSError: The lock file cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _claim(self._descriptor)
        except (BlockingIOError, PermissionError) as error:
            os.close(self._descriptor)
            pid = named_holder(root)
            raise named_error(StoreBusy, root, detail=f"process {pid}" if pid else "", cause=error) from error
        with contextlib.suppress(OSError):  # a full disk is no reason to lock nobody out
            os.truncate(self._descriptor, 0)
            os.write(self._descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        """Gives the folder free."""
        os.close(self._descriptor)
