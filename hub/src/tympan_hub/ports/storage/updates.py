"""Updates: rules, what computers have, and what was stopped."""

import datetime as dt
from collections.abc import Collection
from typing import Protocol

from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import InFleet, Installed, Stop, Toll, Update, UpdateRules


class Updates(Protocol):
    """Updates of a tenant's agents."""

    async def rules(self, tenant: TenantId) -> UpdateRules | None:
        """What a tenant said; None when it never did."""
        ...

    async def keep_rules(self, tenant: TenantId, rules: UpdateRules) -> None:
        """Keeps what it says."""
        ...

    async def floor(self, tenant: TenantId) -> UpdateFloor | None:
        """What the service owner said for everybody, asked for with ``SERVICE``; None when they never did."""
        ...

    async def keep_floor(self, tenant: TenantId, floor: UpdateFloor) -> None:
        """Keeps what they say."""
        ...

    async def installed(self, tenant: TenantId, agent: AgentId) -> Installed | None:
        """What an agent told of its versions; None before it did."""
        ...

    async def keep_installed(self, tenant: TenantId, installed: Installed) -> None:
        """Keeps what an agent told."""
        ...

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[Update, ...]:
        """The last update of each subject at an agent, by subject."""
        ...

    async def keep(self, tenant: TenantId, agent: AgentId, updates: Collection[Update]) -> None:
        """These are an agent's updates, and no others."""
        ...

    async def versions(self, tenant: TenantId) -> tuple[InFleet, ...]:
        """How many agents have which version, by ring; those that were revoked are left out."""
        ...

    async def troubled(self, tenant: TenantId, silent: dt.datetime, limit: int) -> tuple[Update, ...]:
        """Updates that did not go well, the latest first, of agents that were not revoked."""
        ...

    async def toll(
        self, tenant: TenantId, subject: str, version: str, since: dt.datetime | None, silent: dt.datetime
    ) -> Toll:
        """How those fare that took a version.

        Args:
            tenant: Whose.
            subject: Of what.
            version: Which.
            since: Only of those that were told of after this.
            silent: Who switches and was last heard of before this is silent.
        """
        ...

    async def suspects(self, tenant: TenantId, silent: dt.datetime) -> tuple[tuple[str, str], ...]:
        """Subjects and versions that any agent took and is unhealthy; ``silent`` as in `toll`."""
        ...

    async def stops(self, tenant: TenantId, limit: int) -> tuple[Stop, ...]:
        """Versions that were stopped, the latest first, those that hold before the others."""
        ...

    async def stop(self, tenant: TenantId, subject: str, version: str) -> Stop | None:
        """Whether a version was ever stopped."""
        ...

    async def keep_stop(self, tenant: TenantId, stop: Stop) -> None:
        """Keeps one, or how it ended."""
        ...
