"""One process serves from an SQLite file: a second one would not hear of what the first one changes."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tympan_hub.domain.errors import Conflict


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Holds the file locked; the system lets go of it however the process ends.

    Raises:
        Conflict: Another process holds it.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(descriptor)
        except OSError as error:
            cause = f"another tympan-hub serves from {file.parent} already"
            next_step = "End it first, or name another state folder with --home; several processes need PostgreSQL."
            raise Conflict(cause, next_step=next_step) from error
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
