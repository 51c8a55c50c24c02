"""When a printer's jobs go through the hub: who may choose it, and what agents are told of it."""

from __future__ import annotations

import pytest
from hub_rig import Bench
from tunnel_site import FALLBACK, Site, new_site

from tympan_hub.domain.errors import BadInput, NotAllowed, SoAlready
from tympan_hub.domain.ids import SERVICE, AgentId, GroupId
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(hub: Bench) -> Site:
    return await new_site(hub)


@pytest.mark.parametrize("verdict", [None, Verdict.OFF, Verdict.USER])
async def test_a_printer_is_not_marked_before_the_service_owner_has_the_tunnel_on(
    site: Site, verdict: Verdict | None
) -> None:
    await site.hub.services.policy.switch(SERVICE, CONSOLE, "tunnel.send", verdict)
    with pytest.raises(NotAllowed, match=r"tunnel\.send.* on.*Ask the owner of this service"):
        await site.choose()
    assert not await site.hub.services.tunnel_use.may_choose(site.tenant, site.admin)
    assert (await site.hub.services.printers.get(site.tenant, site.admin, site.printer.id)).printer == site.printer


async def test_what_a_tenant_says_itself_does_not_switch_the_tunnel_on(site: Site) -> None:
    await site.hub.services.policy.switch(SERVICE, CONSOLE, "tunnel.send", None)
    await site.switch("tunnel.send", Verdict.ON, site.tenant)
    with pytest.raises(NotAllowed):
        await site.choose()


async def test_a_choice_stays_when_the_printer_is_changed_and_is_written_in_the_audit_log(site: Site) -> None:
    chosen = await site.choose()
    assert chosen.tunnel == FALLBACK
    with pytest.raises(SoAlready):
        await site.choose()
    changed = await site.hub.services.printers.change(site.tenant, site.admin, site.printer)
    assert changed.tunnel == FALLBACK
    async with site.hub.units.reading() as unit:
        entries = [one.detail for one in await unit.audit.page(site.tenant, None, 9, "")]
    assert "tunnel: never → fallback" in entries


async def test_a_group_there_is_not_is_refused(site: Site) -> None:
    with pytest.raises(BadInput, match="no such group"):
        await site.choose(TunnelChoice(use=TunnelUse.ALWAYS, group=GroupId("nobody")))


async def test_who_may_not_manage_printers_chooses_nothing(site: Site) -> None:
    operator = (await site.hub.person(site.tenant, Role.OPERATOR, "op@acme.example")).actor
    with pytest.raises(NotAllowed, match="not"):
        await site.hub.services.tunnel_use.choose(site.tenant, operator, site.printer.id, FALLBACK)


async def test_agents_are_told_who_may_print_and_those_that_they_serve(site: Site) -> None:
    home, near = await site.agent("home"), await site.agent("near")
    await site.looks(home, reachable=False)
    await site.looks(near)
    assert await site.rules(home) is None
    assert [point.printer for point in (await near.desired()).served] == [site.printer.id], "people may hand in"
    await site.switch("mobility.print", Verdict.OFF)
    assert (await near.desired()).served == ()
    await site.choose()
    assert await site.readers(home) == [near.id]
    assert await site.readers(near) == [], "it has the key of its own jobs"
    assert [point.printer for point in (await near.desired()).served] == [site.printer.id]
    assert (await home.desired()).served == (), "it never reached the device"


async def test_an_owner_that_switches_the_tunnel_off_ends_it_everywhere_and_keeps_what_was_chosen(site: Site) -> None:
    near = await site.agent("near")
    await site.looks(near)
    await site.choose()
    await site.switch("mobility.print", Verdict.OFF)
    await site.switch("tunnel.send", Verdict.OFF)
    state = await near.desired()
    assert state.served == () and state.printers[0].tunnel is None
    await site.switch("tunnel.send", Verdict.ON)
    assert len((await near.desired()).served) == 1


async def test_a_device_that_sleeps_keeps_its_agents_for_days_and_loses_them_then(site: Site) -> None:
    home, near = await site.agent("home"), await site.agent("near")
    await site.looks(near)
    site.hub.clock.forward(days=30)
    await near.renew()
    await home.renew()
    await site.looks(near, reachable=False)
    await site.choose()
    assert await site.readers(home) == [near.id], "it was reached until now"
    site.hub.clock.forward(days=6)
    await near.renew()
    await home.renew()
    assert await site.readers(home) == [near.id]
    site.hub.clock.forward(days=2)
    await near.renew()
    await home.renew()
    assert await site.readers(home) == []


