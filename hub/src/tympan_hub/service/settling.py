"""Which devices sightings are of: found out of all that may be of the same ones, and written down.

- What an agent calls another device than before goes on as that one; what it was before stays under a key of its own.
- A device that turns out to be several is told anew by those that see it; several that turn out to be one are joined.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs

from tympan_hub.domain.devices import Change, Device, differences, joined, newly, told_by
from tympan_hub.domain.ids import DeviceId, TenantId, new_id
from tympan_hub.domain.limits.devices import CHANGES_KEPT, KIN, KIN_AT_ONCE
from tympan_hub.domain.merging import Partition, Printing, Settled, partition, settle
from tympan_hub.domain.sightings import NO_DEVICE, Name, Sighting, Trace, place
from tympan_hub.ports import Unit
from tympan_hub.service.intakes import over

_KINDS: Final = ("device", "serial", "uuid", "fingerprint", "mac", "host", "model")


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


async def settle_again(unit: Unit, tenant: TenantId, traces: Collection[Trace]) -> None:
    """Finds out anew which devices known sightings are of, which nothing was told of. The unit holds `PART`."""
    if not traces:
        return
    kin = {trace.name: trace for trace in await unit.sightings.kin(tenant, traces, KIN)}
    sorted_out = await _partitioned(kin.values())
    born = {one.id: one for one in await unit.devices.some(tenant, {trace.device for trace in kin.values()})}
    ages = {device: one.first_seen_at for device, one in born.items()}
    printing = await _printing(unit, tenant, sorted_out.groups, born)
    settled = settle(sorted_out.groups, ages, lambda: DeviceId(new_id()), printing)
    settling = _Settling(unit=unit, tenant=tenant, settled=settled, born=born, full=frozenset())
    shared = sorted_out.uuid_shared, sorted_out.certificate_shared
    placed = {name: _placed(trace, settled, *shared) for name, trace in kin.items()}
    await settling.keep((), placed, kin)


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
