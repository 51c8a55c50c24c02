"""What a tenant may send through the tunnel: said by its administrators, within what the service owner says."""

import attrs

from tympan_hub.domain.errors import SoAlready
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.tunnel import TunnelLimits, narrower
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record


class TunnelLimitService:
    """The limits of tenants, and with the tenant ``SERVICE`` those of the service, which bind every tenant."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups

    async def get(self, tenant: TenantId, by: Actor) -> tuple[TunnelLimits, TunnelLimits]:
        """What was said last, or is usual, and what holds within what the service owner says."""
        by.require(Act.SEE_POLICY, tenant)
        async with self._units.reading() as unit:
            return await _said(unit, tenant), await limits_of(unit, tenant)

    async def change(self, tenant: TenantId, by: Actor, limits: TunnelLimits) -> tuple[TunnelLimits, TunnelLimits]:
        """Says others. What waits already stays.

        Raises:
            SoAlready: They are so.
        """
        by.require(Act.SWITCH_POLICY, tenant)
        async with self._units.writing() as unit:
            known = await _said(unit, tenant)
            if known == limits:
                raise SoAlready("the tunnel has these limits already")
            await unit.tunnel_limits.keep(tenant, limits)
            await record(unit, tenant, by, "tunnel.limits", "tunnel", _told(known, limits), at=self._clock.now())
            holding = await limits_of(unit, tenant)
        await self._wakeups.send(tenant, LookAgain())
        return limits, holding


async def limits_of(unit: Unit, tenant: TenantId) -> TunnelLimits:
    """The limits of a tenant, none wider than the service owner's."""
    own, owner = await unit.tunnel_limits.of(tenant), await unit.tunnel_limits.of(SERVICE)
    return narrower(own or TunnelLimits(), owner) if owner else own or TunnelLimits()


async def _said(unit: Unit, tenant: TenantId) -> TunnelLimits:
    return await unit.tunnel_limits.of(tenant) or TunnelLimits()


def _told(before: TunnelLimits, after: TunnelLimits) -> str:
    names = [field.name for field in attrs.fields(TunnelLimits)]
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return ", ".join(f"{name}: {getattr(before, name)} → {getattr(after, name)}" for name in changed)
