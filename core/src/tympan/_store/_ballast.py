"""Space kept back for a full disk, so that accepted jobs can still be printed and erased on it.

Without it a full disk is a trap: finishing a job frees space, and finishing it needs some for its record.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tympan._store._limits import BALLAST_BYTES, BALLAST_MARGIN_BYTES


class Ballast:
    """A file that is only there to be given up.

    Args:
        root: The state folder.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / "ballast"
        self._there = False
        self._given_up = False

    @property
    def there(self) -> bool:
        """Whether there is something to give up."""
        return self._there

    @property
    def given_up(self) -> bool:
        """Whether a full disk took it, and it could not be taken back since."""
        return self._given_up

    def fill(self) -> None:
        """Takes space, unless the disk is nearly full already; an error is none, a full disk is told elsewhere."""
        try:
            if not self._whole() and shutil.disk_usage(self._path.parent).free < BALLAST_MARGIN_BYTES:
                return
            self._take()
        except OSError:
            self._free()

    def drop(self) -> None:
        """Gives the space free to what brings accepted jobs nearer to their end."""
        self._given_up = True
        self._free()

    def _free(self) -> None:
        self._there = False
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return

    def _take(self) -> None:
        if not self._whole():
            with self._path.open("wb") as file:
                # Written and not merely reserved: some file systems promise space they do not have.
                file.write(bytes(BALLAST_BYTES))
                file.flush()
                os.fsync(file.fileno())
        self._there, self._given_up = True, False

    def _whole(self) -> bool:
        return self._path.exists() and self._path.stat().st_size == BALLAST_BYTES
