"""What becomes of releases and mirrors when agents report jobs that were held."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from tympan_hub.domain.ids import JobId, TenantId
from tympan_hub.domain.jobs import ENDED, Job, Standing, StoryLine
from tympan_hub.domain.limits.pull import OVERDUE, OVERDUE_AT_ONCE
from tympan_hub.domain.releases import Release, ReleaseState
from tympan_hub.domain.usage import KnownJob
from tympan_hub.ports import Unit, Units
from tympan_hub.service.keepers import Gone, take_away

EXPIRED: Final = "Expired at the hub"
"""A line of a job's story."""

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
    for job in over:
        await _end(unit, tenant, last.get(job.id), now)
    for job in back:
        release = last.get(job.id)
        if release is not None and release.state is ReleaseState.BEGUN:
            await unit.releases.keep(tenant, release.taken_back(job.reason, job.detail, now))
    ended = [job.id for job in over]
    await unit.held_wishes.forget(tenant, ended)
    return await take_away(unit, tenant, ended)


async def _end(unit: Unit, tenant: TenantId, release: Release | None, now: dt.datetime) -> None:
    if release is None or release.state in (ReleaseState.ENDED, ReleaseState.REFUSED):
        return
    if release.state is ReleaseState.WAITING:
        gone = release.refused(release.fence, reason="job-not-held", detail="The job is over.", now=now)
        await unit.releases.keep(tenant, gone)
        return
    await unit.releases.keep(tenant, release.ended(now))


def _moved(known: KnownJob | None) -> bool:
    return known is not None and known.standing in _MOVING


async def end_overdue(units: Units, tenant: TenantId, now: dt.datetime) -> None:
    """Held jobs whose time is over long since are over, although their agents are away and cannot say so."""
    async with units.writing() as unit:
        overdue = await unit.jobs.overdue(tenant, now - OVERDUE, OVERDUE_AT_ONCE)
        for job in overdue:
            await unit.jobs.cancel(tenant, job.id, StoryLine(at=now, what=EXPIRED, standing=Standing.EXPIRED))
            await unit.passed_on.add(tenant, job.agent, job.id, now)
        await unit.held_wishes.forget(tenant, [job.id for job in overdue])
        await unit.mirrors.remove(tenant, [job.id for job in overdue])  # the bytes go as those of any old upload
