"""Policy documents of groups, and of agents for their groups."""

from collections.abc import Mapping
from typing import Protocol

from tympan_hub.domain.ids import AgentId, CapabilityKey, GroupId, TenantId
from tympan_hub.domain.policy import AgentPolicy, Edition


class GroupPolicies(Protocol):
    """Editions of the policy documents of groups, each with numbers of its own."""

    async def current(self, tenant: TenantId, group: GroupId) -> Edition | None:
        """The newest."""
        ...

    async def add(self, tenant: TenantId, edition: Edition) -> None:
        """Adds the next of its group; raises ``Conflict`` when its number is taken."""
        ...

    async def editions(self, tenant: TenantId, group: GroupId, before: int | None, limit: int) -> tuple[Edition, ...]:
        """The newest ones first, those with a smaller number than ``before``."""
        ...

    async def last_changes(self, tenant: TenantId, group: GroupId) -> Mapping[CapabilityKey, Edition]:
        """The edition that last touched each key."""
        ...

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[tuple[str, Edition], ...]:
        """The newest one of each group that reaches an agent, with the group's name."""
        ...


class AgentPolicies(Protocol):
    """The documents that agents get for their groups."""

    async def get(self, tenant: TenantId, agent: AgentId) -> AgentPolicy | None:
        """The newest of an agent."""
        ...

    async def put(self, tenant: TenantId, policy: AgentPolicy) -> None:
        """Keeps the next of an agent; raises ``Conflict`` when the one kept is as new."""
        ...
