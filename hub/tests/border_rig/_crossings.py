"""Jobs on their way through the tunnel, and how many there may be."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import attrs
from hub_rig import BIRTH

from border_rig._ground import LATER, Goods, Ground
from tympan_hub.domain.crossings import Crossing, CrossingEnvelope, CrossingState
from tympan_hub.domain.ids import CrossingId, JobId, UploadId
from tympan_hub.domain.tunnel import TunnelLimits


async def crossings(ground: Ground, upload: UploadId, *, waits: JobId, begun: JobId) -> Goods:
    """A job in the tunnel that waits, and one that an agent began."""
    hub, tenant, agent = ground.hub, ground.tenant, ground.agent_id
    waiting = Crossing(
        id=CrossingId(uuid.uuid4()),
        tenant=tenant,
        job=waits,
        printer=ground.printer.id,
        sender=agent,
        upload=upload,
        size=3,
        note="",
        offered_at=BIRTH,
        expires_at=LATER,
        free_at=BIRTH,
    )
    gone_on = attrs.evolve(
        waiting,
        id=CrossingId(uuid.uuid4()),
        job=begun,
        fence=1,
        state=CrossingState.BEGUN,
        holder=agent,
        begun_at=BIRTH,
    )
    envelope = CrossingEnvelope(agent=agent, recipient="r", envelope="e")
    async with hub.units.writing() as unit:
        await unit.tunnel_limits.keep(tenant, TunnelLimits(jobs_most=7))
        for crossing in (waiting, gone_on):
            await unit.crossings.add(tenant, crossing)
        await unit.crossings.seal(tenant, waiting.id, [envelope])
    return Goods(
        {
            CrossingId: waiting.id,
            Collection[CrossingId]: [waiting.id],
            Crossing: attrs.evolve(waiting, fence=9),
            Collection[CrossingEnvelope]: [attrs.evolve(envelope, envelope="forged")],
            TunnelLimits: TunnelLimits(jobs_most=5),
        }
    )
