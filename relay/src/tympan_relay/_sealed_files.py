"""Files of sealed documents in a folder: named by their job and digest once they are whole. Everything here blocks,
but ``pieces`` and ``appended``, which read and write in threads.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import attrs
import trio

from tympan_relay._limits import READ_BYTES

_SUFFIX: Final = ".sealed"
_PART: Final = ".part"
_BINARY: Final[int] = getattr(os, "O_BINARY", 0)


@attrs.frozen(kw_only=True)
class SealedFile:
    """One of a folder."""

    job: UUID
    path: Path
    size: int


def only(root: Path, folder: Path) -> None:
    """Makes a folder, and leaves nothing else beside it."""
    root.mkdir(mode=0o700, exist_ok=True)
    for other in root.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def prune(folder: Path, half_s: float, whole_s: float | None) -> None:
    """Erases what bears no name of ours, and what is too old."""
    for path in list(folder.iterdir()):
        age_s = time.time() - path.stat().st_mtime
        most_s = half_s if path.suffix == _PART else whole_s
        if _job_of(path) is None or (most_s is not None and age_s > most_s):
            path.unlink()


def whole(folder: Path) -> Iterator[SealedFile]:
    """Whole ones, the oldest first."""
    return _of(folder, _SUFFIX)


def halves(folder: Path) -> Iterator[SealedFile]:
    """Those that were cut off."""
    return _of(folder, _PART)


def half_of(folder: Path, job: UUID) -> Path:
    """Where one lies that is not whole."""
    return folder / (job.hex + _PART)


def named(part: Path, digest: str) -> Path:
    """Gives a whole one its name, durably."""
    path = part.with_name(f"{part.stem}.{digest}{_SUFFIX}")
    part.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return path


def is_sound(path: Path) -> bool:
    """Whether it is what its name says."""
    try:
        return path.stem.partition(".")[2] == digest(path)
    except OSError:
        return False


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size(path: Path) -> int:
    """Of a file; 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def unlink(path: Path) -> None:
    """Erases a file, if there is one."""
    path.unlink(missing_ok=True)


async def pieces(path: Path, *, missing: bool = False) -> AsyncIterator[bytes]:
    """A file's bytes; none of one that is not there, where that may be."""
    try:
        file = await trio.to_thread.run_sync(path.open, "rb")
    except FileNotFoundError:
        if missing:
            return
        raise
    with file:
        while piece := await trio.to_thread.run_sync(file.read, READ_BYTES):
            yield piece


@asynccontextmanager
async def appended(path: Path) -> AsyncIterator[Callable[[bytes], Awaitable[None]]]:
    """What is written goes to the end of a file; durable when it ends well."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _BINARY
    descriptor = await trio.to_thread.run_sync(os.open, path, flags, 0o600)

    async def write(piece: bytes) -> None:
        await trio.to_thread.run_sync(_write_all, descriptor, piece)

    try:
        yield write
        await trio.to_thread.run_sync(os.fsync, descriptor)
    finally:
        os.close(descriptor)


def _of(folder: Path, suffix: str) -> Iterator[SealedFile]:
    for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime):
        job = _job_of(path)
        if job is not None and path.suffix == suffix:
            yield SealedFile(job=job, path=path, size=path.stat().st_size)


def _job_of(path: Path) -> UUID | None:
    if path.suffix not in (_SUFFIX, _PART):
        return None
    try:
        return UUID(hex=path.name.partition(".")[0])
    except ValueError:
        return None


def _write_all(descriptor: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
