"""Pages of agents in their own networks."""

import datetime as dt
from collections.abc import Collection, Mapping

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.ids import AgentId, TenantId

_N = tables.nearby


class SqlNearby:
    """``Nearby``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, tenant: TenantId, agent: AgentId, doors: tuple[str, ...], at: dt.datetime) -> None:
        """As the port says."""
        row = {"tenant": tenant, "agent": agent, "doors": list(doors), "told_at": at}
        await put(self._connection, _N, [row])

    async def of_agents(
        self, tenant: TenantId, agents: Collection[AgentId], since: dt.datetime
    ) -> Mapping[AgentId, tuple[str, ...]]:
        """As the port says."""
        found: dict[AgentId, tuple[str, ...]] = {}
        for part in in_parts(agents):
            told = select(_N).where(_N.c.tenant == tenant, _N.c.agent.in_(part), _N.c.told_at > since)
            rows = await self._connection.execute(told)
            found |= {AgentId(row.agent): tuple(row.doors) for row in rows if row.doors}
        return found

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_N).where(_N.c.tenant == tenant, _N.c.told_at < before))
