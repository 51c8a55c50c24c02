"""Badges of people."""

from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.domain.badges import Badge
from tympan_hub.domain.ids import PersonId, TenantId, TokenHash

_B = tables.badges


class SqlBadges:
    """``Badges``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[Badge, ...]:
        """As the port says."""
        found = select(_B).where(_B.c.tenant == tenant, _B.c.person == person).order_by(_B.c.made_at, _B.c.digest)
        return tuple(map(_badge, await self._connection.execute(found)))

    async def by_digest(self, tenant: TenantId, digest: TokenHash) -> Badge | None:
        """As the port says."""
        found = await self._connection.execute(select(_B).where(_B.c.tenant == tenant, _B.c.digest == digest))
        row = found.one_or_none()
        return None if row is None else _badge(row)

    async def add(self, tenant: TenantId, badge: Badge) -> None:
        """As the port says."""
        tables.same_tenant(tenant, badge.tenant)
        row = {
            "tenant": tenant,
            "digest": badge.digest,
            "person": badge.person,
            "shown": badge.shown,
            "made_at": badge.made_at,
        }
        await self._connection.execute(insert(_B).values(row))

    async def remove(self, tenant: TenantId, person: PersonId, digest: TokenHash) -> bool:
        """As the port says."""
        gone = delete(_B).where(_B.c.tenant == tenant, _B.c.person == person, _B.c.digest == digest)
        return bool((await self._connection.execute(gone)).rowcount)


def _badge(row: Any) -> Badge:
    return Badge(
        tenant=TenantId(row.tenant),
        digest=TokenHash(row.digest),
        person=PersonId(row.person),
        shown=row.shown,
        made_at=row.made_at,
    )
