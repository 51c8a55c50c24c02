"""Which agents are in which groups, and which ones a group's policy reaches."""

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.groups import group_of
from tympan_hub.adapters.sql.rows import put
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import AgentId, GroupId, TenantId

_G, _M = tables.groups, tables.group_agents
_S, _P = tables.sign_ins, tables.memberships


def reached(tenant: TenantId, group: GroupId) -> CompoundSelect[Any]:
    """The agents that a group's policy reaches: those in it, and those where one of its people is signed in."""
    inside = select(_M.c.agent).where(_M.c.tenant == tenant, _M.c.group == group)
    return inside.union(_through_people(_S.c.agent, tenant).where(_P.c.group == group))


def reaching(tenant: TenantId, agent: AgentId) -> CompoundSelect[Any]:
    """The groups whose policy reaches an agent."""
    inside = select(_M.c.group).where(_M.c.tenant == tenant, _M.c.agent == agent)
    return inside.union(_through_people(_P.c.group, tenant).where(_S.c.agent == agent))


def _through_people(column: ColumnElement[str], tenant: TenantId) -> Select[Any]:
    joined = _S.join(_P, (_S.c.tenant == _P.c.tenant) & (_S.c.person == _P.c.person))
    return select(column).select_from(joined).where(_S.c.tenant == tenant, _S.c.ended_at.is_(None))


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
