"""Processes that serve, and agents connected to them."""

import datetime as dt
from collections.abc import Collection
from typing import Protocol

from tympan_hub.domain.ids import AgentId, ProcessId, TenantId


class Processes(Protocol):
    """Processes that serve; kept under the service, for each serves every tenant."""

    async def beat(self, tenant: TenantId, process: ProcessId, at: dt.datetime) -> bool:
        """A process lives; tells whether it was known already."""
        ...

    async def alive(self, tenant: TenantId, since: dt.datetime) -> tuple[ProcessId, ...]:
        """Those that said so since then."""
        ...

    async def silent(self, tenant: TenantId, before: dt.datetime) -> tuple[ProcessId, ...]:
        """Those that said so last before then."""
        ...

    async def forget(self, tenant: TenantId, processes: Collection[ProcessId]) -> None:
        """They are gone; what is connected to them is forgotten first."""
        ...


class Presences(Protocol):
    """Agents connected, and to which process."""

    async def add(self, tenant: TenantId, process: ProcessId, agents: Collection[AgentId]) -> None:
        """They are connected; said twice it means no more."""
        ...

    async def remove(self, tenant: TenantId, process: ProcessId, agents: Collection[AgentId]) -> None:
        """They are connected to this process no more."""
        ...

    async def tally(self, tenant: TenantId, processes: Collection[ProcessId]) -> int:
        """How many are connected to one of these."""
        ...

    async def any_of(
        self, tenant: TenantId, processes: Collection[ProcessId], agents: Collection[AgentId]
    ) -> frozenset[AgentId]:
        """Which of some agents are connected to one of these."""
        ...

    async def forget(self, tenant: TenantId, processes: Collection[ProcessId]) -> None:
        """Nobody is connected to these any more."""
        ...
