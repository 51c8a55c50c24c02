"""What agents tell of devices: taken with care, and put to the devices that are known.

- A batch is looked at as a whole: what is known of all of it is read once, and what comes of it is written once.
- Batches with sightings of one tenant come one after the other, whichever process has them (`DEVICES`): which device a
  sighting is of depends on all others.
- How much an agent may tell is bounded. What is over it, too large, or nothing a device could say is dropped and
  counted; that something went is always taken.
"""

import asyncio
import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs

from tympan_hub.domain.devices import Change, Device, differences, joined, newly, told_by
from tympan_hub.domain.ids import AgentId, DeviceId, TenantId, new_id
from tympan_hub.domain.limits.devices import (
    CHANGES_KEPT,
    DEVICE_FORGOTTEN,
    DEVICES,
    DEVICES_FORGOTTEN_AT_ONCE,
    KIN,
    KIN_AT_ONCE,
)
from tympan_hub.domain.limits.sightings import (
    DROPPED_KEPT,
    SIGHTING_BYTES,
    SIGHTING_FORGOTTEN,
    SIGHTING_KEY_CHARS,
    SIGHTINGS_KEPT,
    TELL_AGAIN,
)
from tympan_hub.domain.limits.values import NUMBER_32, WORD_CHARS
from tympan_hub.domain.merging import Partition, Printing, Settled, partition, settle
from tympan_hub.domain.sightings import (
    NO_DEVICE,
    Description,
    Name,
    Sighting,
    Supply,
    Sweep,
    Trace,
    addresses_of,
    cleaned,
    device_uri,
    fingerprint_of,
    is_method,
    mac_of,
    place,
    serial_of,
    service_uris,
)
from tympan_hub.domain.text import plain
from tympan_hub.ports import Unit, Units
from tympan_hub.service.intakes import Told, bound, counts_sweep, intake_of, methods_of, over
from tympan_hub.service.views import PART, settle_views
from tympan_wire import hub as wire
from tympan_wire.hub import encode

_KINDS: Final = ("device", "serial", "uuid", "fingerprint", "mac", "host", "model")
_NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)


async def take_sightings(
    unit: Unit, tenant: TenantId, agent: AgentId, reports: Sequence[wire.SightingReport], now: dt.datetime
) -> None:
    """Takes what an agent saw; the last word about each stands. The unit holds `PART`."""
    kept = await intake_of(unit, tenant, agent, now)
    good = [report for report in reports if _is_sane(report)]
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


async def take_sweep(unit: Unit, tenant: TenantId, agent: AgentId, report: wire.SweepReport, now: dt.datetime) -> None:
    """Takes that a sweep ended: all that is in view was seen again then. The unit holds `PART`.

    Where the hub knows of more or fewer than the agent (it dropped some, or was restored), it asks to be told of all.
    """
    if not is_method(report.method):
        return
    if not await counts_sweep(unit, tenant, agent, report.method, now):
        return
    kept = {sweep.method: sweep for sweep in await unit.sweeps.of_agents(tenant, [agent])}.get(report.method)
    at = min(report.at, now)
    if kept and kept.at >= at:
        return
    sweep = Sweep(
        agent=agent,
        method=report.method,
        at=at,
        in_view=_number(report.in_view),
        took_ms=_number(report.took_ms),
        packets=None if report.packets is None else _number(report.packets),
        dropped=_number(report.dropped),
        again=kept.again if kept else 0,
    )
    await settle_views(unit, tenant, agent, now, {report.method})
    known = await unit.sightings.count(tenant, agent, report.method)
    if known != report.in_view and now.timestamp() - sweep.again >= TELL_AGAIN.total_seconds():
        sweep = attrs.evolve(sweep, again=int(now.timestamp()))
        if known > report.in_view:  # which of them went, nobody says any more: who is there will be told
            await unit.devices.recount(tenant, await unit.sightings.end(tenant, agent, now, report.method))
    await unit.sweeps.put(tenant, sweep)


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


