"""Which agents can print what comes through the tunnel."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.ids import AgentId, CapabilityKey, PrinterId, TenantId
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.serving import Receiver


class Serving(Protocol):
    """Agents beside devices, and how many of them were counted."""

    async def near(
        self, tenant: TenantId, printers: Collection[PrinterId], since: dt.datetime
    ) -> Mapping[PrinterId, frozenset[AgentId]]:
        """Agents that reach the devices of these printers, reached or sighted them since; none where none did."""
        ...

    async def receivers(self, tenant: TenantId, agents: Collection[AgentId]) -> Mapping[AgentId, Receiver]:
        """Those of these that were not revoked."""
        ...

    async def verdicts(
        self, tenant: TenantId, key: CapabilityKey, agents: Collection[AgentId]
    ) -> Mapping[AgentId, Verdict]:
        """What the groups of these say of a key, the stricter one where several do."""
        ...

    async def levels(self, tenant: TenantId) -> Mapping[PrinterId, int]:
        """How many agents were counted for each printer, last."""
        ...

    async def keep(self, tenant: TenantId, printer: PrinterId, agents: int, at: dt.datetime) -> None:
        """Keeps how many there are."""
        ...

    async def forget(self, tenant: TenantId, printer: PrinterId) -> None:
        """Keeps it no more."""
        ...
