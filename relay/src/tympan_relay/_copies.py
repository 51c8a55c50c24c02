"""Copies: a job that another agent took is fetched sealed, opened in memory, and sealed here under a key of this agent.

- Its key comes in an envelope for this agent alone; the hub that keeps the copy cannot open it, and a changed copy is
  refused before any of it counts.
- A large one goes through a file on its way: one that was cut off, by a restart or because whoever waited had gone, is
  gone on with.
- One that was kept here ahead is read from there, under the same proof, and erased once it is a job.
- What the disk here spoiled is fetched anew: only what came so from the hub is told as spoiled for everybody.
- It is remembered as another's before any of it is a job, so that nobody at this machine can let it go.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final
from uuid import UUID

import attrs
import trio

from tympan.plugin import Host, HubDownloads, HubIdentity, Intake, Job, NewJob, Retry, TympanError
from tympan_relay._errors import CopyRefused, CopySpoiled, EnvelopeForAnother
from tympan_relay._foreign import ForeignJobs
from tympan_relay._kept import KeptCopies
from tympan_relay._limits import NOTE_BYTES, RESUMED_BYTES
from tympan_relay._links import member_of
from tympan_relay._streams import reading
from tympan_wire.hub import HeldNote, HubMessageError, MirroredJob, decode
from tympan_wire.sealed import Opener, SealedError, open_note, plain_size

_SPOILED: Final = "it is not what was sealed for this computer"
"""For people, whatever is wrong with the bytes; what it is stands in the cause."""

_SPOILED_HERE: Final = "this computer's disk spoiled what was fetched of it"

ELSEWHERE: Final = "{user} (elsewhere)"
"""The account of a job that another agent took: an account of the same name at this machine may be somebody else's, and
meets no job of theirs. The hub knows whose it is."""


@attrs.frozen(kw_only=True)
class Opened:
    """What a copy's envelope and note gave."""

    key: bytes = attrs.field(repr=False)
    note: HeldNote
    ticket: bytes

    @property
    def user(self) -> str:
        """The account the job has here."""
        return ELSEWHERE.format(user=self.note.user)


