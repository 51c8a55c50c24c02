"""Copies: a job that another agent took is fetched sealed, opened in memory, and sealed here under a key of this agent.

- Its key comes in an envelope for this agent alone; the hub that keeps the copy cannot open it, and a changed copy is
  refused before any of it counts.
- One that was kept here ahead is read from there, under the same proof, and erased once it is a job.
- Where this agent knows the pull printer the job came under, it is one of its jobs; else it is held under the device it
  comes out at, and remembered as another's, so that nobody at this machine can let it go.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import attrs

from tympan.plugin import Host, HubDownloads, HubIdentity, Intake, Job, NewJob, Printer, PrinterId
from tympan_pull_release._errors import CopyRefused
from tympan_pull_release._foreign import ForeignJobs
from tympan_pull_release._kept import KeptCopies
from tympan_pull_release._limits import NOTE_BYTES
from tympan_pull_release._links import member_of
from tympan_pull_release._terms import is_pull
from tympan_wire.hub import HeldNote, HubMessageError, MirroredJob, ReleaseOrder, decode
from tympan_wire.sealed import Opener, SealedError, open_note, plain_size

ELSEWHERE: Final = "{user} (elsewhere)"
"""The account of a job that another agent took: an account of the same name at this machine may be somebody else's, and
meets no job of theirs. The hub knows whose it is."""


@attrs.frozen(kw_only=True)
class Opened:
    """What a copy's envelope and note gave."""

    key: bytes = attrs.field(repr=False)
    note: HeldNote
    ticket: bytes


class Copies:
    """Takes sealed copies in."""

    def __init__(self, host: Host, foreign: ForeignJobs, kept: KeptCopies) -> None:
        self._host = host
        self._foreign = foreign
        self._kept = kept

    async def proved(self, job: UUID, copy: MirroredJob) -> AsyncIterator[bytes]:
        """The sealed bytes as the hub has them, opened in memory on the way: they end well only when they are whole.

        Raises:
            TympanError: It cannot be fetched or opened.
        """
        opened = await self._open(job, copy)
        if opened.note.size_bytes != _plain_size(copy.size):
            raise CopyRefused("its length is not what was told")
        return _opening(self._download(copy), Opener(opened.key, document=job))

    async def take_in(self, order: ReleaseOrder, point: Printer) -> Job:
        """The job of an order, accepted and held here.

        Raises:
            TympanError: It cannot be fetched, opened or kept.
        """
        if order.mirrored is None:
            raise CopyRefused("there is none")
        opened = await self._open(order.job, order.mirrored)
        if opened.note.size_bytes != _plain_size(order.mirrored.size):
            raise CopyRefused("its length is not what was told")
        await self._foreign.add(order.job, self._host.jobs)
        intake = self._host.jobs.open(self._new(order.job, opened, point))
        try:
            await self._fetch(intake, order, order.mirrored, opened.key)
        except BaseException:
            await intake.abandon("the sealed copy could not be taken in")
            raise
        job = await intake.commit()
        await self._forget(order.job)  # it rests here as a job now
        return job

    async def _open(self, job: UUID, copy: MirroredJob) -> Opened:
        identities = self._host.ports(HubIdentity)  # type: ignore[type-abstract]
        member = member_of(self._host)
        if not identities or member is None:
            raise CopyRefused("no plugin that has this agent's key runs")
        key = await identities[0].open_envelope(_bytes(copy.envelope), document=job, context=context_of(member.tenant))
        try:
            note = decode(HeldNote, open_note(key, _bytes(copy.note), document=job))
        except (SealedError, HubMessageError) as error:
            raise CopyRefused(str(error)) from error
        return Opened(key=key, note=note, ticket=_bytes(note.ticket))

    def _new(self, job: UUID, opened: Opened, point: Printer) -> NewJob:
        note = opened.note
        known = is_pull(self._host.printers.get(PrinterId(note.printer)))
        return NewJob(
            uuid=job,
            printer=PrinterId(note.printer) if known else point.id,
            name=note.name,
            user=ELSEWHERE.format(user=note.user),
            media_type=note.media_type,
            ticket=opened.ticket,
            target=point.id,
            hold="no-hold" if known else "indefinite",
        )

    async def _fetch(self, intake: Intake, order: ReleaseOrder, copy: MirroredJob, key: bytes) -> None:
        opener = Opener(key, document=order.job)
        try:
            async for piece in self._sealed(order.job, copy):
                plain = opener.update(piece)
                if plain:
                    await intake.write(plain)
            opener.finish()
        except SealedError as error:
            await self._forget(order.job)  # whatever spoiled it, it is no copy any more
            raise CopyRefused(str(error)) from error

    def _sealed(self, job: UUID, copy: MirroredJob) -> AsyncIterator[bytes]:
        """From here, where it was fetched ahead; else from the hub."""
        return self._kept.pieces(job) if self._kept.size(job) == copy.size else self._download(copy)

    async def _forget(self, job: UUID) -> None:
        with contextlib.suppress(OSError):  # a file that stays is told to the hub again, which says that it shall go
            await self._kept.drop(job)

    def _download(self, copy: MirroredJob) -> AsyncIterator[bytes]:
        downloads = self._host.ports(HubDownloads)  # type: ignore[type-abstract]
        if not downloads:
            raise CopyRefused("no plugin that fetches from the hub runs")
        return downloads[0].download(copy.upload, size_bytes=copy.size)


async def _opening(pieces: AsyncIterator[bytes], opener: Opener) -> AsyncIterator[bytes]:
    async for piece in pieces:
        opener.update(piece)
        yield piece
    opener.finish()


def context_of(tenant: str) -> bytes:
    """What envelopes of mirrored jobs are bound to."""
    return b"tympan mirror " + tenant.encode()


def _plain_size(size: int) -> int:
    try:
        return plain_size(size)
    except (SealedError, ValueError) as error:
        raise CopyRefused(str(error)) from error


def _bytes(text: str) -> bytes:
    if len(text) > NOTE_BYTES:
        raise CopyRefused(f"{len(text)} characters are too many")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CopyRefused("what belongs to it cannot be read") from error
