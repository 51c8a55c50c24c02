"""Cancelling a job: its owner may, and an operator may any; the agent says what became of it."""

from tympan_hub.domain.commands import Command, Order
from tympan_hub.domain.errors import Conflict, NotFound
from tympan_hub.domain.ids import JobId, TenantId
from tympan_hub.domain.jobs import ENDED, Job, Owner
from tympan_hub.domain.limits.commands import COMMAND
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.asking import ask
from tympan_hub.service.audit import record


class CancelService:
    """Cancels jobs of a tenant."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups

    async def ask(self, tenant: TenantId, by: Person, job: JobId) -> Command:
        """Asks the job's agent to cancel it; raises ``NotFound``, or ``Conflict`` when it is over."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await _theirs(unit, tenant, by, job)
            if known.standing in ENDED:
                raise Conflict("the job is over", next_step="There is nothing left to cancel.")
            subject = str(known.id)
            command = await ask(unit, tenant, by.actor, known.agent, Order.CANCEL, subject, now=now, lasts=COMMAND)
            if command.asked_at == now:
                await record(unit, tenant, by.actor, "job.cancel", subject, known.user, at=now)
        await self._wakeups.send(tenant, LookAgain(agent=known.agent))
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
