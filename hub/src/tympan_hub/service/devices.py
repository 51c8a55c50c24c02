"""Devices as administrators see them: listed, one with all that sees it, ignored.

A device is quarantined: nothing here tells an agent of it. Agents hear of a printer, which somebody makes of it.
"""

import datetime as dt
from collections.abc import Mapping

import attrs
from attrs import frozen

from tympan_hub.domain.devices import (
    Change,
    Device,
    DeviceFilter,
    Intake,
    Linked,
    Reach,
    check_seen_by,
)
from tympan_hub.domain.errors import Conflict, NotFound, SoAlready
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId, TenantId
from tympan_hub.domain.limits.devices import CHANGES_KEPT, DEVICES_SEEING
from tympan_hub.domain.limits.sightings import DROPPED_KEPT
from tympan_hub.domain.moves import Move, best_uri, certificate_beside, move_of
from tympan_hub.domain.pages import first_of
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.sightings import BY_HAND, NOT_SWEPT, Pause, Sighting, Sweep
from tympan_hub.ports import Clock, Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.views import PART


@frozen(kw_only=True)
class DeviceListed:
    """A device as lists show it; without a reach nothing sees it any more."""

    device: Device
    reach: Reach | None


@frozen(kw_only=True)
class DevicesFound:
    """Some of the devices that were wanted, by name.

    Attributes:
        devices: They.
        first: So many come before them.
        total: How many there are in all.
        known: How many the tenant has, wanted or not.
        methods: By which methods any was seen.
    """

    devices: tuple[DeviceListed, ...]
    first: int
    total: int
    known: int
    methods: tuple[str, ...]


@frozen(kw_only=True)
class DeviceShown:
    """A device with all that is known of it.

    Attributes:
        device: The device.
        sightings: Who sees it: those first that have it in view; a few of many.
        agents: Names of the agents that do, and of those that told a change.
        away: Since when nothing is heard of those that see it no more for that reason.
        changes: How it changed, the latest first.
        printers: Printers that were made of it.
        uri: The address a printer would be made with; "" when nobody knows one.
        reach: By what it was seen, and when last.
        fingerprint: The certificate that is shown there; "" for none. Where nobody knows an address, the one told last.
        moved: Where it is said to be now, by printers that have another address.
    """

    device: Device
    sightings: tuple[Sighting, ...]
    agents: Mapping[AgentId, str]
    changes: tuple[Change, ...]
    printers: tuple[Linked, ...]
    uri: str
    reach: Reach | None = None
    fingerprint: str = ""
    moved: Mapping[PrinterId, Move] = attrs.field(factory=dict)
    away: Mapping[AgentId, dt.datetime] = attrs.field(factory=dict)


@frozen(kw_only=True)
class Dropped:
    """What was dropped of an agent's sightings."""

    agent: AgentId
    name: str
    intake: Intake


