"""What agents have in view that do not look any more: nobody is told that they see it."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, report
from test_sightings import boss, devices, only, shown, sight, told

from tympan_hub.domain.devices import DeviceFilter
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.reaches import ReachFilter
from tympan_hub.domain.sightings import Pause
from tympan_wire.hub import AgentReport, PluginStanding, SweepReport

pytestmark = pytest.mark.anyio


async def tidied(hub: Bench, **later: int) -> None:
    hub.clock.forward(**later)
    await hub.services.housekeeping.tidy()


async def says(agent: RemoteAgent, at: dt.datetime, status: str) -> None:
    """An agent tells that its Bonjour is so now."""
    bonjour = PluginStanding(id="discovery_bonjour", version="1", status=status, capabilities=("discovery.bonjour",))
    await agent.renew()
    told = AgentReport(release="1.0", plugins=(bonjour,))
    assert not (await agent.report(attrs.evolve(report(told), at=at))).refused


async def pauses(hub: Bench, tenant: TenantId) -> set[Pause]:
    return {one.trace.paused for one in (await shown(hub, tenant, (await only(hub, tenant)).id)).sightings}


async def test_an_agent_that_is_away_sees_nothing_until_it_is_heard_of(hub: Bench) -> None:
    tenant = await hub.tenant()
    here, away = await hub.agent(tenant, "desk-1"), await hub.agent(tenant, "desk-2")
    await told(here, sight())
    await told(away, sight(), SweepReport(method="bonjour", at=BIRTH, in_view=1))
    hub.clock.forward(hours=3)
    await told(here, SweepReport(method="bonjour", at=hub.clock.now(), in_view=1))
    await tidied(hub)
    assert (await only(hub, tenant)).in_view == 1
    assert await pauses(hub, tenant) == {Pause.NONE, Pause.AWAY}
    seen = await shown(hub, tenant, (await only(hub, tenant)).id)
    assert seen.away == {AgentId(away.id): BIRTH}
    await tidied(hub, hours=3)
    assert (await only(hub, tenant)).in_view == 0
    assert await devices(hub, tenant, in_view=True) == ()
    await away.renew()  # nothing was told: it is heard of
    await tidied(hub)
    assert (await only(hub, tenant)).in_view == 1
    await told(here, SweepReport(method="bonjour", at=hub.clock.now(), in_view=1))
    assert (await only(hub, tenant)).in_view == 2
    assert await pauses(hub, tenant) == {Pause.NONE}


async def test_a_discovery_that_is_off_sees_nothing_until_it_has_looked(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await says(agent, BIRTH, "running")
    await told(agent, sight(), SweepReport(method="bonjour", at=BIRTH, in_view=1))
    await says(agent, BIRTH + dt.timedelta(minutes=1), "off")
    device = await only(hub, tenant)
    assert device.in_view == 0
    assert await pauses(hub, tenant) == {Pause.OFF}
    assert (await hub.services.reaches.networks(tenant, boss(tenant), ReachFilter())).sums.devices == 0
    await says(agent, BIRTH + dt.timedelta(minutes=2), "running")
    assert (await only(hub, tenant)).in_view == 0
    hub.clock.forward(minutes=3)
    await told(agent, SweepReport(method="bonjour", at=hub.clock.now(), in_view=1))
    assert (await only(hub, tenant)).in_view == 1
    [sweep] = await hub.services.devices.sweeps(tenant, boss(tenant), AgentId(agent.id))
    assert sweep.again == 0  # nothing has to be told anew


async def test_what_an_agent_away_had_in_view_is_where_others_see_it_and_can_be_forgotten(hub: Bench) -> None:
    tenant = await hub.tenant()
    here, away = await hub.agent(tenant, "desk-1"), await hub.agent(tenant, "desk-2")
    await told(away, sight())
    device = await only(hub, tenant)
    made = await hub.services.printers.add(
        tenant, boss(tenant), name="Lobby", uri="ipp://192.0.2.1/ipp/print", device=device.id
    )
    hub.clock.forward(hours=3)
    moved = sight(uri="ipp://192.0.2.9/ipp/print", addresses=("192.0.2.9",), seen_at=hub.clock.now())
    await told(here, moved)
    await tidied(hub)
    assert (await shown(hub, tenant, device.id)).moved[made.id].uri == "ipp://192.0.2.9/ipp/print"
    await told(here, sight(2, seen_at=hub.clock.now()))
    other = next(one for one in await devices(hub, tenant) if one.id != device.id)
    await tidied(hub, hours=3)
    await hub.services.devices.forget(tenant, boss(tenant), other.id)
    found = await hub.services.devices.find(tenant, boss(tenant), DeviceFilter())
    assert [one.device.id for one in found.devices] == [device.id]


async def test_what_went_while_it_was_paused_does_not_come_back(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight(1), sight(2))
    await tidied(hub, hours=3)
    await told(agent, attrs.evolve(sight(1), in_view=False))
    assert [one.name for one in await devices(hub, tenant, in_view=True)] == ["Printer 2"]
