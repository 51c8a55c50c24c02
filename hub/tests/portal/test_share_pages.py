"""Shared queues in the portal: on their computer's page, on their printer's, and what people decide of them."""

from __future__ import annotations

import re
import uuid

import pytest
from hub_rig import Bench, RemoteAgent
from portal_steps import SignIn, send
from tunnel_site import Site, new_site

from tympan_hub.domain.ids import AgentId, ShareId
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.shares import SharedFor
from tympan_wire.hub import DefaultOrigin, Operation, Share, ShareOption, SharesChange

pytestmark = pytest.mark.anyio
KEY = ShareId("5a1b7c0e-3a0f-4c56-9d5e-0f3b8f1f6a01")
PAGE = f"/shares/{KEY}"
SIDES = ("one-sided", "two-sided-long-edge")
OPTIONS = (
    ShareOption(
        name="sides", values=("one-sided", "two-sided-long-edge"), default="one-sided", origin=DefaultOrigin.OS
    ),
    ShareOption(name="copies", values=("1-99",), default="1"),
)


@pytest.fixture
async def site(hub: Bench) -> Site:
    return await new_site(hub)


@pytest.fixture
async def boss(site: Site) -> Person:
    return await site.hub.person(site.tenant, email="boss@acme.example")


@pytest.fixture
async def agent(site: Site) -> RemoteAgent:
    agent = await site.agent("reception")
    share = Share(id=uuid.UUID(KEY), queue="Label_1", name="Labels", options=OPTIONS)
    await agent.ask(Operation.SHARES_CHANGE, SharesChange(put=(share.hashed(),)))
    return agent


async def test_a_shared_queue_stands_on_its_computers_page_and_its_printer_says_who_shares_it(
    agent: RemoteAgent, boss: Person, sign_in: SignIn
) -> None:
    client = await sign_in(boss)
    assert f'href="{PAGE}"' in (await client.get(f"/agents/{agent.id}")).text
    page = (await client.get("/printers/labels")).text
    assert "Shared by reception, last heard of" in page
    assert "Way to the device" not in page
    page = (await client.get(PAGE)).text
    assert "Label_1" in page
    assert "Set on its computer for everybody" in page


async def test_an_administrator_sets_a_default_and_sees_who_did(
    agent: RemoteAgent, boss: Person, sign_in: SignIn
) -> None:
    client = await sign_in(boss)
    page = await send(client, f"{PAGE}/default", option="sides", value="two-sided-long-edge")
    assert "Sides: Both sides, long edge" in page.text
    assert "The queue itself says One side." in page.text and boss.email in page.text
    assert "cannot be like that" in (await send(client, f"{PAGE}/default", option="copies", value="400")).text
    page = await send(client, f"{PAGE}/default", option="sides", value="")
    assert "Sides: One side" in page.text


async def test_options_and_values_are_said_in_words_for_people_in_their_language(
    agent: RemoteAgent, boss: Person, sign_in: SignIn
) -> None:
    options = (
        *OPTIONS,
        ShareOption(name="media", values=("iso_a4_210x297mm", "na_letter_8.5x11in"), default="iso_a4_210x297mm"),
        ShareOption(name="media-source", values=("tray-2", "manual", "side-car"), default="tray-2"),
        ShareOption(name="printer-resolution", values=("600x300dpi", "300dpi"), default="600x300dpi"),
        ShareOption(name="finishings", values=("none", "staple-top-left"), default="none"),
        ShareOption(name="x-EXToner", values=("Save", "Full"), default="Save"),
    )
    share = Share(id=uuid.UUID(KEY), queue="Label_1", name="Labels", options=options)
    await agent.ask(Operation.SHARES_CHANGE, SharesChange(put=(share.hashed(),)))
    client = await sign_in(boss)
    page = (await client.get(PAGE)).text
    for said in ("Paper: A4", "Paper tray: Tray 2", "Resolution: 600 × 300 dpi", "Finishing: None", "EXToner: Save"):
        assert said in page, said
    for choice in (">Letter</option>", ">By hand</option>", ">Side car</option>", ">Staple at the top left</option>"):
        assert choice in page, choice
    seen = re.sub(r"<[^>]*>", " ", page)
    for raw in ("two-sided", "iso_a4", "media-source", "printer-resolution", "x-EXToner"):
        assert raw not in seen, raw
    page = (await client.get(PAGE, headers={"Accept-Language": "de"})).text
    for said in (
        "Papierfach: Fach 2",
        "Ein- oder beidseitig: Einseitig",
        ">Von Hand</option>",
        ">Oben links heften</option>",
    ):
        assert said in page, said


async def test_an_administrator_stops_a_share_and_allows_it_again(
    agent: RemoteAgent, boss: Person, sign_in: SignIn
) -> None:
    client = await sign_in(boss)
    assert "It stays stopped, whatever its computer says" in (await send(client, f"{PAGE}/stop")).text
    assert (await client.get("/printers/labels")).status_code == 404
    assert "Stop sharing it" in (await send(client, f"{PAGE}/allow")).text
    assert (await client.get("/printers/labels")).status_code == 200


async def test_its_printer_is_called_otherwise_without_an_address(
    agent: RemoteAgent, boss: Person, sign_in: SignIn
) -> None:
    client = await sign_in(boss)
    assert "Address of the device" not in (await client.get("/printers/labels/edit")).text
    assert "Sticky" in (await send(client, "/printers/labels/edit", name="Sticky", location="")).text


async def test_a_revoked_computer_is_shown_as_it_is(
    site: Site, agent: RemoteAgent, boss: Person, sign_in: SignIn
) -> None:
    await site.hub.services.agents.revoke(site.tenant, site.admin, AgentId(agent.id))
    page = (await (await sign_in(boss)).get("/printers/labels")).text
    assert "Its computer may not come here any more. Jobs wait until they expire." in page


async def test_the_tenant_says_for_whom_new_shares_are_and_which_may_be(
    site: Site, boss: Person, sign_in: SignIn
) -> None:
    client = await sign_in(boss)
    page = await send(client, "/sharing", audience="everybody", allow="Laser*, Label*", deny="*PDF*")
    assert page.status_code == 200
    rules = await site.hub.services.sharing.rules(site.tenant, site.admin)
    assert rules.audience is SharedFor.EVERYBODY
    assert (rules.allow, rules.deny) == (("Laser*", "Label*"), ("*PDF*",))
    page = await send(client, "/sharing", audience="everybody", allow="x" * 300, deny="")
    assert page.status_code == 422


async def test_who_does_not_manage_printers_sees_no_share(site: Site, agent: RemoteAgent, sign_in: SignIn) -> None:
    user = await site.hub.person(site.tenant, Role.USER, "ben@acme.example")
    client = await sign_in(user)
    assert (await client.get(PAGE)).status_code == 403
    assert (await send(client, f"{PAGE}/stop")).status_code == 403
