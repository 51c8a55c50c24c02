"""Documents that people hand in at the hub: sealed for the agents that may print them, then on their way as any job.

- The hub sees what is handed in plain; it keeps the sealed bytes alone, and its key in envelopes for agents.
- The bytes are there before anything tells of the job. Job, crossing and envelopes are one unit of work: what was cut
  off before it is no job, and its bytes go as those of any upload nobody goes on with.
- The job's id is its sender's: the same one again is the same job, whatever became of the first answer.
"""

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs
from attrs import frozen

from tympan_hub.domain.crossings import CrossingEnvelope
from tympan_hub.domain.errors import Conflict, NotAllowed
from tympan_hub.domain.hand_ins import FIRST_LINES, Wanted, Wishes
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId, UploadId, new_id
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.limits.hand_ins import PLAIN_BYTES
from tympan_hub.domain.limits.uploads import BLOB_BYTES
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.sheets import Sheet, sheet_among, sheet_of
from tympan_hub.domain.uploads import HUBS_OWN, Part, Upload, Uploader
from tympan_hub.ports import Blobs, Clock, Unit, Units
from tympan_hub.service.conversions import ConversionService, Document, Ready
from tympan_hub.service.crossings import ROOM
from tympan_hub.service.failover import Failover
from tympan_hub.service.hand_in_room import check_room
from tympan_hub.service.handed import Lying, context_of, handed_job, let_in
from tympan_hub.service.pull_rules import pull_readers
from tympan_hub.service.tunnel_readers import readers_of
from tympan_hub.service.tunnel_use import handed_at
from tympan_hub.service.upload_clearance import drop
from tympan_hub.service.usable import seen
from tympan_wire.hub import HeldNote, Reader, digest_of
from tympan_wire.hub import encode as encoded
from tympan_wire.ipp import Group, GroupTag, Message, Range, attr
from tympan_wire.ipp import encode as ipp_encoded
from tympan_wire.sealed import SealedError, Sealer, new_key, seal_note, sealed_size, wrap_for

T = TypeVar("T")


@frozen(kw_only=True)
class _Sealed:
    """A document whose sealed bytes lie at the hub."""

    upload: Upload
    key: bytes
    size: int
    media_type: str


