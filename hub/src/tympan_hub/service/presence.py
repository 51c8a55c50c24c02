"""Who is connected, to whichever process.

- A process knows its own streams. What the others need to know of them it writes down once a second, all changes of a
  tenant together, and says twice a minute that it lives: one row, however many agents it serves.
- What a dead process wrote counts no more, and is swept away by housekeeping.
- A process taken for dead that was only asleep finds itself unknown, and writes everything down again.
"""

import datetime as dt
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager

from tympan_hub.domain.ids import SERVICE, AgentId, ProcessId, TenantId, new_id
from tympan_hub.domain.limits.notices import PRESENCE, PRESENCE_BEAT
from tympan_hub.ports import Clock, Unit, Units
from tympan_hub.service.notices import NoticeService


class PresenceService:
    """The agents connected to this process, and to the others."""

    def __init__(self, units: Units, clock: Clock, notices: NoticeService) -> None:
        self._units = units
        self._clock = clock
        self._notices = notices
        self._process = ProcessId(new_id())
        self._written: dict[TenantId, frozenset[AgentId]] = {}
        self._beat_at: dt.datetime | None = None

    async def tally(self, unit: Unit, tenant: TenantId) -> int:
        """How many agents of a tenant are connected; what others serve is known a moment later."""
        others = await self._others(unit)
        here = len(self._notices.agents(tenant))
        return max(here, await unit.presences.tally(tenant, [self._process, *others])) if others else here

    async def connected_of(self, unit: Unit, tenant: TenantId, agents: Collection[AgentId]) -> frozenset[AgentId]:
        """Which of some agents are connected."""
        here = self._notices.agents(tenant).intersection(agents)
        elsewhere = set(agents) - here
        return here | await unit.presences.any_of(tenant, await self._others(unit), elsewhere)

    async def write(self) -> None:
        """Lets the other processes know what changed here."""
        await self._beat()
        for tenant in self._notices.tenants().union(self._written):
            now, before = self._notices.agents(tenant), self._written.get(tenant, frozenset())
            if now != before:
                await self._write(tenant, came=now - before, went=before - now)
                self._remember(tenant, now)

    async def leave(self) -> None:
        """This process serves nobody any more."""
        for tenant in tuple(self._written):
            async with self._writing() as unit:
                await unit.presences.forget(tenant, [self._process])
            self._remember(tenant, frozenset())
        async with self._writing() as unit:
            await unit.processes.forget(SERVICE, [self._process])
        self._beat_at = None

    async def _beat(self) -> None:
        now = self._clock.now()
        if self._beat_at is not None and now - self._beat_at < PRESENCE_BEAT:
            return
        async with self._writing() as unit:
            known = await unit.processes.beat(SERVICE, self._process, now)
        if not known:
            self._written.clear()
        self._beat_at = now

    async def _write(self, tenant: TenantId, *, came: Collection[AgentId], went: Collection[AgentId]) -> None:
        async with self._writing() as unit:
            await unit.presences.remove(tenant, self._process, went)
            await unit.presences.add(tenant, self._process, came)

    def _remember(self, tenant: TenantId, agents: frozenset[AgentId]) -> None:
        if agents:
            self._written[tenant] = agents
        else:
            self._written.pop(tenant, None)

    def _writing(self) -> AbstractAsyncContextManager[Unit]:
        return self._units.writing(f"process {self._process}")

    async def _others(self, unit: Unit) -> list[ProcessId]:
        alive = await unit.processes.alive(SERVICE, self._clock.now() - PRESENCE)
        return [process for process in alive if process != self._process]
