"""What the disk and SQLite report, as errors of the store with cause and next step."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Final

from tympan._errors import DocumentDamaged, StoreBusy, StoreDamaged, StoreError, StoreFull, StoreUnwritable, TympanError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_UNWRITABLE: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.ENOENT})
_SQLITE: Final[dict[int, type[StoreError]]] = {
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_READONLY: StoreUnwritable,
    sqlite3.SQLITE_CANTOPEN: StoreUnwritable,
    sqlite3.SQLITE_PERM: StoreUnwritable,
    sqlite3.SQLITE_IOERR: StoreUnwritable,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
}
_NEXT_STEP: Final[dict[type[StoreError], str]] = {
    StoreFull: "Free some space on that disk, then print again; nothing accepted before is lost.",
    StoreUnwritable: "Make the folder writable for the agent's user, or name another one in TYMPAN_HOME.",
    StoreDamaged: "Restore the folder from a backup, or move it away and start afresh.",
    StoreBusy: "Stop the other agent, or name another folder in TYMPAN_HOME.",
    StoreError: "Look at the disk, then try again.",
}
_CAUSE: Final[dict[type[StoreError], str]] = {
    StoreFull: "No space is left for the state folder {root}",
    StoreUnwritable: "The state folder {root} cannot be written",
    StoreDamaged: "The job store in {root} is damaged",
    StoreBusy: "Another agent uses the state folder {root}",
    StoreError: "The job store in {root} failed",
}


def store_error(error: BaseException, root: Path) -> BaseException:
    """The error of the store that ``error`` means; one that is no failure of the disk comes back unchanged."""
    if isinstance(error, TympanError) or not isinstance(error, (sqlite3.Error, OSError)):
        return error
    return named_error(_kind(error), root, detail=str(error), cause=error)


def named_error(
    kind: type[StoreError], root: Path, *, detail: str = "", cause: BaseException | None = None
) -> StoreError:
    """An error of that kind about the state folder ``root``."""
    text = _CAUSE[kind].format(root=root) + (f" ({detail})" if detail else "")
    made = kind(text, next_step=_NEXT_STEP[kind])
    made.__cause__ = cause
    return made


def damaged(what: str, why: str, cause: BaseException | None = None) -> StoreDamaged:
    """The error for one thing on disk that does not verify: ``what`` names the row or file."""
    made = StoreDamaged(f"{what} does not verify: {why}", next_step=_NEXT_STEP[StoreDamaged])
    made.__cause__ = cause
    return made


def document_damaged(number: int, why: str, cause: BaseException | None = None) -> DocumentDamaged:
    """The error for the document of job ``number``."""
    made = DocumentDamaged(f"the document of job {number} does not verify: {why}", next_step=_NEXT_STEP[StoreDamaged])
    made.__cause__ = cause
    return made


def _kind(error: sqlite3.Error | OSError) -> type[StoreError]:
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return StoreFull
        return StoreUnwritable if error.errno in _UNWRITABLE else StoreError
    # The low byte of an extended result code is its primary code.
    return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, StoreError)