class HandInService:
    """Takes what people hand in."""

    def __init__(
        self, units: Units, clock: Clock, blobs: Blobs, conversions: ConversionService, failover: Failover
    ) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs
        self._conversions = conversions
        self._failover = failover

    async def take_plain(self, tenant: TenantId, by: Person, job: JobId, wanted: Wanted, document: Document) -> Job:
        """Seals a document, and lets it come out or holds it; said again, answers the same job.

        Raises:
            NotFound: They have no such printer.
            NotAllowed: Nothing may be handed in; or policy keeps the hub from converting what is to be.
            Conflict: Nobody prints there now; or the id is another job's.
            TooLarge: More bytes came than may, or the tenant takes no document of this size.
            Full: They have as many as one may, or the tenant holds as many as it may.
            NoRoom: So much waits that nothing more is taken now.
            NotConverted: No PDF can be made of it; says why.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            if (known := await known_hand_in(unit, tenant, by, job)) is not None:
                return known
            printer, _ = await aim(unit, tenant, by, wanted.printer, self._clock.now())
            await check_room(unit, tenant, by, printer, 0)  # before anything is made of it
            sheet = await _sheet(unit, printer, wanted.wishes)
        document = attrs.evolve(document, sheet=sheet)
        async with self._conversions.ready(tenant, by, document, PLAIN_BYTES) as made:
            upload = self._upload(tenant, by, sealed_size(made.size))
            try:
                sealed = await self._sealed(tenant, by, job, upload, made)
                return await _to_its_end(self._send(tenant, by, job, wanted, sealed))
            finally:
                await self._drop_unused(tenant, upload)

    async def _sealed(self, tenant: TenantId, by: Person, job: JobId, upload: Upload, made: Ready) -> _Sealed:
        """The row first, then the bytes, then that they are all there: as an agent's upload."""
        key, whose = new_key(), Uploader(tenant=tenant, person=by.id)
        async with self._units.writing(str(whose)) as unit:
            (await unit.uploads.tally(tenant, whose)).check_room(upload.size)
            await unit.uploads.add(tenant, upload)
        parts = []
        async for number, content in _sealed_parts(made.path, key, job):
            part = Part(number=number, sha256=hashlib.sha256(content).hexdigest(), piece=new_id())
            await self._blobs.put(tenant, upload.blob(part), content, part.sha256)
            parts.append(part)
        digest = digest_of(part.sha256 for part in parts)
        whole = attrs.evolve(upload.finished(parts, ours=digest, digest=digest), touched_at=self._clock.now())
        async with self._units.writing(f"upload {upload.id}") as unit:
            await unit.uploads.keep_parts(tenant, upload.id, parts)
            await unit.uploads.keep(tenant, whole)
        return _Sealed(upload=whole, key=key, size=made.size, media_type=made.media_type)

    async def _send(self, tenant: TenantId, by: Person, job: JobId, wanted: Wanted, sealed: _Sealed) -> Job:
        now = self._clock.now()
        async with self._units.writing(f"crossing {job}", ROOM, f"upload {sealed.upload.id}") as unit:
            if (known := await known_hand_in(unit, tenant, by, job)) is not None:
                return known
            printer, readers = await aim(unit, tenant, by, wanted.printer, now)
            made = handed_job(by, job, wanted, sealed.size, now)
            envelopes = _envelopes(job, readers, sealed.key, context_of(tenant, printer))
            lying = Lying(upload=sealed.upload, note=_note(made, wanted.wishes, sealed), envelopes=envelopes)
            taken = await let_in(unit, by, printer, made, lying, now)
        if taken.crossing is not None:
            await self._failover.told(tenant, taken.crossing)
        return taken.job

    async def _drop_unused(self, tenant: TenantId, upload: Upload) -> None:
        """What was taken belongs to its job, and stays."""
        async with self._units.reading() as unit:
            is_held = await unit.mirrors.by_upload(tenant, upload.id) is not None
        if not is_held:
            await drop(self._units, self._blobs, tenant, upload.id)

    def _upload(self, tenant: TenantId, by: Person, size: int) -> Upload:
        now = self._clock.now()
        return Upload(
            id=UploadId(new_id()),
            tenant=tenant,
            agent=None,
            person=by.id,
            name=f"{HUBS_OWN}{new_id()}",  # one that nobody else asks for: two requests of one job may come at once
            user=by.login or by.email,
            size=size,
            part_bytes=BLOB_BYTES,
            begun_at=now,
            touched_at=now,
        )


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Does work that is begun, also where its caller is cancelled: what follows then sees all of it, or nothing."""
    working = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.gather(working, return_exceptions=True)
        raise


async def _sheet(unit: Unit, printer: Printer, wishes: Wishes) -> Sheet:
    """The one of the paper that was asked for, else of what the printer holds."""
    if wishes.media:
        return sheet_of(wishes.media)
    looks = await unit.printers.best(printer.tenant, [printer.id])
    return sheet_among(looks[printer.id].media) if printer.id in looks else Sheet.A4


async def known_hand_in(unit: Unit, tenant: TenantId, by: Person, job: JobId) -> Job | None:
    """The job this id is of; raises ``Conflict`` where it is not one they handed in."""
    known = await unit.jobs.get(tenant, job)
    if known is None:
        return None
    begins = (*known.before, *known.story)[:1]  # this stays where crossing and mirror are long gone
    if known.person != by.id or not begins or begins[0].what not in FIRST_LINES.values():
        raise Conflict("the id is another job's", next_step="Choose another one.")
    return known


async def aim(
    unit: Unit, tenant: TenantId, by: Person, wanted: PrinterId, now: dt.datetime
) -> tuple[Printer, tuple[Reader, ...]]:
    """The printer, and who may print there."""
    printer = await seen(unit, tenant, by.actor, wanted)
    if not await handed_at(unit, tenant, [printer]):
        raise NotAllowed("handing documents in is switched off", next_step="Ask an administrator.")
    held = await pull_readers(unit, tenant, [printer], now)
    readers = held[printer.id] if printer.holds else await readers_of(unit, tenant, printer.id, now)
    if not readers:
        raise Conflict("no computer prints there now", next_step="Choose another printer, or try again later.")
    return printer, readers


def _note(job: Job, wishes: Wishes, sealed: _Sealed) -> str:
    """What belongs to the document beside it, sealed as it is."""
    note = HeldNote(
        name=job.title,
        user=job.user,
        printer=job.printer,
        media_type=sealed.media_type,
        ticket=base64.b64encode(ticket_of(wishes)).decode(),
        size_bytes=sealed.size,
    )
    return base64.b64encode(seal_note(sealed.key, encoded(note), document=job.id)).decode()


def _envelopes(job: JobId, readers: Sequence[Reader], key: bytes, context: bytes) -> list[CrossingEnvelope]:
    """For those whose key is of a kind known here: one that is newer than this hub hinders nobody else."""
    made = []
    for reader in readers:
        with contextlib.suppress(SealedError, ValueError):
            envelope = wrap_for(key, base64.b64decode(reader.recipient), document=job, context=context)
            sealed = base64.b64encode(envelope).decode()
            made.append(CrossingEnvelope(agent=AgentId(reader.agent), recipient=reader.recipient, envelope=sealed))
    if not made:
        raise Conflict("no computer prints there whose key this hub knows", next_step="Ask an administrator.")
    return made


def ticket_of(wishes: Wishes) -> bytes:
    """The job-template attributes, as agents read them: one IPP message."""
    asked = [attr.integer("copies", wishes.copies)]
    if wishes.sides is not None:
        asked.append(attr.keyword("sides", wishes.sides.value))
    if wishes.color is not None:
        asked.append(attr.keyword("print-color-mode", wishes.color.value))
    if wishes.media:
        asked.append(attr.keyword("media", wishes.media))
    if wishes.pages:
        asked.append(attr.range_("page-ranges", *(Range(first, last) for first, last in wishes.pages)))
    return ipp_encoded(Message((2, 0), 0, 1, (Group(GroupTag.OPERATION), Group(GroupTag.JOB, tuple(asked)))))


async def _sealed_parts(path: Path, key: bytes, job: JobId) -> AsyncIterator[tuple[int, bytes]]:
    """The parts of the sealed document, all but the last of full size."""
    sealer, number = Sealer(key, job), 0
    ready = bytearray(sealer.header())
    with path.open("rb") as document:
        while piece := await asyncio.to_thread(document.read, BLOB_BYTES):
            ready += await asyncio.to_thread(sealer.update, piece)
            while len(ready) >= BLOB_BYTES:
                yield number, bytes(ready[:BLOB_BYTES])
                del ready[:BLOB_BYTES]
                number += 1
    ready += sealer.finish()
    for first in range(0, len(ready), BLOB_BYTES):
        yield number + first // BLOB_BYTES, bytes(ready[first : first + BLOB_BYTES])