class DeviceService:
    """Devices of a tenant."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def find(self, tenant: TenantId, by: Actor, wanted: DeviceFilter) -> DevicesFound:
        """Those wanted, by name; past the end it is the last page."""
        by.require(Act.SEE_ALL_PRINTERS, tenant)
        check_seen_by(wanted.method)
        async with self._units.reading() as unit:
            total = await unit.devices.tally(tenant, wanted)
            first = first_of(wanted.first, wanted.limit, total)
            devices = await unit.devices.find(tenant, attrs.evolve(wanted, first=first))
            return DevicesFound(
                devices=await _listed(unit, tenant, devices),
                first=first,
                total=total,
                known=await unit.devices.tally(tenant, DeviceFilter()),
                methods=await unit.sweeps.methods(tenant),
            )

    async def following(
        self, tenant: TenantId, by: Actor, wanted: DeviceFilter, after: tuple[str, DeviceId] | None
    ) -> tuple[DeviceListed, ...]:
        """Those wanted that come after a name and id, in the order of names; from the first one on after None."""
        by.require(Act.SEE_ALL_PRINTERS, tenant)
        check_seen_by(wanted.method)
        async with self._units.reading() as unit:
            return await _listed(unit, tenant, await unit.devices.following(tenant, wanted, after))

    async def get(self, tenant: TenantId, by: Actor, device: DeviceId) -> DeviceShown:
        """One device; raises ``NotFound``."""
        by.require(Act.SEE_ALL_PRINTERS, tenant)
        async with self._units.reading() as unit:
            known = await known_device(unit, tenant, device)
            sightings = await unit.sightings.of(tenant, device, DEVICES_SEEING)
            changes = await unit.device_changes.of(tenant, device, CHANGES_KEPT)
            printers = await unit.devices.printers(tenant, device)
            reach = await unit.sightings.reach(tenant, [device])
            told = {one.trace.name.agent for one in sightings} | {change.agent for change in changes}
            names = await unit.agents.names(tenant, told - {BY_HAND})
            silent = {one.trace.name.agent for one in sightings if one.trace.paused is Pause.AWAY}
            away = await unit.agents.seen_at(tenant, silent)
        moved = {one.printer: now for one in printers if (now := move_of(one.uri, one.fingerprint, sightings))}
        uri = best_uri(sightings)
        return DeviceShown(
            device=known,
            sightings=sightings,
            agents=names,
            changes=changes,
            printers=printers,
            uri=uri,
            fingerprint=certificate_beside(uri, sightings, known.fingerprint),
            reach=reach.get(device),
            moved=moved,
            away=away,
        )

    async def ignore(self, tenant: TenantId, by: Actor, device: DeviceId, *, ignored: bool) -> None:
        """Ignores a device, or not any more. Raises ``NotFound``, or ``Conflict`` when it is so already."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.writing("", PART) as unit:
            known = await known_device(unit, tenant, device)
            if (known.ignored_at is not None) is ignored:
                raise SoAlready("it is so already")
            await unit.devices.ignore(tenant, device, now if ignored else None)
            act = "device.ignore" if ignored else "device.heed"
            await record(unit, tenant, by, act, device, known.name, at=now)

    async def forget(self, tenant: TenantId, by: Actor, device: DeviceId) -> None:
        """Forgets a device that nobody sees.

        Raises:
            NotFound: There is none.
            Conflict: An agent sees it, and would not tell of it again; or there is a printer of it.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing("", PART) as unit:
            known = await known_device(unit, tenant, device)
            if known.printers:
                raise Conflict("a printer was made of it", next_step="Remove the printer first.")
            if known.in_view:
                raise Conflict("a computer sees it now", next_step="Ignore it instead.")
            await unit.devices.remove(tenant, device)
            await record(unit, tenant, by, "device.forget", device, known.name, at=self._clock.now())

    async def dropped(self, tenant: TenantId, by: Actor) -> tuple[Dropped, ...]:
        """What was dropped of agents' sightings lately, the latest first."""
        by.require(Act.SEE_ALL_PRINTERS, tenant)
        day = (self._clock.now() - DROPPED_KEPT).astimezone(dt.UTC).date()
        async with self._units.reading() as unit:
            intakes = await unit.intakes.since(tenant, day)
            names = await unit.agents.names(tenant, {one.agent for one in intakes})
        return tuple(Dropped(agent=one.agent, name=names.get(one.agent, ""), intake=one) for one in intakes)

    async def sweeps(self, tenant: TenantId, by: Actor, agent: AgentId) -> tuple[Sweep, ...]:
        """The last sweep of an agent by each method."""
        by.require(Act.SEE_ALL_PRINTERS, tenant)
        async with self._units.reading() as unit:
            sweeps = await unit.sweeps.of_agents(tenant, [agent])
        return tuple(sweep for sweep in sweeps if sweep.at > NOT_SWEPT)


async def known_device(unit: Unit, tenant: TenantId, device: DeviceId) -> Device:
    """A device, or ``NotFound``."""
    known = await unit.devices.get(tenant, device)
    if known is None:
        raise NotFound("there is no such device", next_step="Look at the list again: it may be one with another.")
    return known


async def _listed(unit: Unit, tenant: TenantId, devices: tuple[Device, ...]) -> tuple[DeviceListed, ...]:
    reach = await unit.sightings.reach(tenant, [device.id for device in devices])
    return tuple(DeviceListed(device=device, reach=reach.get(device.id)) for device in devices)
