"""The job and the crossing of a document that was handed in: no agent took it, and none sent it."""

import datetime as dt
import uuid

from tympan_hub.domain.crossings import Crossing
from tympan_hub.domain.hand_ins import FIRST_LINES, Wanted
from tympan_hub.domain.ids import CrossingId, JobId, PrinterId
from tympan_hub.domain.jobs import Job, Standing, StoryLine
from tympan_hub.domain.people import Person
from tympan_hub.domain.uploads import Upload
from tympan_hub.ports import Unit
from tympan_hub.service.tunnel_limits import limits_of


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


async def handed_crossing(unit: Unit, job: Job, upload: Upload, note: str) -> Crossing:
    """Its way to an agent, with a sealed note, base64."""
    return Crossing(
        id=CrossingId(uuid.uuid4()),
        tenant=job.tenant,
        job=job.id,
        printer=PrinterId(job.printer),
        sender=None,
        upload=upload.id,
        size=upload.size,
        note=note,
        offered_at=job.created_at,
        expires_at=job.created_at + (await limits_of(unit, job.tenant)).keep,
        free_at=job.created_at,
    )
