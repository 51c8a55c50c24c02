"""Which agents reach what."""

from typing import Protocol

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.reaches import NetworkReach, OnlyOne, ReachFilter, ReachSums


class Reaches(Protocol):
    """Sums over the networks of agents and the devices they have in view; agents that were revoked are left out."""

    async def sums(self, tenant: TenantId) -> ReachSums:
        """Of the whole tenant."""
        ...

    async def networks(self, tenant: TenantId, wanted: ReachFilter, most: int) -> tuple[NetworkReach, ...]:
        """Networks in the order of their addresses, of each so many agents at most."""
        ...

    async def tally(self, tenant: TenantId, wanted: ReachFilter) -> int:
        """How many networks are wanted."""
        ...

    async def alone(self, tenant: TenantId, wanted: ReachFilter) -> tuple[OnlyOne, ...]:
        """Devices that one agent alone has in view, by name."""
        ...

    async def tally_alone(self, tenant: TenantId, wanted: ReachFilter) -> int:
        """How many of those are wanted."""
        ...