class Copies:
    """Takes sealed copies in.

    Args:
        host: Of the plugin.
        foreign: Where they are remembered as other agents'.
        context: What their envelopes are bound to, for a tenant.
        coming: Where large ones lie on their way.
        kept: Where copies lie that were fetched ahead.
    """

    def __init__(
        self,
        host: Host,
        foreign: ForeignJobs,
        *,
        context: Callable[[str], bytes],
        coming: KeptCopies,
        kept: KeptCopies | None = None,
    ) -> None:
        self._host = host
        self._foreign = foreign
        self._context = context
        self._coming = coming
        self._kept = kept
        self._places = (coming,) if kept is None else (kept, coming)

    async def keep(self, job: UUID, copy: MirroredJob) -> None:
        """Fetches one to be kept here, opened in memory on the way: it counts only when it is whole.

        Raises:
            TympanError: It cannot be fetched or opened.
            SealedError: It is not what was sealed.
            OSError: It cannot be written.
        """
        opened = await self._open(job, copy)
        await self._fetch_to(self._kept or self._coming, job, copy, opened.key)

    async def take_in(self, job: UUID, copy: MirroredJob, new: Callable[[Opened], NewJob]) -> Job:
        """The job of a copy, accepted here.

        Args:
            job: Its uuid.
            copy: Where it is.
            new: As what it comes in; it may refuse before anything is fetched.

        Raises:
            TympanError: It cannot be fetched, opened or kept.
        """
        opened = await self._open(job, copy)
        wanted = new(opened)
        await self._lay_by(job, copy, opened.key)
        await self._foreign.add(job, self._host.jobs)
        intake = self._host.jobs.open(wanted)
        try:
            await self._fetch(intake, job, copy, opened.key)
        except BaseException:
            with trio.CancelScope(shield=True):
                await intake.abandon("the sealed copy could not be taken in")
            raise
        taken = await intake.commit()
        await self.forget(job)  # it rests here as a job now
        return taken

    @property
    def there(self) -> frozenset[UUID]:
        """Of which jobs anything lies here."""
        return frozenset().union(*(place.there for place in self._places))

    async def forget(self, job: UUID) -> None:
        """Erases what lies here of one that is no job."""
        with contextlib.suppress(OSError):  # a file that stays is told to the hub again, which says that it shall go
            for place in self._places:
                await place.drop(job)

    async def key_of(self, job: UUID, envelope: str) -> bytes:
        """A document's key, from this agent's envelope.

        Raises:
            CopyRefused: No plugin has this agent's key.
            EnvelopeForAnother: It is for somebody or something else, or was changed.
        """
        identities = self._host.ports(HubIdentity)  # type: ignore[type-abstract]
        member = member_of(self._host)
        if not identities or member is None:
            raise CopyRefused("no plugin that has this agent's key runs")
        try:
            return await identities[0].open_envelope(
                _bytes(envelope), document=job, context=self._context(member.tenant)
            )
        except CopySpoiled as error:
            raise EnvelopeForAnother("its envelope cannot be read") from error
        except TympanError as error:
            if error.retry is not Retry.NEVER:
                raise
            raise EnvelopeForAnother(error.cause) from error

    async def _open(self, job: UUID, copy: MirroredJob) -> Opened:
        key = await self.key_of(job, copy.envelope)
        try:
            note = decode(HeldNote, open_note(key, _bytes(copy.note), document=job))
        except (SealedError, HubMessageError) as error:
            raise CopySpoiled(_SPOILED) from error
        if note.size_bytes != _plain_size(copy.size):
            raise CopySpoiled("its length is not what was told")
        return Opened(key=key, note=note, ticket=_bytes(note.ticket))

    async def _lay_by(self, job: UUID, copy: MirroredJob, key: bytes) -> None:
        """Fetches a large one into a file first: what is cut off there is gone on with, by the next order too."""
        here = self._place(job, copy)
        if here is not None or copy.size < RESUMED_BYTES or not self._coming.has_room(job, copy.size):
            return
        begun = job in self._coming.there
        try:
            await self._fetch_to(self._coming, job, copy, key)
        except SealedError as error:
            if not begun:
                raise CopySpoiled(_SPOILED) from error
            await self._lay_by(job, copy, key)  # its beginning lay on this disk, which may have spoiled it, and is gone
        except OSError as error:
            raise CopyRefused(f"it cannot be written: {error.strerror}") from error

    async def _fetch_to(self, place: KeptCopies, job: UUID, copy: MirroredJob, key: bytes) -> None:
        downloads = self._downloads()

        def rest(start: int) -> AsyncIterator[bytes]:
            return downloads.download(copy.upload, size_bytes=copy.size, start=start)

        await place.fetch(job, copy.size, Opener(key, document=job), rest)

    async def _fetch(self, intake: Intake, job: UUID, copy: MirroredJob, key: bytes) -> None:
        opener, lies = Opener(key, document=job), self._place(job, copy)
        try:
            async with reading(self._sealed(lies, job, copy)) as coming:
                async for piece in coming:
                    plain = opener.update(piece)
                    if plain:
                        await intake.write(plain)
            opener.finish()
        except SealedError as error:
            await self.forget(job)  # whatever spoiled it, it is no copy any more
            raise (CopySpoiled(_SPOILED) if lies is None else CopyRefused(_SPOILED_HERE)) from error

    def _place(self, job: UUID, copy: MirroredJob) -> KeptCopies | None:
        """Where it lies that was fetched ahead; None for the hub."""
        return next((place for place in self._places if place.size(job) == copy.size), None)

    def _sealed(self, place: KeptCopies | None, job: UUID, copy: MirroredJob) -> AsyncIterator[bytes]:
        if place is not None:
            return place.pieces(job)
        return self._downloads().download(copy.upload, size_bytes=copy.size)

    def _downloads(self) -> HubDownloads:
        downloads = self._host.ports(HubDownloads)  # type: ignore[type-abstract]
        if not downloads:
            raise CopyRefused("no plugin that fetches from the hub runs")
        return downloads[0]


def _plain_size(size: int) -> int:
    try:
        return plain_size(size)
    except (SealedError, ValueError) as error:
        raise CopySpoiled(_SPOILED) from error


def _bytes(text: str) -> bytes:
    if len(text) > NOTE_BYTES:
        raise CopySpoiled(f"{len(text)} characters are too many")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CopySpoiled("what belongs to it cannot be read") from error
