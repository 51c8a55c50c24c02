"""Queues that agents share."""

from collections.abc import Collection
from typing import Protocol

from tympan_hub.domain.ids import AgentId, PrinterId, ShareId, TenantId
from tympan_hub.domain.shares import KnownQueue, SharedQueue, SharingRules


class Shares(Protocol):
    """Shares, and what tenants say of sharing."""

    async def get(self, tenant: TenantId, share: ShareId) -> SharedQueue | None:
        """One, also one that is stopped or gone."""
        ...

    async def some(self, tenant: TenantId, shares: Collection[ShareId]) -> tuple[SharedQueue, ...]:
        """Those of them there are."""
        ...

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[SharedQueue, ...]:
        """All of an agent, by id."""
        ...

    async def of_printers(self, tenant: TenantId, printers: Collection[PrinterId]) -> tuple[SharedQueue, ...]:
        """Those that are some printers."""
        ...

    async def known(self, tenant: TenantId, agent: AgentId) -> tuple[KnownQueue, ...]:
        """Those of an agent that are shared now, with no more than their hashes: "" for one that is no printer for
        want of room. So it is told again, and told gone.
        """
        ...

    async def minded(self, tenant: TenantId, agent: AgentId) -> tuple[SharedQueue, ...]:
        """Those of an agent that a person stopped, or set defaults of."""
        ...

    async def waiting(self, tenant: TenantId, agent: AgentId) -> tuple[SharedQueue, ...]:
        """Those of an agent that are printers and wait for the first who signs in there."""
        ...

    async def gone(self, tenant: TenantId) -> tuple[SharedQueue, ...]:
        """Those whose queue is gone and that are printers still."""
        ...

    async def keep(self, tenant: TenantId, share: SharedQueue) -> None:
        """Keeps a new one, or one as it is now."""
        ...

    async def rules(self, tenant: TenantId) -> SharingRules | None:
        """What a tenant says; None when it never did."""
        ...

    async def keep_rules(self, tenant: TenantId, rules: SharingRules) -> None:
        """Keeps what it says."""
        ...
