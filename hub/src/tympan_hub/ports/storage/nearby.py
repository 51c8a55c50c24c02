"""Pages of agents in their own networks."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.ids import AgentId, TenantId


class Nearby(Protocol):
    """Where phones of its network reach an agent, as it told last."""

    async def put(self, tenant: TenantId, agent: AgentId, doors: tuple[str, ...], at: dt.datetime) -> None:
        """An agent told; what it told before is no more."""
        ...

    async def of_agents(
        self, tenant: TenantId, agents: Collection[AgentId], since: dt.datetime
    ) -> Mapping[AgentId, tuple[str, ...]]:
        """Where some agents are reached that told so since then."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets what was told earlier."""
        ...
