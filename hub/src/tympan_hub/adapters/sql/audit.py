"""The audit log."""

import datetime as dt
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.domain.audit import Entry
from tympan_hub.domain.ids import TenantId

_A = tables.audit
_TEXTS = ("by", "act", "subject", "detail")


def _entry(row: Any) -> Entry:
    return Entry(
        tenant=TenantId(row.tenant),
        number=row.number,
        at=row.at,
        by=row.by,
        act=row.act,
        subject=row.subject,
        detail=row.detail,
        previous=row.previous,
        hash=row.hash,
    )


class SqlAuditLog:
    """``AuditLog``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last(self, tenant: TenantId) -> Entry | None:
        """As the port says."""
        found = await self.page(tenant, None, 1, "")
        return found[0] if found else None

    async def add(self, tenant: TenantId, entry: Entry) -> None:
        """As the port says."""
        tables.same_tenant(tenant, entry.tenant)
        row = {
            "tenant": tenant,
            "number": entry.number,
            "at": entry.at,
            "by": entry.by,
            "act": entry.act,
            "subject": entry.subject,
            "detail": entry.detail,
            "previous": entry.previous,
            "hash": entry.hash,
        }
        await self._connection.execute(insert(_A).values(row))

    async def page(self, tenant: TenantId, before: int | None, limit: int, text: str) -> tuple[Entry, ...]:
        """As the port says."""
        found = select(_A).where(_A.c.tenant == tenant)
        if before is not None:
            found = found.where(_A.c.number < before)
        if text:
            found = found.where(or_(*(_A.c[name].icontains(text, autoescape=True) for name in _TEXTS)))
        rows = await self._connection.execute(found.order_by(_A.c.number.desc()).limit(limit))
        return tuple(_entry(row) for row in rows)

    async def last_of(self, tenant: TenantId, act: str, before: dt.datetime | None) -> Entry | None:
        """As the port says."""
        found = select(_A).where(_A.c.tenant == tenant)
        if act:
            found = found.where(_A.c.act == act)
        if before is not None:
            found = found.where(_A.c.at < before)
        row = (await self._connection.execute(found.order_by(_A.c.number.desc()).limit(1))).one_or_none()
        return _entry(row) if row else None

    async def trim(self, tenant: TenantId, number: int) -> None:
        """As the port says."""
        await self._connection.execute(delete(_A).where(_A.c.tenant == tenant, _A.c.number <= number))

    async def since(self, tenant: TenantId, number: int, limit: int) -> tuple[Entry, ...]:
        """As the port says."""
        found = select(_A).where(_A.c.tenant == tenant, _A.c.number >= number)
        return tuple(_entry(row) for row in await self._connection.execute(found.order_by(_A.c.number).limit(limit)))
