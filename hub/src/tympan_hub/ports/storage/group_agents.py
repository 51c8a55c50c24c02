"""Agents in groups."""

from typing import Protocol

from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import AgentId, GroupId, TenantId


class GroupAgents(Protocol):
    """Which agents are in which groups."""

    async def join(self, tenant: TenantId, group: GroupId, agent: AgentId) -> bool:
        """Puts an agent in; False when it was in. Group and agent must be there."""
        ...

    async def leave(self, tenant: TenantId, group: GroupId, agent: AgentId) -> bool:
        """Takes an agent out; False when it was not in."""
        ...

    async def of_group(self, tenant: TenantId, group: GroupId) -> tuple[AgentId, ...]:
        """The agents in a group."""
        ...

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[Group, ...]:
        """The groups an agent is in, by name."""
        ...
