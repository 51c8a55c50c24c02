"""What agents tell of devices: taken with care, and put to the devices that are known.

- A batch is looked at as a whole: what is known of all of it is read once, and what comes of it is written once.
- Batches with sightings of one tenant come one after the other, whichever process has them (`DEVICES`): which device a
  sighting is of depends on all others.
- How much an agent may tell is bounded. What is over it, too large, or nothing a device could say is dropped and
  counted; that something went is always taken.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import attrs

from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.limits.devices import DEVICE_FORGOTTEN, DEVICES, DEVICES_FORGOTTEN_AT_ONCE
from tympan_hub.domain.limits.sightings import DROPPED_KEPT, SIGHTING_FORGOTTEN, SIGHTINGS_KEPT
from tympan_hub.domain.sightings import Name, Trace
from tympan_hub.ports import Unit, Units
from tympan_hub.service.intakes import Told, bound, intake_of, methods_of
from tympan_hub.service.settling import going_on, put_to_devices
from tympan_hub.service.sighting_reports import is_sane, name_of, sighting_of
from tympan_hub.service.views import PART
from tympan_wire import hub as wire


async def take_sightings(
    unit: Unit, tenant: TenantId, agent: AgentId, reports: Sequence[wire.SightingReport], now: dt.datetime
) -> None:
    """Takes what an agent saw; the last word about each stands. The unit holds `PART`."""
    kept = await intake_of(unit, tenant, agent, now)
    good = [report for report in reports if is_sane(report)]
    sane = {name_of(agent, report): report for report in good}
    methods = await methods_of(unit, tenant, agent, [name.method for name in sane])
    sane = {name: report for name, report in sane.items() if name.method in methods}
    strange = len(reports) - sum(report.method in methods for report in good)
    intake = attrs.evolve(kept, strange=kept.strange + strange)
    known = {trace.name: trace for trace in await unit.sightings.known(tenant, sane)}
    told = _sorted_out(sane, known, now)
    intake = await bound(unit, tenant, intake, told, known)
    await unit.sightings.went(tenant, told.gone)
    await unit.sightings.heard(tenant, told.again)
    full = await put_to_devices(unit, tenant, tuple(told.new.values()), known)
    intake = attrs.evolve(intake, no_room=intake.no_room + full)
    if intake != kept:
        await unit.intakes.put(tenant, intake)
    if told.new:
        await unit.sightings.trim(tenant, agent, SIGHTINGS_KEPT)
    touched = {known[name].device for name in (*told.gone, *told.again)}
    await unit.devices.recount(tenant, touched)


async def end_sightings(unit: Unit, tenant: TenantId, agent: AgentId, now: dt.datetime) -> None:
    """An agent is gone: it sees nothing any more. The unit holds `PART`."""
    await unit.devices.recount(tenant, await unit.sightings.end(tenant, agent, now, ""))


async def forget_devices(units: Units, tenant: TenantId, now: dt.datetime) -> None:
    """Forgets sightings that ended long ago, and devices nobody has seen for long and that have no printer."""
    async with units.writing("", PART) as unit:
        await unit.sightings.forget(tenant, now - SIGHTING_FORGOTTEN)
        await unit.intakes.forget(tenant, (now - DROPPED_KEPT).astimezone(dt.UTC).date())
    for _ in range(DEVICES // DEVICES_FORGOTTEN_AT_ONCE):
        async with units.writing("", PART) as unit:
            if await unit.devices.forget(tenant, now - DEVICE_FORGOTTEN, DEVICES_FORGOTTEN_AT_ONCE) == 0:
                break


def _sorted_out(reports: Mapping[Name, wire.SightingReport], known: Mapping[Name, Trace], now: dt.datetime) -> Told:
    told = Told()
    for name, report in reports.items():
        at, before = max(min(report.seen_at, now), now - SIGHTING_FORGOTTEN), known.get(name)
        if not report.in_view:
            if before and (before.in_view or before.paused):
                told.gone[name] = max(at, before.seen_at)
            continue
        sighting = sighting_of(name, report, at, now)
        if before and before.digest == sighting.trace.digest:
            told.again[name] = at
        else:
            told.new[name] = going_on(sighting, before)
    return told
