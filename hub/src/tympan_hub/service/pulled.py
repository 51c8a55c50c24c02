"""What becomes of releases and mirrors when agents report jobs that were held."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Final

from tympan_hub.domain.ids import JobId, TenantId
from tympan_hub.domain.jobs import ENDED, Job, Standing, StoryLine
from tympan_hub.domain.limits.pull import HELD_AGAIN, HOLD_MOST, OVERDUE, OVERDUE_AT_ONCE
from tympan_hub.domain.releases import Release, ReleaseState
from tympan_hub.domain.usage import KnownJob
from tympan_hub.ports import Blobs, Clock, Unit, Units
from tympan_hub.service.keepers import Gone, take_away
from tympan_hub.service.upload_clearance import drop

EXPIRED: Final = "Expired at the hub"
"""A line of a job's story."""

_FETCHED: Final = frozenset({ReleaseState.TAKEN, ReleaseState.BEGUN})
_MOVING: Final = frozenset({Standing.QUEUED, Standing.WAITING, Standing.SENDING, Standing.PRINTING})


async def moved_unseen(
    unit: Unit, tenant: TenantId, jobs: Mapping[JobId, Job], known: Mapping[JobId, KnownJob]
) -> frozenset[JobId]:
    """Held jobs of begun releases that moved since they were reported last: no report told, but their stories do.

    To be asked before the jobs are kept.
    """
    quiet = [job for name, job in jobs.items() if job.standing is Standing.HELD and name in known]
    last = await unit.releases.newest(tenant, [job.id for job in quiet]) if quiet else {}
    begun = [job for job in quiet if job.id in last and last[job.id].state is ReleaseState.BEGUN]
    before = {job.id: await unit.jobs.get(tenant, job.id) for job in begun}
    return frozenset(job.id for job in begun if _moved_since(job, before[job.id]))


async def settle_pulled(
    unit: Unit,
    tenant: TenantId,
    jobs: Mapping[JobId, Job],
    known: Mapping[JobId, KnownJob],
    unseen: Collection[JobId],
    now: dt.datetime,
) -> Gone:
    """Ends releases of jobs that are over or held again; what is left of their mirrors.

    A job that is held again after it moved was taken back by its agent, which alone can release it once more: that
    agent has not said no, and what the device got is not known here. Where a report says held and nothing tells
    whether it was written before the release, that is noted, and `HeldAgain` ends the release when nothing else comes.
    """
    over = [job for name, job in jobs.items() if name in known and job.standing in ENDED]
    held = [job for name, job in jobs.items() if name in known and job.standing is Standing.HELD]
    moving = [name for name, job in jobs.items() if name in known and job.standing in _MOVING]
    if moving:
        await unit.releases.note_held(tenant, moving, None)
    if not over and not held:
        return Gone()
    last = await unit.releases.newest(tenant, [job.id for job in (*over, *held)])
    over = [job for job in over if not _is_anothers(last.get(job.id), job)]
    for job in over:
        await _end(unit, tenant, last.get(job.id), now)
    for job in held:
        release = last.get(job.id)
        if release is None or release.state not in _FETCHED or _is_anothers(release, job):
            continue
        if _moved(known.get(job.id)) or job.id in unseen:
            await _take_back(unit, tenant, release, job, now)
        else:
            await unit.releases.note_held(tenant, [job.id], now)
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


async def _take_back(unit: Unit, tenant: TenantId, release: Release | None, job: Job, now: dt.datetime) -> None:
    """The same for one whose job is held again."""
    while release is not None and release.state in _FETCHED:
        if await unit.releases.keep(tenant, release.taken_back(job.reason, job.detail, now), release):
            return
        release = await unit.releases.get(tenant, release.id)


def _moved_since(job: Job, before: Job | None) -> bool:
    told = frozenset(before.story) if before is not None else frozenset()
    return any(line.standing in _MOVING for line in job.story if line not in told)


def _moved(known: KnownJob | None) -> bool:
    return known is not None and known.standing in _MOVING


class HeldAgain:
    """Ends releases whose agents say for long that they hold the job, and nothing else."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def settle(self) -> None:
        """One round over all tenants."""
        async with self._units.reading() as unit:
            tenants = [tenant.id for tenant in await unit.directory.tenants()]
            before = self._clock.now() - HELD_AGAIN
            some = [tenant for tenant in tenants if await unit.releases.held_since(tenant, before, 1)]
        for tenant in some:
            await self._settle(tenant)

    async def _settle(self, tenant: TenantId) -> None:
        now = self._clock.now()
        async with self._units.writing() as unit:
            back = await unit.releases.held_since(tenant, now - HELD_AGAIN, OVERDUE_AT_ONCE)
            jobs = await unit.jobs.some(tenant, [release.job for release in back])
            for release in back:
                job = jobs.get(release.job)
                if job is not None and job.standing is Standing.HELD and job.agent == release.agent:
                    await _take_back(unit, tenant, release, job, now)


async def end_overdue(units: Units, blobs: Blobs, tenant: TenantId, now: dt.datetime) -> None:
    """Held jobs whose time is over long since are over, although their agents are away and cannot say so."""
    line = StoryLine(at=now, what=EXPIRED, standing=Standing.EXPIRED)
    async with units.writing() as unit:
        overdue = await unit.jobs.overdue(tenant, now - OVERDUE, OVERDUE_AT_ONCE)
        over = [job for job in overdue if await unit.jobs.cancel(tenant, job.id, line)]
        last = await unit.releases.newest(tenant, [job.id for job in over])
        for job in over:
            if job.agent is not None:
                await unit.passed_on.add(tenant, job.agent, job.id, now)
            await _end(unit, tenant, last.get(job.id), now)
        await unit.held_wishes.forget(tenant, [job.id for job in over])
        # Mirrored in the moment in which its agent ended it; or held without an end, by an agent that is gone for good.
        gone = await unit.mirrors.over(tenant, now - HOLD_MOST - OVERDUE, OVERDUE_AT_ONCE)
        left = await unit.mirrors.remove(tenant, {job.id for job in over}.union(gone))
    for upload in left:
        await drop(units, blobs, tenant, upload)
