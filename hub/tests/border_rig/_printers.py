"""The printer: what its agent sees of it, another one that is linked to a device, and queues that are shared."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import attrs
from hub_rig import BIRTH, report

from border_rig._ground import LATER, Goods, Ground
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId, ShareId, TenantId
from tympan_hub.domain.printers import DeviceSeen, Printer, QueueSeen
from tympan_hub.domain.shares import DefaultSet, Queue, SharedQueue, SharingRules
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_wire.hub import DeviceReport, QueueReport


async def printers(ground: Ground, device: DeviceId) -> Goods:
    """The printer of the ground, one of that device, and two shared queues, of which one is gone."""
    hub, tenant, printer = ground.hub, ground.tenant, ground.printer
    seen = DeviceReport(printer=printer.id, reachable=True, observed_at=BIRTH)
    await ground.agent.report(report(seen), report(QueueReport(printer=printer.id, installed=True)))
    tunneled = TunnelChoice(use=TunnelUse.ALWAYS)
    linked = attrs.evolve(printer, id=PrinterId("made"), name="Made", device=device, tunnel=tunneled)
    shared = _shared(tenant, ground.agent_id, "here", printer.id)
    gone = _shared(tenant, ground.agent_id, "gone", linked.id)
    async with hub.units.writing() as unit:
        device_seen = (await unit.printers.devices(tenant, printer.id, 9))[0]
        queue_seen = (await unit.printers.queues(tenant, printer.id, 9))[0]
        await unit.printers.add(tenant, linked)
        await unit.serving.keep(tenant, printer.id, 1, BIRTH)
        await unit.shares.keep(tenant, attrs.evolve(shared, waits=True))
        await unit.shares.keep(tenant, attrs.evolve(gone, gone_at=BIRTH))
        await unit.shares.keep_rules(tenant, SharingRules(allow=("Laser*",)))
    return Goods(
        {
            PrinterId: printer.id,
            Collection[PrinterId]: [printer.id],
            Printer: printer,
            DeviceSeen: attrs.evolve(device_seen, observed_at=LATER),
            QueueSeen: attrs.evolve(queue_seen, observed_at=LATER),
            ShareId: shared.id,
            Collection[ShareId]: [shared.id],
            SharedQueue: attrs.evolve(shared, stopped_by="forged"),
            SharingRules: SharingRules(deny=("*",)),
        },
        {"about": printer.id, "subjects": [printer.id]},
    )


def _shared(tenant: TenantId, agent: AgentId, queue: str, printer: PrinterId) -> SharedQueue:
    """A share with a default of the tenant's."""
    share = ShareId(str(uuid.uuid5(uuid.NAMESPACE_DNS, agent + queue)))
    default = DefaultSet(name="sides", value="one-sided", by="ada", at=BIRTH)
    return SharedQueue(
        id=share,
        tenant=tenant,
        agent=agent,
        told=Queue(queue="Laser", name="Laser"),
        hash="0" * 64,
        printer=printer,
        added_at=BIRTH,
        defaults=(default,),
    )
