"""Copies: a job that another agent took is fetched sealed, opened in memory, and sealed here under a key of this agent.

- Its key comes in an envelope for this agent alone; the hub that keeps the copy cannot open it, and a changed copy is
  refused before any of it counts.
- A large one goes through a file on its way: one that was cut off, by a restart or because whoever waited had gone, is
  gone on with.
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
from tympan_pull_release._limits import NOTE_BYTES, RESUMED_BYTES
from tympan_pull_release._links import member_of
from tympan_pull_release._terms import is_pull
from tympan_wire.hub import HeldNote, HubMessageError, MirroredJob, ReleaseOrder, decode
from tympan_wire.sealed import Opener, SealedError, open_note, plain_size

_SPOILED: Final = "it is not what was sealed for this computer"
"""For people, whatever is wrong with the bytes; what it is stands in the cause."""

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

    def __init__(self, host: Host, foreign: ForeignJobs, kept: KeptCopies, coming: KeptCopies) -> None:
        self._host = host
        self._foreign = foreign
        self._kept = kept
        self._coming = coming

    async def keep(self, job: UUID, copy: MirroredJob) -> None:
        """Fetches one to be kept here, opened in memory on the way: it counts only when it is whole.

        Raises:
            TympanError: It cannot be fetched or opened.
            SealedError: It is not what was sealed.
            OSError: It cannot be written.
        """
        opened = await self._open(job, copy)
        await self._fetch_to(self._kept, job, copy, opened.key)

    async def take_in(self, order: ReleaseOrder, point: Printer) -> Job:
        """The job of an order, accepted and held here.

        Raises:
            TympanError: It cannot be fetched, opened or kept.
        """
        if order.mirrored is None:
            raise CopyRefused("the hub named no copy of it")
        opened = await self._open(order.job, order.mirrored)
        await self._lay_by(order.job, order.mirrored, opened.key)
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
            raise CopyRefused(_SPOILED) from error
        if note.size_bytes != _plain_size(copy.size):
            raise CopyRefused("its length is not what was told")
        return Opened(key=key, note=note, ticket=_bytes(note.ticket))

    async def _lay_by(self, job: UUID, copy: MirroredJob, key: bytes) -> None:
        """Fetches a large one into a file first: what is cut off there is gone on with, by the next release too."""
        here = copy.size in (self._kept.size(job), self._coming.size(job))
        if here or copy.size < RESUMED_BYTES or not self._coming.has_room(job, copy.size):
            return
        try:
            await self._fetch_to(self._coming, job, copy, key)
        except SealedError as error:
            raise CopyRefused(_SPOILED) from error
        except OSError as error:
            raise CopyRefused(f"it cannot be written: {error.strerror}") from error

    async def _fetch_to(self, place: KeptCopies, job: UUID, copy: MirroredJob, key: bytes) -> None:
        downloads = self._downloads()

        def rest(start: int) -> AsyncIterator[bytes]:
            return downloads.download(copy.upload, size_bytes=copy.size, start=start)

        await place.fetch(job, copy.size, Opener(key, document=job), rest)

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
            raise CopyRefused(_SPOILED) from error

    def _sealed(self, job: UUID, copy: MirroredJob) -> AsyncIterator[bytes]:
        """From here, where it was fetched ahead; else from the hub."""
        for place in (self._kept, self._coming):
            if place.size(job) == copy.size:
                return place.pieces(job)
        return self._downloads().download(copy.upload, size_bytes=copy.size)

    async def _forget(self, job: UUID) -> None:
        with contextlib.suppress(OSError):  # a file that stays is told to the hub again, which says that it shall go
            await self._kept.drop(job)
            await self._coming.drop(job)

    def _downloads(self) -> HubDownloads:
        downloads = self._host.ports(HubDownloads)  # type: ignore[type-abstract]
        if not downloads:
            raise CopyRefused("no plugin that fetches from the hub runs")
        return downloads[0]


def context_of(tenant: str) -> bytes:
    """What envelopes of mirrored jobs are bound to."""
    return b"tympan mirror " + tenant.encode()


def _plain_size(size: int) -> int:
    try:
        return plain_size(size)
    except (SealedError, ValueError) as error:
        raise CopyRefused(_SPOILED) from error


def _bytes(text: str) -> bytes:
    if len(text) > NOTE_BYTES:
        raise CopyRefused(f"{len(text)} characters are too many")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CopyRefused("what belongs to it cannot be read") from error
