"""What CUPS wrote to its error log since a moment: the only place where old releases say why a queue has no PPD."""

from __future__ import annotations

from pathlib import Path

import attrs

from tympan_spool_cups._limits import LOG_BYTES
from tympan_spool_cups._rules import reasons_in_log


@attrs.frozen(kw_only=True)
class LogMark:
    """A place in the log; what was written before it is of no interest."""

    path: Path
    offset: int

    @classmethod
    def now(cls, path: str) -> LogMark:
        """The end of the log as it is now; a log that cannot be read has an end at 0."""
        try:
            return cls(path=Path(path), offset=Path(path).stat().st_size)
        except OSError:
            return cls(path=Path(path), offset=0)

    def reasons(self, name: str) -> tuple[str, ...]:
        """What went wrong with a queue since; () when the log cannot be read, which is usual for an ordinary user."""
        try:
            with self.path.open("rb") as log:
                size = log.seek(0, 2)
                since = self.offset if self.offset <= size else 0  # the log was turned over
                log.seek(max(since, size - LOG_BYTES))
                return reasons_in_log(log.read(LOG_BYTES).decode(errors="replace"), name)
        except OSError:
            return ()
