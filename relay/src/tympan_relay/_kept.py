"""Kept copies: sealed documents of jobs that other agents hold, in files, without their keys.

- What is kept is the ciphertext as it rests where the job was taken. Its key comes with the order to print it, so a
  disk that is stolen meanwhile gives nothing, and a copy whose envelope the hub erased is noise.
- The folder is the truth: a file has its name once it is whole, proved and durable. One folder for each membership:
  what was kept for another hub, or as another agent, is erased.
- The name bears a digest. What was written is read again before it counts, and what an earlier run kept before it is
  told to the hub: a copy the disk spoiled is fetched anew while there is something to fetch.
- What was cut off stays for a day, and is gone on with where it ended: its beginning is proved once more, for the key
  is not kept, and one that was spoiled is begun anew.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final
from uuid import UUID

import attrs
import trio

from tympan.plugin import Member, Retry, TympanError
from tympan_relay import _sealed_files as files
from tympan_relay._errors import CopyRefused
from tympan_relay._limits import HALF_KEPT_S, KEPT_BYTES, KEPT_FREE_BYTES, KEPT_MOST
from tympan_relay._streams import reading
from tympan_wire.sealed import Opener, SealedError

_DIGITS: Final = 32

Rest = Callable[[int], AsyncIterator[bytes]]
"""What follows so many bytes of a sealed document."""


@attrs.frozen(kw_only=True)
class Copy:
    """One that is whole.

    Attributes:
        path: Where.
        size: Of it, bytes.
        proved: Whether this run saw that it is what was written.
    """

    path: Path
    size: int
    proved: bool


class KeptCopies:
    """What this agent keeps for others. Owns: its folder's files.

    Args:
        stale_s: Whole ones that are older go by themselves, where nobody says when.
    """

    def __init__(self, stale_s: float | None = None) -> None:
        self._stale_s = stale_s
        self._folder: Path | None = None
        self._whole: dict[UUID, Copy] = {}
        self._halves: dict[UUID, int] = {}

    @property
    def jobs(self) -> tuple[UUID, ...]:
        """Whose documents are here, and are what was written."""
        return tuple(job for job, copy in self._whole.items() if copy.proved)

    @property
    def there(self) -> frozenset[UUID]:
        """Of whose documents anything is here, whole or not."""
        return frozenset((*self._whole, *self._halves))

    def size(self, job: UUID) -> int | None:
        """Of a copy, bytes; None where there is none."""
        copy = self._whole.get(job)
        return None if copy is None else copy.size

    async def open(self, root: Path, member: Member) -> None:
        """Takes up what an earlier run kept for this membership; anything else is erased."""
        folder = root / _tag(member)
        files.only(root, folder)  # a few hundred names, read once: no thread for that
        files.prune(folder, HALF_KEPT_S, self._stale_s)
        self._whole = {one.job: Copy(path=one.path, size=one.size, proved=False) for one in files.whole(folder)}
        self._halves = {one.job: one.size for one in files.halves(folder)}
        await trio.lowlevel.checkpoint()
        self._folder = folder

    async def check(self) -> bool:
        """Reads what an earlier run kept: what is not what was written is erased. Whether anything was there."""
        unproved = [(job, copy) for job, copy in self._whole.items() if not copy.proved]
        for job, copy in unproved:
            sound = await trio.to_thread.run_sync(files.is_sound, copy.path, abandon_on_cancel=True)
            if self._whole.get(job) is copy and sound:
                self._whole[job] = attrs.evolve(copy, proved=True)
            elif self._whole.get(job) is copy:
                await self.drop(job)
        return bool(unproved)

    def has_room(self, job: UUID, size: int) -> bool:
        """Whether one more may be kept here."""
        others = sum(half for name, half in self._halves.items() if name != job)
        there = sum(copy.size for copy in self._whole.values()) + others
        return self._folder is not None and len(self._whole) < KEPT_MOST and there + size <= KEPT_BYTES

    async def fetch(self, job: UUID, size: int, opener: Opener, rest: Rest) -> None:
        """Fetches one, from where it was cut off, and keeps it: durable when it returns.

        Args:
            job: Whose it is.
            size: Of all of it, bytes.
            opener: Proves it on the way; nothing it says is kept.
            rest: What follows the bytes that are here.

        Raises:
            CopyRefused: There is no room for it, or the disk does not give back what was written.
            SealedError: It is not what was sealed.
            TympanError: It cannot be fetched.
            OSError: It cannot be written.
        """
        folder = self._folder
        if folder is None:
            raise CopyRefused("this agent belongs to no hub")
        if not self.has_room(job, size):
            raise CopyRefused("as much as this computer keeps for others is here already")
        if (await trio.to_thread.run_sync(shutil.disk_usage, folder)).free - size < KEPT_FREE_BYTES:
            raise CopyRefused("this computer's disk is nearly full")
        part = files.half_of(folder, job)
        try:
            digest = await _completed(part, opener, rest)
            path = await trio.to_thread.run_sync(files.named, part, digest)
        except BaseException as error:
            await self._cut(job, part, hopeless=_is_hopeless(error))
            raise
        self._halves.pop(job, None)
        self._whole[job] = Copy(path=path, size=size, proved=True)

    async def pieces(self, job: UUID) -> AsyncIterator[bytes]:
        """A copy's bytes.

        Raises:
            CopyRefused: It cannot be read.
        """
        copy = self._whole.get(job)
        try:
            async for piece in files.pieces(copy.path if copy is not None else Path()):
                yield piece
        except OSError as error:
            raise CopyRefused(f"it cannot be read here: {error.strerror}") from error

    async def drop(self, job: UUID) -> None:
        """Erases a copy, whole or not, if there is one."""
        copy, half = self._whole.pop(job, None), self._halves.pop(job, None)
        with trio.CancelScope(shield=True):
            if copy is not None:
                await trio.to_thread.run_sync(files.unlink, copy.path)
            if half is not None and self._folder is not None:
                await trio.to_thread.run_sync(files.unlink, files.half_of(self._folder, job))

    async def clear(self) -> None:
        """Erases all of them."""
        for job in [*self._whole, *self._halves]:
            await self.drop(job)

    async def _cut(self, job: UUID, part: Path, *, hopeless: bool) -> None:
        """What was fetched so far stays, unless there is nothing to go on with."""
        with trio.CancelScope(shield=True):
            if hopeless:
                await trio.to_thread.run_sync(files.unlink, part)
            size = await trio.to_thread.run_sync(files.size, part)
        if size:
            self._halves[job] = size
        else:
            self._halves.pop(job, None)


async def _completed(part: Path, opener: Opener, rest: Rest) -> str:
    """The digest of a file that has all of it now, as it lies on the disk."""
    there, start = hashlib.sha256(), 0
    async for piece in files.pieces(part, missing=True):
        opener.update(piece)
        there.update(piece)
        start += len(piece)
    async with files.appended(part) as write, reading(rest(start)) as coming:
        async for piece in coming:
            opener.update(piece)  # first: what was changed never gets here
            there.update(piece)
            await write(piece)
    opener.finish()
    if await trio.to_thread.run_sync(files.digest, part) != there.hexdigest():
        raise CopyRefused("the disk does not give back what was written")
    return there.hexdigest()


def _is_hopeless(error: BaseException) -> bool:
    """Whether going on would end the same: it is not what was sealed, or the hub has it no more."""
    return isinstance(error, SealedError) or (isinstance(error, TympanError) and error.retry is Retry.NEVER)


def _tag(member: Member) -> str:
    """A name for a membership."""
    return hashlib.sha256(f"{member.address} {member.agent}".encode()).hexdigest()[:_DIGITS]