async def put_to_devices(
    unit: Unit, tenant: TenantId, sightings: Sequence[Sighting], known: Mapping[Name, Trace]
) -> int:
    """Keeps new and changed sightings, and finds out which devices they are of.

    Args:
        unit: Which holds `PART`.
        tenant: Whose.
        sightings: New ones, and those that tell something else than before.
        known: What was known of them.

    Returns:
        How many were dropped, because there was no room for their devices.
    """
    if not sightings:
        return 0
    left = {one.trace.name: _old_key(known[one.trace.name]) for one in sightings if _is_anothers(one, known)}
    await unit.sightings.rename(tenant, left)
    traces = [one.trace for one in sightings if not _is_steady(one.trace, known)]
    before = [known[trace.name] for trace in traces if trace.name in known]
    kin = {trace.name: trace for trace in await unit.sightings.kin(tenant, [*traces, *before], KIN)}
    stored = dict(kin)
    told = {*kin, *(trace.name for trace in traces)}
    kin |= {one.trace.name: one.trace for one in sightings if one.trace.name in told}
    sorted_out = await _partitioned(kin.values())
    theirs = {trace.device for trace in (*kin.values(), *(one.trace for one in sightings))} - {NO_DEVICE}
    born = {one.id: one for one in await unit.devices.some(tenant, theirs)}
    ages = {device: one.first_seen_at for device, one in born.items()}
    printing = await _printing(unit, tenant, sorted_out.groups, born)
    settled = settle(sorted_out.groups, ages, lambda: DeviceId(new_id()), printing)
    full = await over(unit, tenant, settled, traces, known, theirs)
    settling = _Settling(unit=unit, tenant=tenant, settled=settled, born=born, full=full)
    shared = sorted_out.uuid_shared, sorted_out.certificate_shared
    steady = {one.trace.name: one.trace for one in sightings}
    placed = steady | {name: _placed(trace, settled, *shared) for name, trace in kin.items()}
    await settling.keep(sightings, placed, stored)
    return len(full)


async def _partitioned(traces: Collection[Trace]) -> Partition:
    """Beside the loop where it takes long: the hub serves others meanwhile."""
    if len(traces) <= KIN_AT_ONCE:
        return partition(traces)
    return await asyncio.to_thread(partition, tuple(traces))


async def _printing(
    unit: Unit, tenant: TenantId, groups: Sequence[Sequence[Trace]], born: Mapping[DeviceId, Device]
) -> dict[DeviceId, Printing]:
    """By what printers know those devices that turn out to be several."""
    counted = Counter(device for group in groups for device in {trace.device for trace in group})
    parted = [one.id for one in born.values() if one.printers and counted[one.id] > 1]
    made = {device: await unit.devices.printers(tenant, device) for device in sorted(parted)}
    return {
        device: Printing(
            fingerprints=frozenset(one.fingerprint for one in linked if one.fingerprint),
            hosts=frozenset(place((), one.uri, "") for one in linked),
        )
        for device, linked in made.items()
    }


