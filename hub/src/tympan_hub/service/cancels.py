"""Cancelling a job: its owner may, and an operator may any; the agent says what became of it.

One that was handed in and that no agent has begun with is over at once.
"""

import datetime as dt

from tympan_hub.domain.commands import Command, Order
from tympan_hub.domain.crossings import UNBEGUN
from tympan_hub.domain.errors import Conflict, NotFound
from tympan_hub.domain.ids import JobId, TenantId
from tympan_hub.domain.jobs import ENDED, Job, Owner, Standing, StoryLine
from tympan_hub.domain.limits.commands import COMMAND
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Blobs, Clock, Unit, Units, WakeUps
from tympan_hub.service.asking import ask
from tympan_hub.service.audit import record
from tympan_hub.service.keepers import Gone, forget, take_away
from tympan_hub.service.tunnel_ends import TAKEN_BACK, Moved, changed, follow


class CancelService:
    """Cancels jobs of a tenant."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs, wakeups: WakeUps) -> None:
        self._units = units
        self._blobs = blobs
        self._clock = clock
        self._wakeups = wakeups

    async def ask(self, tenant: TenantId, by: Person, job: JobId) -> Command | None:
        """Asks the job's agent to cancel it; None where it had none, and is over with this.

        Raises:
            NotFound: There is no such job of theirs.
            Conflict: It is over.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        now, moved, left = self._clock.now(), Moved(), Gone()
        command: Command | None = None
        async with self._units.writing("", f"crossing {job}") as unit:  # held ones are given under all of the tenant
            known = await _theirs(unit, tenant, by, job)
            if known.standing in ENDED:
                raise Conflict("the job is over", next_step="There is nothing left to cancel.")
            subject = str(known.id)
            if known.agent is None:
                moved, left = await _take_back(unit, known, now), await take_away(unit, tenant, [job])
            else:
                to = tenant, by.actor, known.agent
                command = await ask(unit, *to, Order.CANCEL, subject, now=now, lasts=COMMAND)
            if command is None or command.asked_at == now:
                await record(unit, tenant, by.actor, "job.cancel", subject, known.user, at=now)
        if command is not None:
            await self._wakeups.send(tenant, LookAgain(agent=command.agent))
        await follow(self._units, self._blobs, self._wakeups, tenant, moved)
        await forget(self._units, self._blobs, self._wakeups, tenant, left)
        return command

    async def last(self, tenant: TenantId, by: Person, job: JobId) -> Command | None:
        """The last wish to cancel a job, None when nobody had one; raises ``NotFound`` as `ask`."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            await _theirs(unit, tenant, by, job)
            return next(iter(await unit.commands.about(tenant, str(job), 1)), None)


def may_cancel(by: Person, tenant: TenantId, job: Job) -> bool:
    """Whether a job is theirs to cancel."""
    own = Owner(person=by.id, login=by.login)
    return own.owns(job) or by.actor.may(Act.CANCEL_ALL_JOBS, tenant)


async def _theirs(unit: Unit, tenant: TenantId, by: Person, job: JobId) -> Job:
    known = await unit.jobs.get(tenant, job)
    if known is None or not may_cancel(by, tenant, known):
        raise NotFound("there is no such job")
    return known


async def _take_back(unit: Unit, job: Job, now: dt.datetime) -> Moved:
    """One that was handed in is over; raises ``Conflict`` where an agent began with it in this moment."""
    crossing = (await unit.crossings.newest(job.tenant, [job.id])).get(job.id)
    if crossing is None:
        await unit.jobs.cancel(job.tenant, job.id, StoryLine(at=now, what=TAKEN_BACK, standing=Standing.CANCELED))
        return Moved()
    moved = await changed(unit, crossing.canceled(now), crossing) if crossing.state in UNBEGUN else None
    if moved is None:
        raise Conflict("it begins to print at this moment", next_step="Cancel it once more.")
    return moved
