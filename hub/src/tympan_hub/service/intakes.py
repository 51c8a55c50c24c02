"""How much of what agents tell of devices is taken: bounded by agent and tenant, and counted where it is dropped."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

import attrs

from tympan_hub.domain.devices import DeviceFilter, Intake
from tympan_hub.domain.ids import AgentId, DeviceId, TenantId
from tympan_hub.domain.limits.devices import DEVICES, ROOM_AT_ONCE
from tympan_hub.domain.limits.sightings import SIGHTING_METHODS, SIGHTINGS_PER_AGENT, SIGHTINGS_PER_HOUR
from tympan_hub.domain.merging import Settled
from tympan_hub.domain.sightings import Name, Sighting, Trace
from tympan_hub.ports import Unit


@attrs.define
class Told:
    """What a batch comes to.

    Attributes:
        new: New and changed sightings.
        again: Known ones that are in view, as told before.
        gone: Known ones that went.
    """

    new: dict[Name, Sighting] = attrs.field(factory=dict)
    again: dict[Name, dt.datetime] = attrs.field(factory=dict)
    gone: dict[Name, dt.datetime] = attrs.field(factory=dict)


async def intake_of(unit: Unit, tenant: TenantId, agent: AgentId, now: dt.datetime) -> Intake:
    """What was taken of an agent today, with the hour that is now."""
    today = now.astimezone(dt.UTC).date()
    kept = await unit.intakes.get(tenant, agent, today) or Intake(agent=agent, day=today, hour=now.hour)
    return kept.at(now)


async def methods_of(unit: Unit, tenant: TenantId, agent: AgentId, told: Iterable[str]) -> frozenset[str]:
    """Methods of an agent: those known, and of new ones as many as it may have besides, noted down."""
    known = {sweep.method for sweep in await unit.sweeps.of_agents(tenant, [agent])}
    new = [method for method in dict.fromkeys(told) if method not in known][: max(SIGHTING_METHODS - len(known), 0)]
    await unit.sweeps.begin(tenant, agent, new)
    return frozenset({*known, *new})


async def bound(unit: Unit, tenant: TenantId, intake: Intake, told: Told, known: Mapping[Name, Trace]) -> Intake:
    """Drops what is over the bounds of an agent."""
    if not told.new and not told.again:
        return intake
    in_view = await unit.sightings.count(tenant, intake.agent, "") - len(told.gone)
    for name in (*told.again, *told.new):
        comes = name not in known or not (known[name].in_view or known[name].paused)
        if intake.told >= SIGHTINGS_PER_HOUR:
            intake = attrs.evolve(intake, too_fast=intake.too_fast + 1)
        elif comes and in_view >= SIGHTINGS_PER_AGENT:
            intake = attrs.evolve(intake, too_many=intake.too_many + 1)
        else:
            in_view += comes
            intake = attrs.evolve(intake, told=intake.told + 1)
            continue
        told.new.pop(name, None)
        told.again.pop(name, None)
    return intake


async def counts_sweep(unit: Unit, tenant: TenantId, agent: AgentId, method: str, now: dt.datetime) -> bool:
    """Whether a sweep is taken: it counts like what was seen."""
    intake = await intake_of(unit, tenant, agent, now)
    if intake.told >= SIGHTINGS_PER_HOUR:
        await unit.intakes.put(tenant, attrs.evolve(intake, too_fast=intake.too_fast + 1))
        return False
    if method not in await methods_of(unit, tenant, agent, [method]):
        await unit.intakes.put(tenant, attrs.evolve(intake, strange=intake.strange + 1))
        return False
    await unit.intakes.put(tenant, attrs.evolve(intake, told=intake.told + 1))
    return True


async def over(
    unit: Unit,
    tenant: TenantId,
    settled: Settled,
    traces: Iterable[Trace],
    known: Mapping[Name, Trace],
    needed: Collection[DeviceId],
) -> frozenset[Name]:
    """Sightings for whose devices there is no room in the tenant.

    Devices make room that nobody sees, of which nobody made a printer and which nobody ignored, but for those needed.
    """
    if not settled.new:
        return frozenset()
    room = DEVICES - await unit.devices.tally(tenant, DeviceFilter())
    if len(settled.new) > room:
        room += await unit.devices.make_room(tenant, max(len(settled.new) - room, ROOM_AT_ONCE), needed)
    if len(settled.new) <= room:
        return frozenset()
    out = set(sorted(settled.new)[max(room, 0) :])
    return frozenset(trace.name for trace in traces if trace.name not in known and settled.devices[trace.name] in out)