@attrs.frozen(kw_only=True)
class _Settling:
    """What a partition comes to in storage."""

    unit: Unit
    tenant: TenantId
    settled: Settled
    born: Mapping[DeviceId, Device]
    full: frozenset[Name]

    async def keep(
        self, sightings: Sequence[Sighting], placed: Mapping[Name, Trace], stored: Mapping[Name, Trace]
    ) -> None:
        """Writes devices, then the sightings of them, then what is not any more."""
        taken = [
            attrs.evolve(one, trace=placed[one.trace.name]) for one in sightings if one.trace.name not in self.full
        ]
        devices, changes = await self._devices(taken, placed, stored)
        await self.unit.devices.put(self.tenant, list(devices.values()))
        await self.unit.devices.join(self.tenant, self.settled.gone)
        await self._ignored()
        await self.unit.sightings.put(self.tenant, taken)
        fresh = {one.trace.name for one in taken} | self.full
        moved = [trace for name, trace in placed.items() if name not in fresh and trace != stored.get(name)]
        await self.unit.sightings.assign(self.tenant, moved)
        touched = {*devices, *(trace.device for trace in (*stored.values(), *placed.values()))}
        there = ({*self.born} | {*devices}) - {*self.settled.gone}
        await self.unit.devices.recount(self.tenant, touched & there)
        await self.unit.device_changes.add(self.tenant, changes, CHANGES_KEPT)

    async def _ignored(self) -> None:
        """What an administrator ignored stays so as the device it turned out to be."""
        for gone, other in self.settled.gone.items():
            at, before = self.born[gone].ignored_at, self.born.get(other)
            if at is not None and (before is None or before.ignored_at is None):
                await self.unit.devices.ignore(self.tenant, other, at)

    async def _devices(
        self, taken: Sequence[Sighting], placed: Mapping[Name, Trace], stored: Mapping[Name, Trace]
    ) -> tuple[dict[DeviceId, Device], list[Change]]:
        """Devices as they are told to be now, as far as that is new, and how they changed."""
        devices: dict[DeviceId, Device] = {}
        for device, other in self.settled.gone.items():
            devices[other] = joined(devices.get(other) or self.born[other], self.born[device])
        changes = []
        for one in sorted(taken, key=lambda one: (one.trace.seen_at, one.trace.name)):
            device = one.trace.device
            before = devices.get(device) or self.born.get(device)
            devices[device] = told_by(before, one) if before else newly(self.tenant, device, one)
            if before and (other_now := differences(before, devices[device])):
                name = one.trace.name
                changes.append(
                    Change(
                        device=device,
                        at=one.trace.seen_at,
                        agent=name.agent,
                        method=name.method,
                        differences=other_now,
                    )
                )
        return devices | await self._parted(taken, placed, stored), changes

    async def _parted(
        self, taken: Sequence[Sighting], placed: Mapping[Name, Trace], stored: Mapping[Name, Trace]
    ) -> dict[DeviceId, Device]:
        """Devices that were taken for one: each as those tell it that see it, and no other."""
        parted = {
            device
            for name, trace in placed.items()
            if name in stored and stored[name].device not in (trace.device, *self.settled.gone)
            for device in (stored[name].device, trace.device)
        }
        told: dict[DeviceId, Device] = {}
        if not parted:
            return told
        now = {one.trace.name: one for one in taken}
        all_of_them = await self.unit.sightings.of_devices(self.tenant, parted, KIN)
        for one in (*(now.get(old.trace.name, old) for old in all_of_them), *now.values()):
            device = placed[one.trace.name].device if one.trace.name in placed else one.trace.device
            if device in parted:
                told[device] = told_by(told[device], one) if device in told else newly(self.tenant, device, one)
        return told


def name_of(agent: AgentId, report: wire.SightingReport) -> Name:
    """What names a sighting."""
    return Name(agent, report.method, plain(report.key, SIGHTING_KEY_CHARS))


def going_on(sighting: Sighting, before: Trace | None) -> Sighting:
    """A sighting that goes on from what was known of it, unless the agent calls another device so now."""
    if before is None or _contradicts(sighting.trace, before):
        return sighting
    trace = attrs.evolve(
        sighting.trace,
        device=before.device,
        first_seen_at=before.first_seen_at,
        uuid_shared=before.uuid_shared and before.uuid == sighting.trace.uuid,
        certificate_shared=before.certificate_shared and before.fingerprint == sighting.trace.fingerprint,
    )
    return attrs.evolve(sighting, trace=trace)


