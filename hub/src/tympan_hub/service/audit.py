"""The audit log: written within the unit of work of the act itself, so that neither is ever without the other."""

import datetime as dt

from tympan_hub.domain.audit import Entry, chained, first_broken
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits import PAGE, PAGE_MOST
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.text import fit
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
        self,
        tenant: TenantId,
        by: Actor,
        *,
        before: int | None = None,
        since: int | None = None,
        limit: int = PAGE,
        text: str = "",
    ) -> tuple[Entry, ...]:
        """A page of the log.

        Args:
            tenant: Whose log.
            by: Who reads.
            before: Newest first, with smaller numbers than this: the last one's of the page before.
            since: Instead of that oldest first, from this number on.
            limit: Entries, at most ``PAGE_MOST``.
            text: With ``before``: only entries that mention this.
        """
        by.require(Act.SEE_AUDIT, tenant)
        most = max(1, min(limit, PAGE_MOST))
        async with self._units.reading() as unit:
            if since is not None:
                return await unit.audit.since(tenant, since, most)
            return await unit.audit.page(tenant, before, most, fit(text))

    async def first_broken(self, tenant: TenantId, by: Actor) -> int | None:
        """The number of the first entry that was tampered with; None when the whole chain holds."""
        by.require(Act.SEE_AUDIT, tenant)
        last: Entry | None = None
        async with self._units.reading() as unit:
            while page := await unit.audit.since(tenant, last.number + 1 if last else 0, PAGE_MOST):
                broken = first_broken(page, last)
                if broken is not None:
                    return broken
                last = page[-1]
        return None
