"""One's address to print by e-mail, on its page and through the API: made, shown once, aimed, renewed, revoked."""

from __future__ import annotations

import re

import httpx
import pytest
from api_rig import program
from crossing_rig import FAR, new_sites
from hub_rig import MAIL, Bench
from portal_steps import SignIn, send

from tympan_hub.domain.held import Sides
from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import MOBILITY_MAIL, Verdict

pytestmark = pytest.mark.anyio


def address_of(page: httpx.Response) -> str:
    found = re.search(r'id="address">(print\+[a-z2-7]{32}@[a-z.]+)<', page.text)
    assert found, page.text
    return found[1]


async def test_an_address_is_made_shown_once_aimed_renewed_and_revoked(hub: Bench, sign_in: SignIn) -> None:
    sites = await new_sites(hub)
    await hub.services.policy.switch(sites.tenant, sites.admin.actor, MOBILITY_MAIL, Verdict.ON)
    user = await hub.person(sites.tenant, Role.USER)
    client = await sign_in(user)
    assert "A secret address of your own" in (await client.get("/account")).text
    assert 'value="far-away"' in (await client.get("/account/mail")).text
    first = address_of(
        await send(client, "/account/mail", printer=FAR, copies="2", sides="two-sided-long-edge", color="")
    )
    page = (await client.get("/account")).text
    assert first not in page
    assert f"{first[:10]}…@{MAIL.domain}" in page
    assert "is printed on Far away" in page
    assert 'value="two-sided-long-edge" selected' in (await client.get("/account/mail")).text

    assert "from now on" in (await send(client, "/account/mail", printer=FAR, copies="3", sides="", color="")).text
    known = await hub.services.mail_addresses.mine(sites.tenant, user)
    assert known
    assert (known.wishes.copies, known.wishes.sides, known.shown) == (3, None, first[6:10])

    assert first[:10] in (await client.get("/account/mail/renew")).text
    second = address_of(await send(client, "/account/mail/renew"))
    assert second != first
    assert second[:10] in (await client.get("/account/mail/revoke")).text
    assert "is revoked" in (await send(client, "/account/mail/revoke")).text
    assert await hub.services.mail_addresses.mine(sites.tenant, user) is None
    assert (await client.get("/account/mail/renew")).status_code == 404


async def test_of_two_clicks_on_the_button_the_answer_that_is_seen_has_the_address_that_holds(
    hub: Bench, sign_in: SignIn
) -> None:
    sites = await new_sites(hub)
    await hub.services.policy.switch(sites.tenant, sites.admin.actor, MOBILITY_MAIL, Verdict.ON)
    client = await sign_in(sites.admin)
    page = (await client.get("/account/mail")).text
    assert 'name="new" value="1"' in page
    fields = {"new": "1", "printer": FAR, "copies": "1", "sides": "", "color": ""}
    _, seen = [address_of(await send(client, "/account/mail", **fields)) for _ in range(2)]
    known = await hub.services.mail_addresses.mine(sites.tenant, sites.admin)
    assert known
    assert MAIL.secret_of(seen).startswith(known.shown)
    hub.clock.forward(minutes=1)
    assert 'name="new"' not in (await client.get("/account/mail")).text
    assert "from now on" in (await send(client, "/account/mail", **fields)).text, "a page that was left open aims"
    assert await hub.services.mail_addresses.mine(sites.tenant, sites.admin) == known


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"printer": "no-such", "copies": "1"}, "Choose a printer."),
        ({"printer": FAR, "copies": "0"}, "Give a number of copies"),
        ({"printer": FAR, "copies": "many"}, "Give a number of copies"),
        ({"printer": FAR, "copies": "1", "sides": "three"}, "Give a number of copies"),
    ],
)
async def test_what_cannot_be_wished_is_told_beside_the_form(
    hub: Bench, sign_in: SignIn, fields: dict[str, str], why: str
) -> None:
    sites = await new_sites(hub)
    await hub.services.policy.switch(sites.tenant, sites.admin.actor, MOBILITY_MAIL, Verdict.ON)
    client = await sign_in(sites.admin)
    answer = await send(client, "/account/mail", **fields)
    assert (answer.status_code, why in answer.text) == (422, True)
    assert await hub.services.mail_addresses.mine(sites.tenant, sites.admin) is None


async def test_nothing_of_it_is_shown_while_policy_has_it_off(hub: Bench, sign_in: SignIn) -> None:
    sites = await new_sites(hub)
    client = await sign_in(sites.admin)
    assert "/account/mail" not in (await client.get("/account")).text
    answer = await send(client, "/account/mail", printer=FAR, copies="1")
    assert (answer.status_code, "switched off" in answer.text) == (422, True)


async def test_programs_make_aim_and_revoke_it_and_never_see_it_again(hub: Bench) -> None:
    sites = await new_sites(hub)
    await hub.services.policy.switch(sites.tenant, sites.admin.actor, MOBILITY_MAIL, Verdict.ON)
    asking, way = await program(hub, sites.admin), "/me/mail-address"
    assert (await asking.ask("GET", way)).status_code == 404
    made = await asking.ask("POST", way, {"printer": FAR, "sides": Sides.ONE.value})
    assert made.status_code == 201
    secret = MAIL.secret_of(made.json()["address"])
    assert secret
    seen = await asking.get(way)
    assert (seen["shown"], seen["sides"], "address" in seen) == (MAIL.address(f"{secret[:4]}…"), "one-sided", False)
    aimed = await asking.ask("PUT", way, {"printer": FAR, "copies": 2, "color": "monochrome"})
    assert (aimed.json()["copies"], aimed.json()["sides"], aimed.json()["color"]) == (2, None, "monochrome")
    assert (await asking.ask("POST", way, {"printer": "no-such"})).status_code == 404
    assert (await asking.ask("DELETE", way)).status_code == 204
    assert (await asking.ask("DELETE", way)).status_code == 404
