"""Devices that the agent sees, and a scan it is to make."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Final

import attrs
from hub_rig import BIRTH, report

from border_rig._ground import LATER, Goods, Ground
from tympan_hub.domain.devices import Change, Device, DeviceFilter, Difference, Intake
from tympan_hub.domain.ids import CapabilityKey, DeviceId, ScanId, ScanPartId
from tympan_hub.domain.ranges import Span, span_of
from tympan_hub.domain.scans import Scan, ScanPart
from tympan_hub.domain.sightings import Name, Pause, Sighting, Sweep, Trace
from tympan_hub.service.scan_orders import ScanOrder
from tympan_wire.device import Description
from tympan_wire.hub import AgentReport, PluginStanding, SightingReport, SweepReport

SIGHT: Final = SightingReport(
    method="bonjour",
    key="front",
    seen_at=BIRTH,
    uri="ipp://192.0.2.9/ipp/print",
    host="front.local",
    addresses=("192.0.2.9",),
    mac="00:00:5e:00:53:01",
    fingerprint="a" * 64,
    description=Description(uuid="5a1e0f6c-52ad-4d1e-9c1f-00155d4e1a01", name="Front", formats=("image/urf",)),
)
ELSEWHERE: Final = attrs.evolve(SIGHT, key="moved", addresses=("192.0.2.10",), host="moved.local", mac="")


async def devices(ground: Ground) -> Goods:
    """Two devices that were sighted and changed, and a scan in one part."""
    await _sighted(ground)
    scan = await _scanned(ground)
    hub, tenant, agent = ground.hub, ground.tenant, ground.agent_id
    async with hub.units.writing() as unit:
        [part] = await unit.scans.parts(tenant, scan.id)
        both = await unit.devices.find(tenant, DeviceFilter())
        [found] = [device for device in both if device.host_name == SIGHT.host]
        [sighting] = await unit.sightings.of(tenant, found.id, 9)
        [change, *_] = await unit.device_changes.of(tenant, found.id, 9)
        [sweep] = await unit.sweeps.of_agents(tenant, [agent])
        intake = await unit.intakes.get(tenant, agent, BIRTH.date())
    name = sighting.trace.name
    return Goods(
        {
            DeviceId: found.id,
            Collection[DeviceId]: [found.id],
            Collection[Device]: [found],
            Mapping[DeviceId, DeviceId]: {found.id: found.id},
            Collection[Change]: [attrs.evolve(change, differences=(Difference(field="forged"),))],
            Collection[Name]: [name],
            Collection[Trace]: [attrs.evolve(sighting.trace, uuid_shared=True)],
            Collection[Sighting]: [attrs.evolve(sighting, uri="ipp://forged.example/")],
            Mapping[Name, dt.datetime]: {name: LATER},
            Mapping[Name, str]: {name: "forged"},
            Pause: Pause.AWAY,
            Sweep: attrs.evolve(sweep, at=BIRTH - dt.timedelta(1)),
            Intake: intake,
            ScanId: scan.id,
            Scan: scan,
            Collection[ScanId]: [scan.id],
            ScanPartId: part.id,
            ScanPart: attrs.evolve(part, detail="forged"),
            Collection[ScanPart]: [attrs.evolve(part, id=ScanPartId(uuid.uuid4()))],
            Collection[Span]: [span_of("10.1.0.0/16")],
        },
        {"method": "bonjour", "was": Pause.NONE, "capability": CapabilityKey("discovery.ippscan")},
    )


async def _sighted(ground: Ground) -> None:
    agent = ground.agent
    await agent.report(report(SIGHT), report(SweepReport(method="bonjour", at=BIRTH, in_view=1)))
    await agent.report(report(attrs.evolve(SIGHT, fingerprint="b" * 64)), report(attrs.evolve(SIGHT, key="")))
    await agent.report(report(ELSEWHERE))


async def _scanned(ground: Ground) -> Scan:
    counting = PluginStanding(id="stats", status="running", capabilities=("document.stats",), used_at=LATER)
    scanning = PluginStanding(id="scan", status="running", capabilities=("discovery.ippscan",))
    said = AgentReport(release="1", plugins=(counting, scanning), networks=("10.1.0.0/24",))
    await ground.agent.report(report(said))
    order = ScanOrder(targets="10.1.0.0/24", agents=(ground.agent_id,))
    return await ground.hub.services.scans.order(ground.tenant, ground.admin.actor, order)
