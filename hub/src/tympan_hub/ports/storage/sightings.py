"""Sightings of devices, sweeps, and how much was dropped."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.devices import Intake, Reach
from tympan_hub.domain.ids import AgentId, DeviceId, TenantId
from tympan_hub.domain.sightings import Name, Sighting, Sweep, Trace


class Sightings(Protocol):
    """Sightings."""

    async def known(self, tenant: TenantId, sightings: Collection[Name]) -> tuple[Trace, ...]:
        """Which device those of these are that are there."""
        ...

    async def kin(self, tenant: TenantId, traces: Collection[Trace], limit: int) -> tuple[Trace, ...]:
        """All that share something with these that bears on which device they are, and with what shares it; so many
        at most.
        """
        ...

    async def put(self, tenant: TenantId, sightings: Collection[Sighting]) -> None:
        """Adds sightings or replaces those of the same name."""
        ...

    async def heard(self, tenant: TenantId, heard: Mapping[Name, dt.datetime]) -> None:
        """These were heard of again, and are in view."""
        ...

    async def went(self, tenant: TenantId, gone: Mapping[Name, dt.datetime]) -> None:
        """These are not in view any more; they were last at that moment."""
        ...

    async def assign(self, tenant: TenantId, traces: Collection[Trace]) -> None:
        """Keeps which device these are, and what of theirs is shared."""
        ...

    async def of(self, tenant: TenantId, device: DeviceId, limit: int) -> tuple[Sighting, ...]:
        """Who sees a device: those first that have it in view, then the latest."""
        ...

    async def of_devices(self, tenant: TenantId, devices: Collection[DeviceId]) -> tuple[Sighting, ...]:
        """All sightings of these."""
        ...

    async def reach(self, tenant: TenantId, devices: Collection[DeviceId]) -> Mapping[DeviceId, Reach]:
        """Who sees these, in short."""
        ...

    async def count(self, tenant: TenantId, agent: AgentId, method: str) -> int:
        """How many an agent has in view by a method; "" for all of them."""
        ...

    async def methods(self, tenant: TenantId) -> tuple[str, ...]:
        """By which methods devices were seen."""
        ...

    async def end(self, tenant: TenantId, agent: AgentId, at: dt.datetime, method: str) -> tuple[DeviceId, ...]:
        """Nothing is in view of this agent any more, by a method or ("") any; tells what was."""
        ...

    async def rename(self, tenant: TenantId, renamed: Mapping[Name, str]) -> None:
        """Gives these another key, for their own names another device now, and ends them."""
        ...

    async def drop(self, tenant: TenantId, sightings: Collection[Name]) -> None:
        """Forgets these."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier, unless they are a device's last."""
        ...


class Sweeps(Protocol):
    """The last sweep of each agent and method."""

    async def put(self, tenant: TenantId, sweep: Sweep) -> None:
        """A sweep ended, unless what is kept is newer: all it has in view was seen again."""
        ...

    async def of_agents(self, tenant: TenantId, agents: Collection[AgentId]) -> tuple[Sweep, ...]:
        """The last of these agents."""
        ...


class Intakes(Protocol):
    """How much of what agents told was taken and dropped."""

    async def get(self, tenant: TenantId, agent: AgentId, day: dt.date) -> Intake | None:
        """Of one agent on a day."""
        ...

    async def put(self, tenant: TenantId, intake: Intake) -> None:
        """Keeps it."""
        ...

    async def since(self, tenant: TenantId, day: dt.date) -> tuple[Intake, ...]:
        """Of all agents of which something was dropped then or later, the latest first."""
        ...

    async def forget(self, tenant: TenantId, day: dt.date) -> None:
        """Forgets those of earlier days."""
        ...
