"""Kept copies: sealed documents of jobs that other agents hold, in files, without their keys.

- What is kept is the ciphertext as it rests where the job was taken. Its key comes with the order to print it, so a
  disk that is stolen meanwhile gives nothing, and a copy whose envelope the hub erased is noise.
- The folder is the truth: a file has its name once it is whole, proved and durable. One folder for each membership:
  what was kept for another hub, or as another agent, is erased.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from uuid import UUID

import trio

from tympan.plugin import Member
from tympan_pull_release._errors import CopyRefused
from tympan_pull_release._limits import KEPT_BYTES, KEPT_FREE_BYTES, KEPT_MOST, READ_BYTES

_SUFFIX: Final = ".sealed"
_PART: Final = ".part"
_DIGITS: Final = 32


class KeptCopies:
    """What this agent keeps for others. Owns: its folder's files."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._sizes: dict[UUID, int] = {}

    @property
    def jobs(self) -> tuple[UUID, ...]:
        """Whose documents are here."""
        return tuple(self._sizes)

    def size(self, job: UUID) -> int | None:
        """Of a copy, bytes; None where there is none."""
        return self._sizes.get(job)

    async def open(self, root: Path, member: Member) -> None:
        """Takes up what an earlier run kept for this membership; anything else is erased."""
        folder = root / _tag(member)
        self._sizes = _taken_up(root, folder)  # a few hundred names, read once: no thread for that
        await trio.lowlevel.checkpoint()
        self._folder = folder

    async def keep(self, job: UUID, pieces: AsyncIterator[bytes], size: int) -> None:
        """Keeps one, durable when it returns; whatever stops the pieces leaves nothing of it.

        Raises:
            CopyRefused: There is no room for it.
            OSError: It cannot be written.
        """
        if self._folder is None:
            raise CopyRefused("this agent belongs to no hub")
        if len(self._sizes) >= KEPT_MOST or sum(self._sizes.values()) + size > KEPT_BYTES:
            raise CopyRefused("as much as this computer keeps for others is here already")
        if (await trio.to_thread.run_sync(shutil.disk_usage, self._folder)).free - size < KEPT_FREE_BYTES:
            raise CopyRefused("this computer's disk is nearly full")
        part = self._folder / (job.hex + _PART)
        try:
            await _write(part, pieces)
            await trio.to_thread.run_sync(_name, part, self._path(job))
        except BaseException:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(_unlink, part)
            raise
        self._sizes[job] = size

    async def pieces(self, job: UUID) -> AsyncIterator[bytes]:
        """A copy's bytes.

        Raises:
            CopyRefused: It cannot be read.
        """
        try:
            with await trio.to_thread.run_sync(self._path(job).open, "rb") as file:
                while piece := await trio.to_thread.run_sync(file.read, READ_BYTES):
                    yield piece
        except OSError as error:
            raise CopyRefused(f"it cannot be read here: {error.strerror}") from error

    async def drop(self, job: UUID) -> None:
        """Erases a copy, if there is one."""
        if self._sizes.pop(job, None) is not None:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(_unlink, self._path(job))

    async def clear(self) -> None:
        """Erases all of them."""
        for job in self.jobs:
            await self.drop(job)

    def _path(self, job: UUID) -> Path:
        return (self._folder or Path()) / (job.hex + _SUFFIX)


def _tag(member: Member) -> str:
    """A name for a membership."""
    return hashlib.sha256(f"{member.address} {member.agent}".encode()).hexdigest()[:_DIGITS]


def _taken_up(root: Path, folder: Path) -> dict[UUID, int]:
    root.mkdir(mode=0o700, exist_ok=True)
    for other in root.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    found: dict[UUID, int] = {}
    for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime):
        job = _job_of(path)
        if job is None:
            path.unlink()
        else:
            found[job] = path.stat().st_size
    return found


def _job_of(path: Path) -> UUID | None:
    if path.suffix != _SUFFIX:
        return None
    try:
        return UUID(hex=path.stem)
    except ValueError:
        return None


async def _write(part: Path, pieces: AsyncIterator[bytes]) -> None:
    descriptor = await trio.to_thread.run_sync(os.open, part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
    try:
        async for piece in pieces:
            await trio.to_thread.run_sync(_write_all, descriptor, piece)
        await trio.to_thread.run_sync(os.fsync, descriptor)
    finally:
        os.close(descriptor)


_BINARY: Final[int] = getattr(os, "O_BINARY", 0)


def _write_all(descriptor: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _name(part: Path, path: Path) -> None:
    part.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)
