"""Which agents reach what, and what hangs on one agent alone."""

from __future__ import annotations

import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, report

from tympan_hub.domain.errors import NotAllowed
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.people import Role
from tympan_hub.domain.reaches import ReachFilter, ReachSums
from tympan_wire.device import Description
from tympan_wire.hub import AgentReport, SightingReport

pytestmark = pytest.mark.anyio


async def seer(hub: Bench, tenant: TenantId, name: str, *networks: str, sees: str = "") -> RemoteAgent:
    """An agent in these networks that sees these devices, a letter each."""
    agent = await hub.agent(tenant, name)
    await agent.report(report(AgentReport(release="1", networks=networks)))
    for letter in sees:
        await agent.report(report(sighting(letter)))
    return agent


def sighting(letter: str, *, method: str = "bonjour", in_view: bool = True) -> SightingReport:
    place = ord(letter)
    return SightingReport(
        method=method,
        key=f"device {letter}",
        seen_at=BIRTH,
        in_view=in_view,
        uri=f"ipp://10.1.0.{place}/ipp/print",
        addresses=(f"10.1.0.{place}",),
        description=Description(uuid=f"00000000-0000-0000-0000-{place:012x}", name=f"Printer {letter}"),
    )


async def test_the_map_shows_what_is_seen_from_each_network_and_what_hangs_on_one(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    one = await seer(hub, tenant, "one", "10.1.0.0/24", "10.2.0.0/24", sees="abc")
    await one.report(report(sighting("a", method="wsd")))  # seen twice by one agent is no second agent
    await seer(hub, tenant, "two", "10.1.0.0/24", sees="b")
    await seer(hub, tenant, "three", "fd00::/64", sees="d")
    blind = await seer(hub, tenant, "blind", "10.1.0.0/24")
    found = await hub.services.reaches.networks(tenant, admin, ReachFilter())
    assert found.sums == ReachSums(devices=4, alone=3, agents=3)
    assert [(net.network, net.agents, net.devices, net.alone) for net in found.networks] == [
        ("10.1.0.0/24", 3, 3, 2),
        ("10.2.0.0/24", 1, 3, 2),
        ("fd00::/64", 1, 1, 1),
    ]
    assert [(agent.name, agent.devices, agent.alone) for agent in found.networks[0].some] == [
        ("one", 3, 2),
        ("two", 1, 0),
        ("blind", 0, 0),
    ]
    alone = await hub.services.reaches.alone(tenant, admin, ReachFilter())
    assert [(each.device.name, each.agent_name) for each in alone.devices] == [
        ("Printer a", "one"),
        ("Printer c", "one"),
        ("Printer d", "three"),
    ]
    mine = await hub.services.reaches.alone(tenant, admin, ReachFilter(agent=AgentId(one.id), text="PRINTER C"))
    assert [each.device.name for each in mine.devices] == ["Printer c"]
    await one.report(report(sighting("b", in_view=False)))
    assert (await hub.services.reaches.networks(tenant, admin, ReachFilter())).sums.alone == 4
    await hub.services.agents.revoke(tenant, admin, AgentId(blind.id))
    assert (await hub.services.reaches.networks(tenant, admin, ReachFilter())).networks[0].agents == 2


async def test_networks_are_found_by_themselves_and_by_computers_in_them(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    await seer(hub, tenant, "Reception", "10.1.0.0/24")
    await seer(hub, tenant, "desk", "10.1.0.0/24", "192.168.7.0/24", sees="a")

    async def networks(text: str, first: int = 0) -> list[tuple[str, int]]:
        wanted = ReachFilter(text=text, first=first, limit=1 if first else 9)
        found = await hub.services.reaches.networks(tenant, admin, wanted)
        return [(net.network, net.agents) for net in found.networks]

    assert await networks("") == [("10.1.0.0/24", 2), ("192.168.7.0/24", 1)]
    assert await networks("192.168") == [("192.168.7.0/24", 1)]
    assert await networks("recept") == [("10.1.0.0/24", 2)]
    assert await networks("desk 10.1") == [("10.1.0.0/24", 2)]
    assert await networks("%") == []
    assert await networks("", first=1) == await networks("", first=50) == [("192.168.7.0/24", 1)]


async def test_a_tenant_sees_its_own_and_users_see_nothing(hub: Bench) -> None:
    tenant, other = await hub.tenant(), await hub.tenant("Other")
    await seer(hub, tenant, "one", "10.1.0.0/24", sees="a")
    theirs = (await hub.person(other)).actor
    assert (await hub.services.reaches.networks(other, theirs, ReachFilter())).sums == ReachSums()
    user = (await hub.person(tenant, Role.USER)).actor
    for ask in (hub.services.reaches.networks, hub.services.reaches.alone):
        with pytest.raises(NotAllowed):
            await ask(tenant, user, ReachFilter())
        with pytest.raises(NotAllowed):
            await ask(tenant, theirs, ReachFilter())
