"""Agents that may read mirrored jobs since a moment ago: whoever holds jobs that want mirrors is told to look.

- An agent is a reader once it sees a release point's device, or has another key for envelopes. Who holds jobs learns
  that with the desired state, makes an envelope for it, and says so.
- Only those are told that hold such jobs, a few in each round: a morning on which a whole tenant comes in is one round
  after the other, and no stampede.
- It is kept in memory: what is lost with a process is learnt with the next look of each agent.
"""

from collections.abc import Collection
from typing import Final

from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.limits.pull import HOLDERS_TOLD
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Unit, Units, WakeUps
from tympan_hub.service.holding import holding_of, mirrors

_ANY: Final = None


class NewReaders:
    """What is known of them in this process."""

    def __init__(self, units: Units, wakeups: WakeUps) -> None:
        self._units = units
        self._wakeups = wakeups
        self._seen: dict[TenantId, set[PrinterId | None]] = {}
        self._left: dict[TenantId, list[AgentId]] = {}

    def see(self, tenant: TenantId, printers: Collection[PrinterId]) -> None:
        """An agent sees the devices of these printers, and did not before."""
        if printers:
            self._seen.setdefault(tenant, set()).update(printers)

    def keyed(self, tenant: TenantId) -> None:
        """An agent has another key for envelopes."""
        self._seen.setdefault(tenant, set()).add(_ANY)

    async def round(self) -> None:
        """Tells some of those that hold jobs."""
        for tenant in tuple(self._seen):
            seen = self._seen.pop(tenant)
            async with self._units.reading() as unit:
                holders = await _holders(unit, tenant, seen)
            waiting = self._left.get(tenant, [])
            self._left[tenant] = [*waiting, *(agent for agent in holders if agent not in frozenset(waiting))]
        for tenant, agents in tuple(self._left.items()):
            now, later = agents[:HOLDERS_TOLD], agents[HOLDERS_TOLD:]
            self._left[tenant] = later
            if not later:
                del self._left[tenant]
            for agent in now:
                await self._wakeups.send(tenant, LookAgain(agent=agent))


async def _holders(unit: Unit, tenant: TenantId, seen: Collection[PrinterId | None]) -> tuple[AgentId, ...]:
    """Agents that hold jobs which want mirrors; nobody where no device of a release point was seen."""
    if _ANY not in seen and not any([await unit.release_points.get(tenant, one) for one in seen if one is not None]):
        return ()
    pulls = await holding_of(unit, await unit.printers.all(tenant))
    queues = [name for name, queue in pulls.items() if await mirrors(unit, tenant, queue)]
    return tuple(sorted(await unit.jobs.holders(tenant, queues)))
