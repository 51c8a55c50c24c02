"""The way of a document that was handed in: to an agent, or held at the hub. No agent took it, and none sent it.

- Its job, where its bytes lie and who has its key are one unit of work, which holds `ROOM`.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import attrs
from attrs import frozen

from tympan_hub.domain.crossings import Crossing, CrossingEnvelope
from tympan_hub.domain.hand_ins import FIRST_LINES, Wanted
from tympan_hub.domain.ids import CrossingId, JobId, PrinterId, TenantId
from tympan_hub.domain.jobs import Job, Standing, StoryLine
from tympan_hub.domain.mirrors import Envelope, Mirror
from tympan_hub.domain.people import Person
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.uploads import Upload
from tympan_hub.ports import Unit
from tympan_hub.service.hand_in_room import check_room
from tympan_hub.service.tunnel_limits import limits_of


@frozen(kw_only=True)
class Lying:
    """A document whose sealed bytes lie at the hub.

    Attributes:
        upload: They.
        note: What belongs to it, sealed, base64.
        envelopes: Its key, for each agent that may print it.
    """

    upload: Upload
    note: str
    envelopes: Sequence[CrossingEnvelope]


@frozen(kw_only=True)
class OnItsWay:
    """What became of a hand-in.

    Attributes:
        job: Its job.
        crossing: Its way to an agent; None for what is held, or was handed in before.
    """

    job: Job
    crossing: Crossing | None = None


async def let_in(unit: Unit, by: Person, printer: Printer, job: Job, lying: Lying, now: dt.datetime) -> OnItsWay:
    """A document shall come out at a printer, or be held; raises as `check_room`."""
    await check_room(unit, job.tenant, by, printer, lying.upload.size)
    if printer.pull is not None:
        return OnItsWay(job=await _held(unit, printer.pull, job, lying, now))
    crossing = await _crossing(unit, job, lying)
    await unit.jobs.put(job.tenant, [job], {})
    await unit.crossings.add(job.tenant, crossing)
    await unit.crossings.seal(job.tenant, crossing.id, lying.envelopes)
    await unit.uploads.keep(job.tenant, attrs.evolve(lying.upload, touched_at=now))
    return OnItsWay(job=job, crossing=crossing)


def context_of(tenant: TenantId, printer: Printer) -> bytes:
    """What envelopes for a printer are bound to, as agents open them (ADR 24 and 32)."""
    kind = b"tympan mirror " if printer.holds else b"tympan tunnel "
    return kind + tenant.encode()


def handed_job(by: Person, job: JobId, wanted: Wanted, size: int, now: dt.datetime) -> Job:
    """It waits for an agent, and is a person's."""
    return Job(
        id=job,
        tenant=by.tenant,
        agent=None,
        revision=0,
        printer=wanted.printer,
        title=wanted.title,
        user=by.login or by.email,
        person=by.id,
        standing=Standing.QUEUED,
        created_at=now,
        size_bytes=size,
        story=(StoryLine(at=now, what=FIRST_LINES[wanted.via], standing=Standing.QUEUED),),
    )


async def _crossing(unit: Unit, job: Job, lying: Lying) -> Crossing:
    """Its way to an agent."""
    return Crossing(
        id=CrossingId(uuid.uuid4()),
        tenant=job.tenant,
        job=job.id,
        printer=PrinterId(job.printer),
        sender=None,
        upload=lying.upload.id,
        size=lying.upload.size,
        note=lying.note,
        offered_at=job.created_at,
        expires_at=job.created_at + (await limits_of(unit, job.tenant)).keep,
        free_at=job.created_at,
    )


async def _held(unit: Unit, queue: PullSettings, job: Job, lying: Lying, now: dt.datetime) -> Job:
    """It waits at the hub until its owner is at a device."""
    line = attrs.evolve(job.story[0], standing=Standing.HELD)
    held = attrs.evolve(
        job, standing=Standing.HELD, reason="job-held-for-release", held_until=now + queue.hold, story=(line,)
    )
    await unit.jobs.put(job.tenant, [held], {})
    mirror = Mirror(
        tenant=job.tenant,
        job=job.id,
        agent=None,
        upload=lying.upload.id,
        size=lying.upload.size,
        note=lying.note,
        at=now,
    )
    envelopes = [Envelope(job=job.id, agent=each.agent, envelope=each.envelope) for each in lying.envelopes]
    await unit.mirrors.put(job.tenant, mirror, envelopes)
    await unit.uploads.keep(job.tenant, attrs.evolve(lying.upload, touched_at=now))
    return held
