"""Queues that agents share."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put, table_of, value_of
from tympan_hub.domain.ids import AgentId, PrinterId, ShareId, TenantId
from tympan_hub.domain.shares import DefaultSet, Kept, KnownQueue, Queue, SharedFor, SharedQueue, SharingRules

_S, _R = tables.shares, tables.sharing_rules


def _share(row: Any) -> SharedQueue:
    return SharedQueue(
        id=ShareId(row.id),
        tenant=TenantId(row.tenant),
        agent=AgentId(row.agent),
        told=value_of(Queue, row.told),
        hash=row.hash,
        printer=PrinterId(row.printer) if row.printer else None,
        added_at=row.added_at,
        stopped_at=row.stopped_at,
        stopped_by=row.stopped_by,
        gone_at=row.gone_at,
        defaults=tuple(value_of(DefaultSet, one) for one in row.defaults),
        kept=value_of(Kept, row.kept) if row.kept else None,
        waits=row.waits,
    )


class SqlShares:
    """``Shares``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: TenantId, share: ShareId) -> SharedQueue | None:
        """As the port says."""
        return next(iter(await self.some(tenant, [share])), None)

    async def some(self, tenant: TenantId, shares: Collection[ShareId]) -> tuple[SharedQueue, ...]:
        """As the port says."""
        found: list[SharedQueue] = []
        for part in in_parts(shares):
            found += await self._where(tenant, _S.c.id.in_(part))
        return tuple(found)

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[SharedQueue, ...]:
        """As the port says."""
        return await self._where(tenant, _S.c.agent == agent)

    async def of_printers(self, tenant: TenantId, printers: Collection[PrinterId]) -> tuple[SharedQueue, ...]:
        """As the port says."""
        found: list[SharedQueue] = []
        for part in in_parts(printers):
            found += await self._where(tenant, _S.c.printer.in_(part))
        return tuple(found)

    async def known(self, tenant: TenantId, agent: AgentId) -> tuple[KnownQueue, ...]:
        """As the port says."""
        columns, is_shared = (_S.c.id, _S.c.hash, _S.c.printer), (_S.c.stopped_at.is_(None), _S.c.gone_at.is_(None))
        rows = await self._connection.execute(
            select(*columns).where(_S.c.tenant == tenant, _S.c.agent == agent, *is_shared)
        )
        return tuple(KnownQueue(id=ShareId(row.id), hash=row.hash if row.printer else "") for row in rows)

    async def minded(self, tenant: TenantId, agent: AgentId) -> tuple[SharedQueue, ...]:
        """As the port says."""
        has_defaults = cast(_S.c.defaults, String) != "[]"
        return await self._where(tenant, _S.c.agent == agent, or_(_S.c.stopped_at.is_not(None), has_defaults))

    async def waiting(self, tenant: TenantId, agent: AgentId) -> tuple[SharedQueue, ...]:
        """As the port says."""
        is_shared = _S.c.stopped_at.is_(None), _S.c.gone_at.is_(None), _S.c.printer.is_not(None)
        return await self._where(tenant, _S.c.agent == agent, _S.c.waits, *is_shared)

    async def gone(self, tenant: TenantId) -> tuple[SharedQueue, ...]:
        """As the port says."""
        return await self._where(tenant, _S.c.gone_at.is_not(None), _S.c.printer.is_not(None))

    async def _where(self, tenant: TenantId, *these: ColumnElement[bool]) -> tuple[SharedQueue, ...]:
        rows = await self._connection.execute(select(_S).where(_S.c.tenant == tenant, *these).order_by(_S.c.id))
        return tuple(map(_share, rows))

    async def keep(self, tenant: TenantId, share: SharedQueue) -> None:
        """As the port says."""
        tables.same_tenant(tenant, share.tenant)
        row = {
            "tenant": tenant,
            "id": share.id,
            "agent": share.agent,
            "told": table_of(share.told),
            "hash": share.hash,
            "printer": share.printer,
            "added_at": share.added_at,
            "stopped_at": share.stopped_at,
            "stopped_by": share.stopped_by,
            "gone_at": share.gone_at,
            "defaults": [table_of(one) for one in share.defaults],
            "kept": table_of(share.kept) if share.kept else None,
            "waits": share.waits,
        }
        await put(self._connection, _S, [row])

    async def rules(self, tenant: TenantId) -> SharingRules | None:
        """As the port says."""
        row = (await self._connection.execute(select(_R).where(_R.c.tenant == tenant))).one_or_none()
        if row is None:
            return None
        return SharingRules(audience=SharedFor(row.audience), allow=tuple(row.allow), deny=tuple(row.deny))

    async def keep_rules(self, tenant: TenantId, rules: SharingRules) -> None:
        """As the port says."""
        row = {"tenant": tenant, "audience": rules.audience.value, "allow": list(rules.allow), "deny": list(rules.deny)}
        await put(self._connection, _R, [row])
