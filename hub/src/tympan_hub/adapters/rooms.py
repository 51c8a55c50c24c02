"""Private folders for documents that are converted: erased at the end, and also after a crash.

- Each process of the hub has a folder of its own, with a lock that the system lets go when the process is gone.
- Who starts erases the folders that nobody locks: a crash leaves a document lying no longer than until then.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_LOCK: Final = "lock"


class Rooms:
    """Folders below one folder, 0700. `open` before use.

    Args:
        root: Below this one.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._own: Path | None = None
        self._lock = -1

    def open(self) -> None:
        """Takes a folder for this process, and erases what dead ones left."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        self._own = Path(tempfile.mkdtemp(prefix="hub-", dir=self._root))
        self._lock = os.open(self._own / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Erases the folder of this process."""
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            os.close(self._lock)
            self._own = None

    @contextmanager
    def room(self) -> Iterator[Path]:
        """A folder for one document."""
        if self._own is None:
            self.open()
        room = Path(tempfile.mkdtemp(prefix="document-", dir=self._own))
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)

    def _sweep(self) -> None:
        for folder in self._root.glob("hub-*"):
            with suppress(OSError):
                lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
                finally:
                    os.close(lock)
