"""How long a tenant keeps its jobs: said by its administrators, done by housekeeping."""

import datetime as dt

import attrs

from tympan_hub.domain.errors import SoAlready
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.keeping import Keeping, check_keeping
from tympan_hub.domain.limits.keeping import ERASED_AT_ONCE, ERASED_STEPS
from tympan_hub.domain.people import Act, Actor
from tympan_hub.ports import Clock, Unit, Units
from tympan_hub.service.audit import record


class KeepingService:
    """What tenants keep."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def get(self, tenant: TenantId, by: Actor) -> Keeping:
        """What a tenant keeps."""
        by.require(Act.SEE_POLICY, tenant)
        async with self._units.reading() as unit:
            return await unit.keepings.get(tenant)

    async def change(
        self, tenant: TenantId, by: Actor, *, jobs_days: int, titles_days: int, audit_days: int | None = None
    ) -> Keeping:
        """Says how long; what is older goes with the next housekeeping, and does not come back when this grows again.

        Raises:
            BadInput: Nobody keeps anything so long, or titles longer than jobs.
            Conflict: It is so already.
        """
        by.require(Act.SWITCH_POLICY, tenant)
        check_keeping(jobs_days, titles_days, audit_days)
        async with self._units.writing() as unit:
            known = await unit.keepings.get(tenant)
            changed = attrs.evolve(known, jobs_days=jobs_days, titles_days=titles_days, audit_days=audit_days)
            if changed == known:
                raise SoAlready("it is kept so long already")
            await unit.keepings.put(tenant, changed)
            detail = f"jobs {known.jobs_days} → {jobs_days} days, titles {known.titles_days} → {titles_days} days"
            if audit_days != known.audit_days:
                detail += f", audit log {known.audit_days or 'all'} → {audit_days or 'all'} days"
            await record(unit, tenant, by, "keeping.change", "jobs", detail, at=self._clock.now())
        return changed


async def erase_old(units: Units, tenant: TenantId, now: dt.datetime) -> None:
    """Erases what a tenant keeps no longer, in steps; the marks are durable first, so nothing erased is taken again."""
    async with units.writing() as unit:
        due = (await unit.keepings.get(tenant)).due(now)
        await unit.keepings.put(tenant, due)
    for step in (_titles, _jobs):
        for _ in range(ERASED_STEPS):
            async with units.writing() as unit:
                if await step(unit, due) < ERASED_AT_ONCE:
                    break


async def _titles(unit: Unit, due: Keeping) -> int:
    if due.titles_gone is None:
        return 0
    return await unit.keepings.erase_titles(due.tenant, due.titles_gone, ERASED_AT_ONCE)


async def _jobs(unit: Unit, due: Keeping) -> int:
    if due.jobs_gone is None:
        return 0
    return await unit.keepings.erase_jobs(due.tenant, due.jobs_gone, ERASED_AT_ONCE)
