"""The end of a sweep as agents tell of it: what is in view was seen again then."""

import datetime as dt

import attrs

from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.limits.sightings import TELL_AGAIN
from tympan_hub.domain.limits.values import NUMBER_32
from tympan_hub.domain.sightings import Sweep, is_method
from tympan_hub.ports import Unit
from tympan_hub.service.intakes import counts_sweep
from tympan_hub.service.settling import settle_again
from tympan_hub.service.views import settle_views
from tympan_wire import hub as wire


async def take_sweep(
    unit: Unit, tenant: TenantId, agent: AgentId, report: wire.SweepReport, now: dt.datetime, *, later: int = 0
) -> None:
    """Takes that a sweep ended: all that is in view was seen again then. The unit holds `PART`.

    Where the hub knows of more or fewer than the agent (it dropped some, or was restored), it asks to be told of all.
    Of ``later`` devices it was told after the sweep, and took that already: so many more or fewer are no difference.
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
    if abs(known - report.in_view) > later and now.timestamp() - sweep.again >= TELL_AGAIN.total_seconds():
        sweep = attrs.evolve(sweep, again=int(now.timestamp()))
        if known > report.in_view:  # which of them went, nobody says any more: who is there will be told
            await unit.devices.recount(tenant, await unit.sightings.end(tenant, agent, now, report.method))
    await unit.sweeps.put(tenant, sweep)
    if kept:  # what was told since then beside what was in view is somewhere else, or another device: now it shows
        await settle_again(unit, tenant, await unit.sightings.moving(tenant, kept))


def _number(told: int) -> int:
    return min(max(told, 0), NUMBER_32)