async def test_an_agent_that_is_silent_for_days_gets_no_envelopes(site: Site) -> None:
    home, near = await site.agent("home"), await site.agent("near")
    await site.looks(near)
    await site.choose()
    site.hub.clock.forward(days=8)
    await home.renew()
    assert await site.readers(home) == []
    await near.renew()
    assert await site.readers(home) == [near.id]


async def test_a_group_prints_where_one_was_chosen_and_nobody_else(site: Site) -> None:
    home, near, member = await site.agent("home"), await site.agent("near"), await site.agent("member")
    await site.looks(near)
    group = await site.hub.services.groups.add(site.tenant, site.admin, name="Post")
    await site.hub.services.groups.join_agent(site.tenant, site.admin, group.id, AgentId(member.id))
    await site.choose(TunnelChoice(use=TunnelUse.ALWAYS, group=group.id))
    assert await site.readers(home) == [member.id]
    assert (await near.desired()).served == ()
    assert len((await member.desired()).served) == 1


async def test_a_revoked_agent_and_one_without_a_key_get_no_envelopes(site: Site) -> None:
    home, gone, keyless = await site.agent("home"), await site.agent("gone"), await site.hub.agent(site.tenant, "old")
    await site.looks(gone)
    await site.looks(keyless)
    await site.choose()
    assert await site.readers(home) == [gone.id]
    await site.hub.services.agents.revoke(site.tenant, site.admin, AgentId(gone.id))
    assert await site.readers(home) == []


@pytest.mark.parametrize("scope", ["owner", "tenant"])
async def test_receiving_that_is_off_by_policy_takes_all_readers(site: Site, scope: str) -> None:
    home, near = await site.agent("home"), await site.agent("near")
    await site.looks(near)
    await site.choose()
    await site.switch("tunnel.receive", Verdict.OFF, SERVICE if scope == "owner" else site.tenant)
    assert await site.readers(home) == []


async def test_receiving_that_a_group_has_off_takes_the_agents_of_the_group_alone(site: Site) -> None:
    home, near, desk = await site.agent("home"), await site.agent("near"), await site.agent("desk")
    await site.looks(near)
    await site.looks(desk)
    await site.choose()
    group = await site.hub.services.groups.add(site.tenant, site.admin, name="Desks")
    await site.hub.services.groups.join_agent(site.tenant, site.admin, group.id, AgentId(desk.id))
    await site.switch("tunnel.receive", Verdict.OFF, site.tenant, group.id)
    assert await site.readers(home) == [near.id]
    await site.switch("tunnel.receive", Verdict.ON, site.tenant, group.id)
    assert set(await site.readers(home)) == {near.id, desk.id}


async def test_an_agent_that_says_it_does_not_receive_gets_no_envelopes_until_policy_has_it_on(site: Site) -> None:
    home, near = await site.agent("home"), await site.agent("near")
    await site.looks(near)
    await site.choose()
    await site.tells(near, "document.stats")
    assert await site.readers(home) == []
    await site.tells(near, "document.stats", "tunnel.receive")
    assert await site.readers(home) == [near.id]
    site.hub.clock.forward(seconds=1)
    await site.tells(near, "document.stats")
    await site.switch("tunnel.receive", Verdict.ON)
    assert await site.readers(home) == [near.id], "it is about to start"


async def test_the_limits_of_the_tenant_within_the_owners_are_told(site: Site) -> None:
    home = await site.agent("home")
    await site.choose()
    limits = site.hub.services.tunnel_limits
    await limits.change(site.tenant, site.admin, TunnelLimits(bytes_most=5 << 20, rate=1 << 20))
    rules = await site.rules(home)
    assert rules is not None and (rules.bytes_most, rules.rate, rules.keep_s) == (5 << 20, 1 << 20, 86_400)
    await limits.change(SERVICE, CONSOLE, TunnelLimits(bytes_most=1 << 20, rate=2 << 20))
    rules = await site.rules(home)
    assert rules is not None and (rules.bytes_most, rules.rate) == (1 << 20, 1 << 20)
    assert (await limits.get(site.tenant, site.admin))[0] == TunnelLimits(bytes_most=5 << 20, rate=1 << 20)


async def test_limits_nobody_may_say_and_limits_that_are_so_already_are_refused(site: Site) -> None:
    limits = site.hub.services.tunnel_limits
    with pytest.raises(SoAlready):
        await limits.change(site.tenant, site.admin, TunnelLimits())
    with pytest.raises(BadInput):
        TunnelLimits(rate=1)
    with pytest.raises(NotAllowed):
        await limits.change(SERVICE, site.admin, TunnelLimits(jobs_most=1))
