"""Which agents are in which groups, and which ones a group's policy reaches."""

from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.groups import group_of
from tympan_hub.adapters.sql.rows import put
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import AgentId, GroupId, TenantId

_G, _M = tables.groups, tables.group_agents


def reached(tenant: TenantId, group: GroupId) -> Select[Any]:
    """The agents that a group's policy reaches: those in it."""
    return select(_M.c.agent).where(_M.c.tenant == tenant, _M.c.group == group)


def reaching(tenant: TenantId, agent: AgentId) -> Select[Any]:
    """The groups whose policy reaches an agent."""
    return select(_M.c.group).where(_M.c.tenant == tenant, _M.c.agent == agent)


class SqlGroupAgents:
    """``GroupAgents``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def join(self, tenant: TenantId, group: GroupId, agent: AgentId) -> bool:
        """As the port says."""
        row = {"tenant": tenant, "group": group, "agent": agent}
        return await put(self._connection, _M, [row], nothing=True) == 1

    async def leave(self, tenant: TenantId, group: GroupId, agent: AgentId) -> bool:
        """As the port says."""
        left = delete(_M).where(_M.c.tenant == tenant, _M.c.group == group, _M.c.agent == agent)
        return (await self._connection.execute(left)).rowcount == 1

    async def of_group(self, tenant: TenantId, group: GroupId) -> tuple[AgentId, ...]:
        """As the port says."""
        found = select(_M.c.agent).where(_M.c.tenant == tenant, _M.c.group == group).order_by(_M.c.agent)
        return tuple(AgentId(row.agent) for row in await self._connection.execute(found))

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[Group, ...]:
        """As the port says."""
        mine = select(_M.c.group).where(_M.c.tenant == tenant, _M.c.agent == agent)
        found = select(_G).where(_G.c.tenant == tenant, _G.c.id.in_(mine)).order_by(_G.c.name)
        return tuple(group_of(row) for row in await self._connection.execute(found))
