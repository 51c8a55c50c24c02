"""Which agents reach which devices, for people: by network, and what hangs on one computer alone."""

from collections.abc import Mapping

import attrs
from attrs import frozen

from tympan_hub.domain.devices import Device
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.limits.scans import REACH_AGENTS
from tympan_hub.domain.pages import first_of
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.reaches import NetworkReach, ReachFilter, ReachSums
from tympan_hub.ports import Unit, Units


@frozen(kw_only=True)
class NetworksReached:
    """Some of the networks agents are in, with sums of the tenant; so many come before them, so many there are."""

    sums: ReachSums
    networks: tuple[NetworkReach, ...]
    first: int
    total: int


@frozen(kw_only=True)
class Lonely:
    """A device, and the one agent that has it in view."""

    device: Device
    agent: AgentId
    agent_name: str


@frozen(kw_only=True)
class LonelyFound:
    """Some of the devices that one agent alone has in view, with sums as in `NetworksReached`."""

    sums: ReachSums
    devices: tuple[Lonely, ...]
    first: int
    total: int


class ReachService:
    """What agents of a tenant reach."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def networks(self, tenant: TenantId, by: Actor, wanted: ReachFilter) -> NetworksReached:
        """By network; past the end it is the last page."""
        by.require(Act.SEE_SCANS, tenant)
        async with self._units.reading() as unit:
            total = await unit.reaches.tally(tenant, wanted)
            begun = attrs.evolve(wanted, first=first_of(wanted.first, wanted.limit, total))
            return NetworksReached(
                sums=await unit.reaches.sums(tenant),
                networks=await unit.reaches.networks(tenant, begun, REACH_AGENTS),
                first=begun.first,
                total=total,
            )

    async def alone(self, tenant: TenantId, by: Actor, wanted: ReachFilter) -> LonelyFound:
        """Devices that one agent alone has in view, by name; past the end it is the last page."""
        by.require(Act.SEE_SCANS, tenant)
        async with self._units.reading() as unit:
            total = await unit.reaches.tally_alone(tenant, wanted)
            begun = attrs.evolve(wanted, first=first_of(wanted.first, wanted.limit, total))
            return LonelyFound(
                sums=await unit.reaches.sums(tenant),
                devices=await _lonely(unit, tenant, begun),
                first=begun.first,
                total=total,
            )


async def _lonely(unit: Unit, tenant: TenantId, wanted: ReachFilter) -> tuple[Lonely, ...]:
    found = await unit.reaches.alone(tenant, wanted)
    devices = {one.id: one for one in await unit.devices.some(tenant, [one.device for one in found])}
    names: Mapping[AgentId, str] = await unit.agents.names(tenant, {one.agent for one in found})
    return tuple(
        Lonely(device=devices[one.device], agent=one.agent, agent_name=names.get(one.agent, ""))
        for one in found
        if one.device in devices
    )
