"""The way of a printer's jobs on its page, choosing it, who serves it, and what may go through the hub."""

from __future__ import annotations

import pytest
from hub_rig import Bench
from portal_steps import SignIn, send
from tunnel_site import FALLBACK, Site, new_site

from tympan_hub.domain.ids import AgentId, PrinterId
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse

pytestmark = pytest.mark.anyio
WAY = "/printers/lobby/way"


@pytest.fixture
async def site(hub: Bench) -> Site:
    return await new_site(hub)


@pytest.fixture
async def boss(site: Site) -> Person:
    return await site.hub.person(site.tenant, email="boss@acme.example")


async def chosen(site: Site) -> TunnelChoice:
    """What holds for the printer."""
    return (await site.hub.services.printers.get(site.tenant, site.admin, site.printer.id)).printer.tunnel


async def test_an_administrator_chooses_the_way_on_the_printers_page(site: Site, boss: Person, sign_in: SignIn) -> None:
    client = await sign_in(boss)
    assert "Straight to the device" in (await client.get("/printers/lobby")).text
    group = await site.hub.services.groups.add(site.tenant, site.admin, name="Post")
    page = await send(client, WAY, use="always", group=group.id)
    assert page.url.path == "/printers/lobby"
    assert "Every job goes sealed through the hub" in page.text and "group Post" in page.text
    assert await chosen(site) == TunnelChoice(use=TunnelUse.ALWAYS, group=group.id)
    page = await send(client, WAY, use="never", group=group.id)
    assert await chosen(site) == TunnelChoice()
    assert "set so already" not in (await send(client, WAY, use="never")).text


async def test_without_the_service_owner_nothing_is_chosen_and_the_page_says_whom_to_ask(
    site: Site, boss: Person, sign_in: SignIn
) -> None:
    await site.switch("tunnel.send", Verdict.OFF)
    client = await sign_in(boss)
    assert "Ask them to switch tunnel.send on in their policy" in (await client.get(WAY)).text
    page = await send(client, WAY, use="fallback")
    assert page.status_code == 422
    assert "Ask them for tunnel.send, then try again." in page.text
    assert await chosen(site) == TunnelChoice()
    page = await send(client, "/printers/new", name="New", uri="ipp://new.example/ipp", way="tunnel")
    assert page.status_code == 422 and "has not switched printing through the hub on" in page.text


async def test_a_printer_may_be_added_with_its_jobs_through_the_hub(site: Site, boss: Person, sign_in: SignIn) -> None:
    client = await sign_in(boss)
    page = await send(client, "/printers/new", name="Far", uri="ipp://far.example/ipp", way="tunnel")
    assert page.url.path == "/printers/far"
    made = (await site.hub.services.printers.get(site.tenant, site.admin, PrinterId("far"))).printer
    assert made.tunnel == TunnelChoice(use=TunnelUse.ALWAYS)


async def test_a_group_that_went_meanwhile_is_said(site: Site, boss: Person, sign_in: SignIn) -> None:
    page = await send(await sign_in(boss), WAY, use="always", group="gone")
    assert page.status_code == 422 and "This group is gone." in page.text


async def test_the_page_shows_who_serves_it_and_that_one_is_left(site: Site, boss: Person, sign_in: SignIn) -> None:
    near, off = await site.agent("near"), await site.agent("off")
    await site.looks(near)
    await site.looks(off)
    await site.tells(off, "document.stats")
    await site.choose()
    client = await sign_in(boss)
    page = (await client.get("/printers/lobby")).text
    assert f'href="/agents/{near.id}"' in page and f'href="/agents/{off.id}"' in page
    assert "One computer is left to print here." in page
    assert "Nobody switched tunnel.receive on for it." in page
    assert "One computer is left to print here." in (await client.get("/")).text
    await site.tells(off, "document.stats", "tunnel.receive")
    assert "One computer is left" not in (await client.get("/printers/lobby")).text
    for agent in (near, off):
        await site.hub.services.agents.revoke(site.tenant, site.admin, AgentId(agent.id))
    assert "No computer can print here what comes through the hub." in (await client.get("/printers/lobby")).text


async def test_a_tunnel_the_owner_switched_off_is_said_on_the_page(site: Site, boss: Person, sign_in: SignIn) -> None:
    await site.choose()
    await site.switch("tunnel.send", Verdict.OFF)
    page = (await (await sign_in(boss)).get("/printers/lobby")).text
    assert "Nothing goes through the hub now: the owner of this service has switched it off." in page


async def test_a_user_sees_the_way_of_jobs_and_no_computers(site: Site, sign_in: SignIn) -> None:
    near = await site.agent("near")
    await site.looks(near)
    user = await site.hub.person(site.tenant, Role.USER, "u@acme.example")
    client = await sign_in(user)
    assert "Way to the device" not in (await client.get("/printers/lobby")).text
    await site.choose(FALLBACK)
    page = (await client.get("/printers/lobby")).text
    assert "goes sealed through the hub" in page
    assert "near" not in page.partition('id="way"')[2].partition("</section>")[0].replace("nearby", "")
    assert (await client.get(WAY)).status_code == 403


async def test_a_queue_that_holds_jobs_has_words_of_its_own(site: Site, boss: Person, sign_in: SignIn) -> None:
    await site.hub.services.printers.add(site.tenant, site.admin, name="Pull", uri="", delivery=Delivery.PULL)
    client = await sign_in(boss)
    assert "How released jobs are printed" in (await client.get("/printers/pull/way")).text
    page = await send(client, "/printers/pull/way", use="fallback")
    assert "Held jobs are kept sealed at the hub too." in page.text
    assert "Its jobs wait until it is awake" not in page.text


async def test_limits_are_changed_on_a_page_and_what_the_owner_says_stands_beside_them(
    site: Site, boss: Person, sign_in: SignIn
) -> None:
    client = await sign_in(boss)
    form = {"mib_most": "100", "jobs_most": "50", "mib_waiting": "1000", "keep_hours": "2", "kib_rate": ""}
    page = await send(client, "/tunnel", **form)
    assert "It holds for what is sent from now on." in page.text
    limits = site.hub.services.tunnel_limits
    own, _ = await limits.get(site.tenant, site.admin)
    assert (own.bytes_most, own.jobs_most, own.rate, own.keep.total_seconds()) == (100 << 20, 50, 0, 7200)
    page = await send(client, "/tunnel", **{**form, "mib_most": "0"})
    assert page.status_code == 422 and "One document has 1 to 16,384 MiB." in page.text
    owner = await site.hub.owner()
    await limits.change(owner.tenant, owner.actor, TunnelLimits(bytes_most=10 << 20))
    assert "The owner of this service lets one document have 10 MiB." in (await client.get("/tunnel")).text


async def test_an_operator_sees_who_serves_and_changes_nothing(site: Site, sign_in: SignIn) -> None:
    await site.choose(TunnelChoice(use=TunnelUse.FALLBACK))
    operator = await site.hub.person(site.tenant, Role.OPERATOR, "op@acme.example")
    client = await sign_in(operator)
    page = (await client.get("/printers/lobby")).text
    assert "No computer can print here" in page and WAY not in page
    assert (await client.get("/tunnel")).status_code == 403
