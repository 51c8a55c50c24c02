"""What an agent that crashed left behind: whose code ran when a signal ended it.

- The interpreter's own fault handler writes the stack when the process dies of a fault, or is ended by a watchdog
  (SIGABRT). It needs no lock, so it tells of code in C, too, that let no other thread run.
- What was ended by SIGKILL, as by a system without memory, or ended itself with a status, says nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import faulthandler
import re
from collections.abc import Collection
from pathlib import Path, PurePath
from typing import IO, Final

from tympan._folders import make_durably

_PLACE: Final = re.compile(r'^  File "(.+)", line \d+ in ', re.MULTILINE)
_FATAL: Final = "Fatal Python error"
_STACK: Final = "(most recent call first):"
_MOST_BYTES: Final = 256 * 1024


class LastWords:
    """A file that is empty while all is well. Owns: the file, while the block runs.

    Args:
        path: Of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def culprit(self, packages: Collection[str]) -> tuple[str, dt.datetime] | None:
        """The innermost of these packages on the stack of an agent that crashed, and when; None when none was."""
        try:
            with self._path.open("rb") as file:
                text = file.read(_MOST_BYTES).decode("utf-8", "replace")
            at = dt.datetime.fromtimestamp(self._path.stat().st_mtime, dt.UTC)
        except OSError:
            return None
        stack = text.partition(_FATAL)[2].partition(_STACK)[2].partition("\n\n")[0]
        for place in _PLACE.findall(stack):
            found = next((part for part in reversed(PurePath(place).parts) if part in packages), None)
            if found is not None:
                return found, at
        return None

    def __enter__(self) -> LastWords:
        with contextlib.suppress(OSError):
            make_durably(self._path.parent)
            self._file = self._path.open("wb", buffering=0)
            faulthandler.enable(self._file, all_threads=False)
        return self

    def __exit__(self, *details: object) -> None:
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._path.unlink(missing_ok=True)