def _sorted_out(reports: Mapping[Name, wire.SightingReport], known: Mapping[Name, Trace], now: dt.datetime) -> Told:
    told = Told()
    for name, report in reports.items():
        at, before = max(min(report.seen_at, now), now - SIGHTING_FORGOTTEN), known.get(name)
        if not report.in_view:
            if before and (before.in_view or before.paused):
                told.gone[name] = max(at, before.seen_at)
            continue
        sighting = _sighting(name, report, at, now)
        if before and before.digest == sighting.trace.digest:
            told.again[name] = at
        else:
            told.new[name] = going_on(sighting, before)
    return told


def _contradicts(trace: Trace, before: Trace) -> bool:
    if trace.serial and before.serial:
        return trace.serial != before.serial
    return bool(trace.uuid and before.uuid and trace.uuid != before.uuid)


def _is_steady(trace: Trace, known: Mapping[Name, Trace]) -> bool:
    """Whether nothing is new by which devices are told apart."""
    before = known.get(trace.name)
    return (
        before is not None and before.in_view and all(getattr(trace, kind) == getattr(before, kind) for kind in _KINDS)
    )


def _is_anothers(sighting: Sighting, known: Mapping[Name, Trace]) -> bool:
    before = known.get(sighting.trace.name)
    return before is not None and _contradicts(sighting.trace, before)


def _old_key(before: Trace) -> str:
    """The key under which stays what an agent called so before."""
    return f"{before.name.key}\n{hashlib.sha256(f'{before.serial} {before.uuid}'.encode()).hexdigest()[:16]}"


def _placed(trace: Trace, settled: Settled, uuids: Collection[Name], certificates: Collection[Name]) -> Trace:
    return attrs.evolve(
        trace,
        device=settled.devices[trace.name],
        uuid_shared=trace.uuid_shared or trace.name in uuids,
        certificate_shared=trace.certificate_shared or trace.name in certificates,
    )


def _sighting(name: Name, report: wire.SightingReport, at: dt.datetime, now: dt.datetime) -> Sighting:
    described, uri = cleaned(_described(report)), device_uri(report.uri)
    addresses = addresses_of(report.addresses)
    sighting = Sighting(
        trace=Trace(
            name=name,
            first_seen_at=now,
            seen_at=at,
            uuid=described.uuid,
            serial=serial_of(described),
            fingerprint=fingerprint_of(report.fingerprint),
            mac=mac_of(report.mac),
            host=place(addresses, uri, report.host),
            model=described.make_and_model,
        ),
        uri=uri,
        host_name=plain(report.host, WORD_CHARS),
        addresses=addresses,
        services=service_uris(report.services),
        description=described,
        detail=plain(report.detail, 4 * WORD_CHARS),
    )
    return attrs.evolve(sighting, trace=attrs.evolve(sighting.trace, digest=digest_of(sighting)))


def digest_of(sighting: Sighting) -> str:
    """Of all a sighting tells, but for when."""
    trace = attrs.evolve(
        sighting.trace,
        device=NO_DEVICE,
        first_seen_at=_NEVER,
        seen_at=_NEVER,
        uuid_shared=False,
        certificate_shared=False,
        digest="",
    )
    return hashlib.sha256(repr(attrs.evolve(sighting, trace=trace)).encode()).hexdigest()


def _described(report: wire.SightingReport) -> Description:
    told = report.description
    values = {name: getattr(told, name) for name in attrs.fields_dict(Description) if name != "supplies"}
    supplies = (Supply(name=one.name, kind=one.kind, color=one.color, percent=one.percent) for one in told.supplies)
    return Description(**values, supplies=tuple(supplies))


def _is_sane(report: wire.SightingReport) -> bool:
    key = plain(report.key, SIGHTING_KEY_CHARS)
    if not is_method(report.method) or not key or len(report.key) > SIGHTING_KEY_CHARS:
        return False
    return len(encode(report)) <= SIGHTING_BYTES


def _number(told: int) -> int:
    return min(max(told, 0), NUMBER_32)
