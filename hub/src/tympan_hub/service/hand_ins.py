"""Documents that people hand in at the hub: sealed for the agents that may print them, then on their way as any job.

- The hub sees what is handed in plain; it keeps the sealed bytes alone, and its key in envelopes for agents.
- The bytes are there before anything tells of the job. Job, crossing and envelopes are one unit of work: what was cut
  off before it is no job, and its bytes go as those of any upload nobody goes on with.
- The job's id is its sender's: the same one again is the same job, whatever became of the first answer.
"""

import asyncio
import base64
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import attrs
from attrs import frozen

from tympan_hub.domain.crossings import CrossingEnvelope
from tympan_hub.domain.errors import Conflict, NoRoom, NotAllowed, TooLarge
from tympan_hub.domain.hand_ins import Wanted, Wishes
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId, UploadId, new_id
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.limits.uploads import BLOB_BYTES
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.uploads import Part, Upload, Uploader
from tympan_hub.ports import Blobs, Clock, Unit, Units
from tympan_hub.service.conversions import ConversionService, Converted, Document
from tympan_hub.service.crossings import ROOM
from tympan_hub.service.failover import Failover
from tympan_hub.service.handed import handed_crossing, handed_job
from tympan_hub.service.pull_rules import pull_readers
from tympan_hub.service.tunnel_limits import limits_of
from tympan_hub.service.tunnel_readers import readers_of
from tympan_hub.service.tunnel_use import handed_at
from tympan_hub.service.upload_clearance import drop
from tympan_hub.service.usable import seen
from tympan_wire.hub import HeldNote, Reader, digest_of
from tympan_wire.hub import encode as encoded
from tympan_wire.ipp import Group, GroupTag, Message, Range, attr
from tympan_wire.ipp import encode as ipp_encoded
from tympan_wire.sealed import Sealer, new_key, seal_note, sealed_size, wrap_for

_PDF = "application/pdf"


@frozen(kw_only=True)
class _Sealed:
    """A document whose sealed bytes lie at the hub."""

    upload: Upload
    key: bytes
    ticket: bytes
    size: int


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
        """Makes a PDF of a document, seals it, and lets it come out; said again, answers the same job.

        Raises:
            NotFound: They have no such printer.
            NotAllowed: Its jobs do not go through the hub.
            Conflict: Nobody prints there now; or the id is another job's.
            TooLarge: The tenant takes no document of this size.
            NoRoom: So much waits that nothing more is taken now.
            NotConverted: No PDF can be made of it; says why.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            if (known := await known_hand_in(unit, tenant, by, job)) is not None:
                return known
            _check_push((await aim(unit, tenant, by, wanted.printer, self._clock.now()))[0])
        async with self._conversions.pdf(tenant, by, document) as made:
            sealed = await self._sealed(tenant, by, job, wanted, made)
        try:
            return await self._send(tenant, by, job, wanted, sealed)
        finally:  # where it was taken it is its crossing's, and stays
            await drop(self._units, self._blobs, tenant, sealed.upload.id)

    async def _sealed(self, tenant: TenantId, by: Person, job: JobId, wanted: Wanted, made: Converted) -> _Sealed:
        """The row first, then the bytes, then that they are all there: as an agent's upload."""
        upload, key = self._upload(tenant, by, sealed_size(made.size)), new_key()
        async with self._units.writing("hand-ins") as unit:
            await _check_room(unit, tenant, by, upload.size)
            await unit.uploads.add(tenant, upload)
        parts = []
        async for number, content in _sealed_parts(made.path, key, job):
            part = Part(number=number, sha256=hashlib.sha256(content).hexdigest(), piece=new_id())
            await self._blobs.put(tenant, upload.blob(part), content, part.sha256)
            parts.append(part)
        digest = digest_of(part.sha256 for part in parts)
        whole = upload.finished(parts, ours=digest, digest=digest)
        async with self._units.writing(f"upload {upload.id}") as unit:
            await unit.uploads.keep_parts(tenant, upload.id, parts)
            await unit.uploads.keep(tenant, attrs.evolve(whole, touched_at=self._clock.now()))
        return _Sealed(upload=whole, key=key, ticket=ticket_of(wanted.wishes), size=made.size)

    async def _send(self, tenant: TenantId, by: Person, job: JobId, wanted: Wanted, sealed: _Sealed) -> Job:
        async with self._units.writing(f"crossing {job}", ROOM, f"upload {sealed.upload.id}") as unit:
            if (known := await known_hand_in(unit, tenant, by, job)) is not None:
                return known
            printer, readers = await aim(unit, tenant, by, wanted.printer, self._clock.now())
            _check_push(printer)
            await check_waiting(unit, tenant, sealed.upload.size)
            made = handed_job(by, job, wanted, sealed.size, self._clock.now())
            crossing = await handed_crossing(unit, made, sealed.upload, _note(made, sealed))
            await unit.jobs.put(tenant, [made], {})
            await unit.crossings.add(tenant, crossing)
            await unit.crossings.seal(tenant, crossing.id, _envelopes(tenant, job, readers, sealed.key))
        await self._failover.told(tenant, crossing)
        return made

    def _upload(self, tenant: TenantId, by: Person, size: int) -> Upload:
        now = self._clock.now()
        return Upload(
            id=UploadId(new_id()),
            tenant=tenant,
            agent=None,
            person=by.id,
            name=f"hand-in {new_id()}",  # one that nobody else asks for: two requests of one job may come at once
            user=by.login or by.email,
            size=size,
            part_bytes=BLOB_BYTES,
            begun_at=now,
            touched_at=now,
        )


