"""What agents have, run and use."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.agents import Touched
from tympan_hub.domain.ids import CapabilityKey, GroupId, TenantId


class CapabilityUse(Protocol):
    """What agents have, run and use."""

    async def of_tenant(self, tenant: TenantId, capability: CapabilityKey, since: dt.datetime) -> Touched:
        """Of all agents of a tenant that are not revoked."""
        ...

    async def of_group(
        self, tenant: TenantId, group: GroupId, capability: CapabilityKey, since: dt.datetime
    ) -> Touched:
        """Of those agents that a group's policy reaches."""
        ...
