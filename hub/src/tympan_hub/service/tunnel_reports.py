"""What becomes of jobs in the tunnel when agents report them."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from tympan_hub.domain.crossings import UNBEGUN, Crossing
from tympan_hub.domain.ids import AgentId, JobId, TenantId
from tympan_hub.domain.jobs import ENDED, Job, Standing
from tympan_hub.domain.usage import KnownJob
from tympan_hub.ports import Unit
from tympan_hub.service.tunnel_ends import Moved, changed

_ENDED_HELD: Final = frozenset({Standing.CANCELED, Standing.EXPIRED, Standing.ABORTED})
"""Ends of jobs that nobody needs to have let go on."""

_GOING_ON: Final = frozenset({Standing.QUEUED, Standing.WAITING, Standing.SENDING, Standing.PRINTING, Standing.UNKNOWN})
"""Standings of a job that was let go on."""


async def settle_crossings(
    unit: Unit, tenant: TenantId, jobs: Mapping[JobId, Job], known: Mapping[JobId, KnownJob], now: dt.datetime
) -> Moved:
    """Ends the crossings of jobs that are over, and tells who waits for news of the others.

    A job that was reported for the first time may be taken from now on by those it was offered to before.

    Args:
        unit: In which the jobs were kept.
        tenant: Whose.
        jobs: As they were kept.
        known: What was known of them before.
        now: The time.
    """
    told = [name for name, job in jobs.items() if _may_cross(job, known.get(name))]
    moved = Moved()
    for name, crossing in (await unit.crossings.newest(tenant, told) if told else {}).items():
        moved |= await _settled(unit, crossing, jobs[name], now)
    return moved


def _may_cross(job: Job, known: KnownJob | None) -> bool:
    """Whether a report may matter to the tunnel: most jobs never were there, and are not looked for."""
    return known is None or known.given or job.standing in ENDED


async def _settled(unit: Unit, crossing: Crossing, job: Job, now: dt.datetime) -> Moved:
    """Read again when its agent's word, or another lease, came between."""
    known: Crossing | None = crossing
    while known is not None and (after := _after(known, job, now)) != known:
        if (moved := await changed(unit, after, known)) is not None:
            return moved
        known = await unit.crossings.get(crossing.tenant, crossing.id)
    if known is None or not known.is_open:
        return Moved()
    return Moved(agents=await _listening(unit, known))


def _after(crossing: Crossing, job: Job, now: dt.datetime) -> Crossing:
    """A crossing after a report: its agent tells its end; its sender, as long as nobody began, that it is none."""
    if is_of_an_attempt_before(crossing, job):
        return crossing
    if crossing.was_begun and job.agent == crossing.holder and crossing.can_end(job.standing):
        return crossing.ended(job.standing, now, job.reason, job.detail)
    if job.agent == crossing.sender and job.standing in ENDED and crossing.state in UNBEGUN:
        return crossing.canceled(now)
    return crossing


def is_of_an_attempt_before(crossing: Crossing | None, job: Job) -> bool:
    """Whether a report tells the end of what its agent had here before it was allowed to begin, and comes late.

    A job that was let go on ends by its device's word, whatever the clocks say; one that was not, and ended before the
    beginning, is an earlier copy of it that its agent erased.
    """
    if crossing is None or crossing.begun_at is None or job.ended_at is None or job.agent != crossing.holder:
        return False
    went_on = job.standing not in _ENDED_HELD or any(line.standing in _GOING_ON for line in job.story)
    return job.ended_at < crossing.begun_at and not went_on


async def _listening(unit: Unit, crossing: Crossing) -> frozenset[AgentId]:
    """Who wants to hear of a job that goes on."""
    if crossing.was_begun:
        return frozenset({crossing.sender} if crossing.sender else ())
    sealed = await unit.crossings.addressees(crossing.tenant, [crossing.id])
    return frozenset(each.agent for each in sealed.get(crossing.id, ()))
