"""Where agent and hub do not agree what is in view, the hub asks to be told of all, now and then."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hub_rig import BIRTH, Bench, report

from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.limits.sightings import TELL_AGAIN
from tympan_wire.hub import SightingReport, SweepReport

pytestmark = pytest.mark.anyio
HOUR = dt.timedelta(hours=1)


def seen(key: str, *, in_view: bool = True) -> SightingReport:
    return SightingReport(method="bonjour", key=key, seen_at=BIRTH, in_view=in_view, addresses=(f"10.0.0.{len(key)}",))


def swept(at: dt.datetime, in_view: int, method: str = "bonjour") -> SweepReport:
    return SweepReport(method=method, at=at, in_view=in_view)


async def in_view(hub: Bench, tenant: TenantId, agent: AgentId) -> int:
    async with hub.units.reading() as unit:
        return await unit.sightings.count(tenant, agent, "bonjour")


async def test_who_agrees_is_asked_nothing(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    await agent.report(report(swept(BIRTH, 2)), report(seen("a")), report(seen("bb")))
    assert not (await agent.desired()).again


async def test_what_is_told_after_a_sweep_is_no_difference_from_it(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await agent.report(report(seen("a")), report(swept(BIRTH, 1)), report(seen("bb")), report(seen("ccc")))
    assert not (await agent.desired()).again
    assert await in_view(hub, tenant, AgentId(agent.id)) == 3


async def test_what_the_hub_lacks_is_asked_for_and_not_at_every_sweep(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    await agent.report(report(seen("a")), report(swept(hub.clock.now(), 2)))
    [wish] = (await agent.desired()).again
    assert wish.method == "bonjour"
    hub.clock.forward(hours=TELL_AGAIN / HOUR / 2)
    await agent.renew()
    await agent.report(report(swept(hub.clock.now(), 2)))
    assert (await agent.desired()).again == (wish,)
    hub.clock.forward(hours=TELL_AGAIN / HOUR)
    await agent.renew()
    await agent.report(report(swept(hub.clock.now(), 2)))
    [later] = (await agent.desired()).again
    assert later.number > wish.number


async def test_what_the_hub_has_too_many_is_out_of_view_until_it_is_told_again(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await agent.report(report(seen("a")), report(seen("bb")), report(swept(hub.clock.now(), 2)))
    hub.clock.forward(hours=1)
    await agent.renew()
    await agent.report(report(swept(hub.clock.now(), 1)), report(swept(hub.clock.now(), 0, "wsd")))
    assert [wish.method for wish in (await agent.desired()).again] == ["bonjour"]
    assert await in_view(hub, tenant, AgentId(agent.id)) == 0
    await agent.report(report(attrs.evolve(seen("a"), seen_at=hub.clock.now())))
    assert await in_view(hub, tenant, AgentId(agent.id)) == 1
