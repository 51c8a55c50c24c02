"""The networks agents are in."""

from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.ids import AgentId, CapabilityKey, TenantId
from tympan_hub.domain.ranges import Span


class Networks(Protocol):
    """Networks of agents, as they told them last."""

    async def of(self, tenant: TenantId, agents: Collection[AgentId]) -> Mapping[AgentId, tuple[Span, ...]]:
        """Those of some agents, sorted and disjoint; those with none are left out."""
        ...

    async def reaching(
        self, tenant: TenantId, spans: Collection[Span], capability: CapabilityKey, most: int
    ) -> Mapping[AgentId, tuple[Span, ...]]:
        """Agents on which a capability runs, with those of their networks that have some of these addresses.

        Of each network those that were heard of last, at most so many; those revoked are left out.
        """
        ...

    async def sighted(
        self, tenant: TenantId, capability: CapabilityKey, most: int
    ) -> Mapping[AgentId, tuple[Span, ...]]:
        """Blocks in which agents, on which a capability runs, have devices in view; of so many sightings at most."""
        ...
