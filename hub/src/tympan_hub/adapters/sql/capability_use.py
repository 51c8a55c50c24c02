"""What agents have, run and use: counted, so that a switch can tell what it would do."""

import datetime as dt

from sqlalchemy import ColumnElement, Integer, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.group_agents import reached
from tympan_hub.domain.agents import Touched
from tympan_hub.domain.ids import CapabilityKey, GroupId, TenantId

_A, _K = tables.agents, tables.agent_keys


class SqlCapabilityUse:
    """``CapabilityUse``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_tenant(self, tenant: TenantId, capability: CapabilityKey, since: dt.datetime) -> Touched:
        """As the port says."""
        return await self._count(tenant, capability, since, true())

    async def of_group(
        self, tenant: TenantId, group: GroupId, capability: CapabilityKey, since: dt.datetime
    ) -> Touched:
        """As the port says."""
        return await self._count(tenant, capability, since, _K.c.agent.in_(reached(tenant, group)))

    async def _count(
        self, tenant: TenantId, capability: CapabilityKey, since: dt.datetime, where: ColumnElement[bool]
    ) -> Touched:
        joined = _K.join(_A, (_K.c.tenant == _A.c.tenant) & (_K.c.agent == _A.c.id))
        counted = select(
            func.count().label("agents"),
            _how_many(_K.c.running).label("running"),
            _how_many(_K.c.used_at >= since).label("used"),
        )
        mine = (_K.c.tenant == tenant, _K.c.key == capability, _A.c.revoked_at.is_(None), where)
        row = (await self._connection.execute(counted.select_from(joined).where(*mine))).one()
        return Touched(agents=row.agents, running=row.running, used=row.used)


def _how_many(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((what, 1), else_=0)), 0, type_=Integer)
