"""Sightings of devices, sweeps, and how much was dropped."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.devices import Intake, Reach
from tympan_hub.domain.ids import AgentId, DeviceId, TenantId
from tympan_hub.domain.sightings import Name, Pause, Sighting, Sweep, Trace


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

    async def of_devices(self, tenant: TenantId, devices: Collection[DeviceId], limit: int) -> tuple[Sighting, ...]:
        """Sightings of these, the earliest first; so many at most, those in view and the latest."""
        ...

    async def places(self, tenant: TenantId, devices: Collection[DeviceId]) -> tuple[Sighting, ...]:
        """Those of these that have an address, without what the devices say of themselves."""
        ...

    async def reach(self, tenant: TenantId, devices: Collection[DeviceId]) -> Mapping[DeviceId, Reach]:
        """Who sees these, in short."""
        ...

    async def count(self, tenant: TenantId, agent: AgentId, method: str) -> int:
        """How many an agent has in view by a method, paused or not; "" for all of them."""
        ...

    async def moving(self, tenant: TenantId, sweep: Sweep) -> tuple[Trace, ...]:
        """What an agent has in view in several places, any of it told after a sweep of its."""
        ...

    async def views(self, tenant: TenantId, agent: AgentId) -> tuple[tuple[str, Pause], ...]:
        """By which methods an agent has or had anything in view, and why it is not in view for the time being."""
        ...

    async def pause(
        self, tenant: TenantId, agent: AgentId, at: dt.datetime, method: str, was: Pause, now: Pause
    ) -> tuple[DeviceId, ...]:
        """What an agent has in view by a method (or what is paused for that reason) is so for another reason now, or in
        view again; tells of which devices it is.
        """
        ...

    async def unsettled(self, tenant: TenantId, since: dt.datetime) -> tuple[AgentId, ...]:
        """Agents not heard of since with anything in view, and those heard of since whose view is paused for it."""
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

    async def trim(self, tenant: TenantId, agent: AgentId, most: int) -> None:
        """Forgets those of an agent that ended first, as far as it has more than so many."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier, unless they are a device's last."""
        ...


class Sweeps(Protocol):
    """The last sweep of each agent and method."""

    async def put(self, tenant: TenantId, sweep: Sweep) -> None:
        """A sweep ended, unless what is kept is newer: all it has in view was seen again."""
        ...

    async def begin(self, tenant: TenantId, agent: AgentId, methods: Collection[str]) -> None:
        """An agent has these methods; what is known of a sweep stays."""
        ...

    async def methods(self, tenant: TenantId) -> tuple[str, ...]:
        """By which methods agents look for devices, and "import" where some were entered by hand."""
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
