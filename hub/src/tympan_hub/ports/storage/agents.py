"""Agents."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.agents import Agent, AgentFilter, KeyInUse, SelfReport
from tympan_hub.domain.ids import AgentId, PrinterId, TenantId


class Agents(Protocol):
    """Enrolled agents."""

    async def add(self, tenant: TenantId, agent: Agent) -> None:
        """Adds one."""
        ...

    async def get(self, tenant: TenantId, agent: AgentId) -> Agent | None:
        """One, with what it told about itself."""
        ...

    async def find(self, tenant: TenantId, wanted: AgentFilter) -> tuple[Agent, ...]:
        """Those wanted, by name; those revoked come last."""
        ...

    async def names(self, tenant: TenantId, agents: Collection[AgentId]) -> Mapping[AgentId, str]:
        """Names of some; one not known is left out."""
        ...

    async def seen_at(self, tenant: TenantId, agents: Collection[AgentId]) -> Mapping[AgentId, dt.datetime]:
        """When some were last heard of; one not known is left out."""
        ...

    async def revoked(self, tenant: TenantId, agents: Collection[AgentId]) -> frozenset[AgentId]:
        """Those of some that were revoked."""
        ...

    async def beside(
        self, tenant: TenantId, printers: Collection[PrinterId], away: bool, limit: int
    ) -> Mapping[AgentId, bytes]:
        """Keys for envelopes of agents that reach the device of any of these printers, by their ids.

        One whose key changed is left out until an administrator confirmed it.

        Args:
            tenant: Whose.
            printers: Which.
            away: Whether a device counts that does not answer an agent now.
            limit: How many at most.
        """
        ...

    async def tally(self, tenant: TenantId, wanted: AgentFilter) -> int:
        """How many are wanted, wherever the list begins and ends."""
        ...

    async def following(
        self, tenant: TenantId, wanted: AgentFilter, after: tuple[str, AgentId] | None
    ) -> tuple[Agent, ...]:
        """Those wanted that come after a name and id, in the order of names; all from the first one on after None."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many are not revoked."""
        ...

    async def latest(self, tenant: TenantId, limit: int) -> tuple[AgentId, ...]:
        """Those not revoked that were heard of last, the latest first."""
        ...

    async def heard_between(self, tenant: TenantId, since: dt.datetime, before: dt.datetime) -> tuple[Agent, ...]:
        """Those not revoked that were last heard of in this time."""
        ...

    async def rename(self, tenant: TenantId, agent: AgentId, name: str) -> bool:
        """Gives another name; tells whether there is such an agent."""
        ...

    async def revoke(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> bool:
        """Ends one; False when there is none, or it was ended before."""
        ...

    async def certify(self, tenant: TenantId, agent: AgentId, certificate: str, recipient: bytes) -> None:
        """Replaces its certificate, and its key for envelopes."""
        ...

    async def trust(self, tenant: TenantId, agent: AgentId, trusted: bool) -> None:
        """Whether its key for envelopes is believed, or changed and waits for an administrator."""
        ...

    async def saw(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> None:
        """It was here."""
        ...

    async def describe(self, tenant: TenantId, agent: AgentId, told: SelfReport) -> None:
        """Keeps what it tells about itself, unless what is kept is newer."""
        ...

    async def keys(self, tenant: TenantId) -> tuple[KeyInUse, ...]:
        """Capability keys of all agents that are not revoked."""
        ...
