"""What becomes of releases and mirrors when agents report jobs that were held."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from tympan_hub.domain.ids import JobId, TenantId
from tympan_hub.domain.jobs import ENDED, Job, Standing, StoryLine
from tympan_hub.domain.limits.pull import HOLD_MOST, OVERDUE, OVERDUE_AT_ONCE
from tympan_hub.domain.releases import Release, ReleaseState
from tympan_hub.domain.usage import KnownJob
from tympan_hub.ports import Blobs, Unit, Units
from tympan_hub.service.keepers import Gone, take_away
from tympan_hub.service.upload_clearance import drop

EXPIRED: Final = "Expired at the hub"
"""A line of a job's story."""

_FETCHED: Final = frozenset({ReleaseState.TAKEN, ReleaseState.BEGUN})
_MOVING: Final = frozenset({Standing.QUEUED, Standing.WAITING, Standing.SENDING, Standing.PRINTING})


async def settle_pulled(
    unit: Unit, tenant: TenantId, jobs: Mapping[JobId, Job], known: Mapping[JobId, KnownJob], now: dt.datetime
) -> Gone:
    """Ends releases of jobs that are over or held again; what is left of their mirrors.

    A job that is held again after it moved was taken back by its agent, which alone can release it once more: that
    agent has not said no, and what the device got is not known here.
    """
    over = [job for name, job in jobs.items() if name in known and job.standing in ENDED]
    back = [job for name, job in jobs.items() if job.standing is Standing.HELD and _moved(known.get(name))]
    if not over and not back:
        return Gone()
    last = await unit.releases.newest(tenant, [job.id for job in (*over, *back)])
    over = [job for job in over if not _is_anothers(last.get(job.id), job)]
    for job in over:
        await _end(unit, tenant, last.get(job.id), now)
    for job in back:
        release = last.get(job.id)
        if release is not None and release.state is ReleaseState.BEGUN and not _is_anothers(release, job):
            await unit.releases.keep(tenant, release.taken_back(job.reason, job.detail, now), release)
    ended = [job.id for job in over]
    await unit.held_wishes.forget(tenant, ended)
    return await take_away(unit, tenant, ended)


def _is_anothers(release: Release | None, job: Job) -> bool:
    """Whether another agent fetched the order while this report was on its way: the job is that one's to tell of."""
    return release is not None and release.agent != job.agent and release.state in _FETCHED


async def _end(unit: Unit, tenant: TenantId, release: Release | None, now: dt.datetime) -> None:
    """Ends a release with its job; read again when its agent, or another one it was given to, came between."""
    while release is not None and release.state not in (ReleaseState.ENDED, ReleaseState.REFUSED):
        if release.state is ReleaseState.WAITING:
            over = release.refused(release.fence, reason="job-not-held", detail="The job is over.", now=now)
        else:
            over = release.ended(now)
        if await unit.releases.keep(tenant, over, release):
            return
        release = await unit.releases.get(tenant, release.id)


def _moved(known: KnownJob | None) -> bool:
    return known is not None and known.standing in _MOVING


async def end_overdue(units: Units, blobs: Blobs, tenant: TenantId, now: dt.datetime) -> None:
    """Held jobs whose time is over long since are over, although their agents are away and cannot say so."""
    line = StoryLine(at=now, what=EXPIRED, standing=Standing.EXPIRED)
    async with units.writing() as unit:
        overdue = await unit.jobs.overdue(tenant, now - OVERDUE, OVERDUE_AT_ONCE)
        over = [job for job in overdue if await unit.jobs.cancel(tenant, job.id, line)]
        last = await unit.releases.newest(tenant, [job.id for job in over])
        for job in over:
            await unit.passed_on.add(tenant, job.agent, job.id, now)
            await _end(unit, tenant, last.get(job.id), now)
        await unit.held_wishes.forget(tenant, [job.id for job in over])
        # Mirrored in the moment in which its agent ended it; or held without an end, by an agent that is gone for good.
        gone = await unit.mirrors.over(tenant, now - HOLD_MOST - OVERDUE, OVERDUE_AT_ONCE)
        left = await unit.mirrors.remove(tenant, {job.id for job in over}.union(gone))
    for upload in left:
        await drop(units, blobs, tenant, upload)
