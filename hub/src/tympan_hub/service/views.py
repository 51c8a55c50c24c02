"""What agents have in view that do not look for the time being: it counts no more until they look again.

- An agent that was not heard of for long is away. What it saw is in view again when it is heard of.
- A discovery that the agent said does not run sees nothing. What it saw is in view again when it has looked.
- Nothing is told anew for that, and nothing forgotten: it is marked, and counted with the devices.
"""

import datetime as dt
from collections.abc import Collection

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.ids import AgentId, DeviceId, TenantId
from tympan_hub.domain.limits.agents import AGENT_AWAY
from tympan_hub.domain.sightings import Pause
from tympan_hub.ports import Unit, Units

PART = "devices"
"""The part of a tenant that whoever puts sightings to devices holds (`Units.writing`)."""


async def settle_views(
    unit: Unit, tenant: TenantId, agent: AgentId, now: dt.datetime, looked: Collection[str] = ()
) -> None:
    """Pauses what an agent does not look for, and goes on with what it does. The unit holds `PART`.

    Args:
        unit: Of work.
        tenant: Whose.
        agent: Which.
        now: The time.
        looked: Methods by which it just told of something.
    """
    views = await unit.sightings.views(tenant, agent)
    known = await unit.agents.get(tenant, agent) if views else None
    if known is None:
        return
    touched: set[DeviceId] = set()
    for method, was in views:
        if (due := _due(known, method, was, now, looked)) is not was:
            touched.update(await unit.sightings.pause(tenant, agent, now, method, was, due))
    await unit.devices.recount(tenant, touched)


async def turned_views(unit: Unit, tenant: TenantId, agent: AgentId, now: dt.datetime) -> bool:
    """Whether an agent looks otherwise than is known."""
    views = await unit.sightings.views(tenant, agent)
    known = await unit.agents.get(tenant, agent) if views else None
    return known is not None and any(_due(known, method, was, now, ()) is not was for method, was in views)


async def settle_silent(units: Units, tenant: TenantId, now: dt.datetime) -> None:
    """The same for agents that fell silent or are heard of again; each in a unit of its own, so nobody waits long."""
    async with units.reading() as unit:
        turned = await unit.sightings.unsettled(tenant, now - AGENT_AWAY)
    for agent in turned:
        async with units.writing(PART) as unit:
            await settle_views(unit, tenant, agent, now)


def _due(agent: Agent, method: str, was: Pause, now: dt.datetime, looked: Collection[str]) -> Pause:
    if agent.seen_at < now - AGENT_AWAY:
        return Pause.AWAY
    if _is_off(agent, method) or (was is Pause.OFF and method not in looked):
        return Pause.OFF
    return Pause.NONE


def _is_off(agent: Agent, method: str) -> bool:
    """Whether the agent has this discovery, and told that it does not run."""
    key = f"discovery.{method}"
    there = [plugin for plugin in (agent.told.plugins if agent.told else ()) if key in plugin.capabilities]
    return bool(there) and not any(plugin.running for plugin in there)
