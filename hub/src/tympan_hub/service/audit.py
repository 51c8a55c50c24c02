"""The audit log: written within the unit of work of the act itself, so that neither is ever without the other."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.audit import TRIM, Entry, chained, first_broken, trimmed
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.keeping import AUDIT_AT_ONCE, AUDIT_TRIM, AUDIT_TRIMMED_AT_ONCE
from tympan_hub.domain.limits.pages import PAGE, PAGE_MOST
from tympan_hub.domain.people import HUB, Act, Actor
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


@frozen(kw_only=True)
class Proof:
    """What following a chain showed.

    Attributes:
        broken: The number of the first entry that was tampered with; None where none was.
        through: The last entry that was followed.
        more: There are more entries after that.
    """

    broken: int | None = None
    through: int = 0
    more: bool = False


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

    async def prove(self, tenant: TenantId, by: Actor, *, after: int = 0, most: int = AUDIT_AT_ONCE) -> Proof:
        """Follows the chain from the entry of this number on, which was proved before; 0 is the beginning."""
        by.require(Act.SEE_AUDIT, tenant)
        async with self._units.reading() as unit:
            known = await unit.audit.since(tenant, after, 1) if after else ()
            if after and (not known or known[0].number != after):
                raise BadInput("there is no such entry", next_step="Begin again with the first one.")
            last = known[0] if known else None
            trim = await unit.audit.last_of(tenant, TRIM, None)
            followed = 0
            while page := await unit.audit.since(tenant, _following(last), min(PAGE_MOST, most - followed)):
                broken = first_broken(page, last, trim)
                if broken is not None:
                    return Proof(broken=broken, through=broken)
                last, followed = page[-1], followed + len(page)
                if followed >= most:
                    newest = await unit.audit.last(tenant)
                    return Proof(through=last.number, more=newest is not None and newest.number > last.number)
        return Proof(through=last.number if last else 0)

    async def first_broken(self, tenant: TenantId, by: Actor) -> int | None:
        """The number of the first entry that was tampered with; None when the whole chain holds."""
        try:
            return await self._first_broken(tenant, by)
        except BadInput:  # what was followed so far was trimmed meanwhile; that happens once in ``AUDIT_TRIM``
            return await self._first_broken(tenant, by)

    async def _first_broken(self, tenant: TenantId, by: Actor) -> int | None:
        proof = await self.prove(tenant, by)
        while proof.more and proof.broken is None:
            proof = await self.prove(tenant, by, after=proof.through)
        return proof.broken


def _following(last: Entry | None) -> int:
    return last.number + 1 if last else 0


async def trim_old(units: Units, tenant: TenantId, now: dt.datetime) -> None:
    """Takes away what a tenant's log keeps no longer; first an entry says what went, in the same unit of work."""
    async with units.writing() as unit:
        days = (await unit.keepings.get(tenant)).audit_days
        first = await unit.audit.since(tenant, 0, 1)
        if days is None or not first or first[0].at >= now - dt.timedelta(days) - AUDIT_TRIM:
            return
        gone = await unit.audit.last_of(tenant, "", now - dt.timedelta(days))
        last = await unit.audit.last(tenant)
        if gone is None or last is None:
            return
        most = first[0].number + AUDIT_TRIMMED_AT_ONCE - 1
        if gone.number > most:
            [gone] = await unit.audit.since(tenant, most, 1)
        await unit.audit.add(tenant, trimmed(last, gone, at=now, by=HUB.label))
        await unit.audit.trim(tenant, gone.number)