async def known_hand_in(unit: Unit, tenant: TenantId, by: Person, job: JobId) -> Job | None:
    """The job this id is of; raises ``Conflict`` where it is not one they handed in."""
    known = await unit.jobs.get(tenant, job)
    if known is None:
        return None
    crossing, mirror = (await unit.crossings.newest(tenant, [job])).get(job), await unit.mirrors.get(tenant, job)
    handed = crossing.sender is None if crossing else mirror is not None and mirror.agent is None
    if known.person != by.id or not handed:
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


def _note(job: Job, sealed: _Sealed) -> str:
    """What belongs to the document beside it, sealed as it is."""
    note = HeldNote(
        name=job.title,
        user=job.user,
        printer=job.printer,
        media_type=_PDF,
        ticket=base64.b64encode(sealed.ticket).decode(),
        size_bytes=sealed.size,
    )
    return base64.b64encode(seal_note(sealed.key, encoded(note), document=job.id)).decode()


def _check_push(printer: Printer) -> None:
    if printer.holds:
        cause = "what is given in clear is not held"
        raise NotAllowed(cause, next_step="Print it from the portal: there it is sealed, and held.")


async def check_waiting(unit: Unit, tenant: TenantId, size: int) -> None:
    """Whether one more document may lie in the tunnel; asked under `ROOM`.

    Raises:
        TooLarge: The tenant takes no document of this size.
        NoRoom: So much waits that nothing more is taken now.
    """
    limits, lying = await limits_of(unit, tenant), await unit.crossings.tally(tenant)
    if size > limits.largest:
        cause = f"a document that goes through the hub has at most {limits.largest} bytes"
        raise TooLarge(cause, next_step="Print it in parts.")
    if lying.count >= limits.jobs_most or lying.size + size > limits.bytes_waiting_most:
        raise NoRoom(f"{lying.count} jobs wait already", next_step="Try again when some of them are printed.")


async def _check_room(unit: Unit, tenant: TenantId, by: Person, size: int) -> None:
    await check_waiting(unit, tenant, size)
    (await unit.uploads.tally(tenant, Uploader(tenant=tenant, person=by.id))).check_room(size)


def _envelopes(tenant: TenantId, job: JobId, readers: Sequence[Reader], key: bytes) -> list[CrossingEnvelope]:
    made = []
    for reader in readers:
        public = base64.b64decode(reader.recipient)
        envelope = wrap_for(key, public, document=job, context=b"tympan tunnel " + tenant.encode())
        made.append(
            CrossingEnvelope(
                agent=AgentId(reader.agent), recipient=reader.recipient, envelope=base64.b64encode(envelope).decode()
            )
        )
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
