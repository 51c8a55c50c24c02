"""How devices changed."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, table_of, value_of
from tympan_hub.domain.devices import Change, Difference
from tympan_hub.domain.ids import AgentId, DeviceId, TenantId, new_id

_C = tables.device_changes


def _change(row: Any) -> Change:
    return Change(
        device=DeviceId(row.device),
        at=row.at,
        agent=AgentId(row.agent),
        method=row.method,
        differences=value_of(tuple[Difference, ...], row.differences),
    )


def _row(tenant: TenantId, change: Change) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "id": new_id(),
        "device": change.device,
        "at": change.at,
        "agent": change.agent,
        "method": change.method,
        "differences": table_of(change.differences),
    }


class SqlDeviceChanges:
    """``DeviceChanges``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, changes: Collection[Change], limit: int) -> None:
        """As the port says."""
        if not changes:
            return
        await self._connection.execute(insert(_C), [_row(tenant, change) for change in changes])
        for part in in_parts({change.device for change in changes}):
            many = select(_C.c.device).where(_C.c.tenant == tenant, _C.c.device.in_(part))
            full = await self._connection.execute(many.group_by(_C.c.device).having(func.count() > limit))
            for device in full.scalars().all():
                await self._cut(tenant, DeviceId(device), limit)

    async def _cut(self, tenant: TenantId, device: DeviceId, limit: int) -> None:
        mine = (_C.c.tenant == tenant, _C.c.device == device)
        latest = select(_C.c.id).where(*mine).order_by(_C.c.at.desc(), _C.c.id.desc()).limit(limit)
        await self._connection.execute(delete(_C).where(*mine, _C.c.id.not_in(latest)))

    async def of(self, tenant: TenantId, device: DeviceId, limit: int) -> tuple[Change, ...]:
        """As the port says."""
        mine = select(_C).where(_C.c.tenant == tenant, _C.c.device == device)
        latest = mine.order_by(_C.c.at.desc(), _C.c.id.desc()).limit(limit)
        return tuple(map(_change, await self._connection.execute(latest)))
