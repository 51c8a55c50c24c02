"""The audit log: written within the unit of work of the act itself, so that neither is ever without the other."""

import datetime as dt

from tympan_hub.domain.audit import Entry, chained, first_broken
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits import PAGE, PAGE_MOST
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.webhooks import BY_ACT
from tympan_hub.ports import Unit, Units
from tympan_hub.service.happenings import Told, announce


async def record(
    unit: Unit, tenant: TenantId, by: Actor, act: str, subject: str = "", detail: str = "", *, at: dt.datetime
) -> None:
    """Adds an entry to a tenant's log."""
    last = await unit.audit.last(tenant)
    entry = chained(last, tenant=tenant, at=at, by=by.label, act=act, subject=subject, detail=detail)
    await unit.audit.add(tenant, entry)
    if act in BY_ACT:
        data = {"act": act, "subject": subject, "detail": detail, "by": by.label}
        await announce(unit, tenant, at, [Told(happening=BY_ACT[act], data=data)])


class AuditService:
    """Reads and proves the log."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def page(
        self, tenant: TenantId, by: Actor, *, before: int | None = None, limit: int = PAGE
    ) -> tuple[Entry, ...]:
        """Entries newest first; the next page is had with the last one's number as ``before``."""
        by.require(Act.SEE_AUDIT, tenant)
        async with self._units.reading() as unit:
            return await unit.audit.page(tenant, before, max(1, min(limit, PAGE_MOST)))

    async def first_broken(self, tenant: TenantId, by: Actor) -> int | None:
        """The number of the first entry that was tampered with; None when the whole chain holds."""
        by.require(Act.SEE_AUDIT, tenant)
        entries: list[Entry] = []
        before: int | None = None
        async with self._units.reading() as unit:
            while page := await unit.audit.page(tenant, before, PAGE_MOST):
                entries += page
                before = page[-1].number
        return first_broken(reversed(entries))
