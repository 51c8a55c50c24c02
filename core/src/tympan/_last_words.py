"""What an agent that crashed left behind: whose code ran when a signal ended it.

- The interpreter's own fault handler writes the stack when the process dies of a fault, or is ended by a watchdog
  (SIGABRT). It needs no lock, so it tells of code in C, too, that let no other thread run.
- They begin with when the agent started: what was found of it before it crashed is the same end.
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

import attrs

from tympan._folders import make_durably

_PLACE: Final = re.compile(r'^  File "(.+)", line \d+ in ', re.MULTILINE)
_FATAL: Final = "Fatal Python error"
_STACK: Final = "(most recent call first):"
_MOST_BYTES: Final = 256 * 1024


@attrs.frozen(kw_only=True)
class Crash:
    """How an agent ended.

    Attributes:
        package: In whose code.
        began: When that agent started, UTC.
        at: When it crashed, UTC.
    """

    package: str
    began: dt.datetime
    at: dt.datetime


class LastWords:
    """A file with one line while all is well. Owns: the file, while the block runs.

    Args:
        path: Of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def culprit(self, packages: Collection[str]) -> Crash | None:
        """The innermost of these packages on the stack of an agent that crashed; None when none was."""
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
                return Crash(package=found, began=_began(text) or at, at=at)
        return None

    def __enter__(self) -> LastWords:
        with contextlib.suppress(OSError):
            make_durably(self._path.parent)
            self._file = self._path.open("wb", buffering=0)
            self._file.write(f"{dt.datetime.now(dt.UTC).isoformat()}\n".encode())
            faulthandler.enable(self._file, all_threads=False)
        return self

    def __exit__(self, *details: object) -> None:
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._path.unlink(missing_ok=True)


def _began(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text.partition("\n")[0])
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
