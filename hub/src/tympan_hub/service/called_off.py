"""Jobs that wait in the tunnel of a printer that uses it no more: over, before any of them was begun.

- Whoever switched it off: an administrator at the printer, the service owner for all, or who removed the printer.
- One that an agent was allowed to begin goes on: what may be on paper already is told to its end.
"""

import datetime as dt

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.tunnel import SETTLED_AT_ONCE
from tympan_hub.ports import Blobs, Clock, Unit, Units, WakeUps
from tympan_hub.service.tunnel_ends import Moved, changed, follow
from tympan_hub.service.tunnel_use import handed_at, tunneled


class CalledOff:
    """Ends what waits for printers that use the tunnel no more; their senders are told why."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs
        self._wakeups = wakeups

    async def round(self) -> None:
        """Looks at all tenants."""
        async with self._units.reading() as unit:
            tenants = [tenant.id for tenant in await unit.directory.tenants()]
        for tenant in tenants:
            async with self._units.reading() as unit:
                going = await unit.crossings.any_unbegun(tenant)
            if going:
                await self.of(tenant)

    async def of(self, tenant: TenantId) -> None:
        """Looks at one; what is left when there are very many goes with the next look."""
        async with self._units.writing("crossings that are called off") as unit:
            moved = await _ended(unit, tenant, self._clock.now())
        await follow(self._units, self._blobs, self._wakeups, tenant, moved)


async def _ended(unit: Unit, tenant: TenantId, now: dt.datetime) -> Moved:
    moved = Moved()
    printers = await unit.printers.all(tenant)
    there = {one.id for one in printers}
    handed = {one.id for one in await handed_at(unit, tenant, printers)}
    for one in await unit.crossings.unbegun_but_at(tenant, await tunneled(unit, tenant), handed, SETTLED_AT_ONCE):
        moved |= await changed(unit, one.called_off(now, removed=one.printer not in there), one) or Moved()
    return moved
