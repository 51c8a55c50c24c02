"""The second factor in the portal: set up, asked for, renewed, taken away; and what the half signed in may not do."""

from __future__ import annotations

import base64
import html
import re

import httpx
import pytest
from hub_rig import PASSWORD, Bench
from portal_steps import SignIn, csrf, send

from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_PERSON
from tympan_hub.domain.limits.people import RECOVERY_CODES
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.second_factor import REQUIRED, STEP_S, code, step_at

pytestmark = pytest.mark.anyio
SESSION, HALF = "__Host-tympan-session", "__Host-tympan-half"


def shown_code(hub: Bench, page: str) -> str:
    """What an app shows that took the key of a page."""
    key = re.findall(r"<code>([A-Z2-7 ]+)</code>", page)[0]
    return code(base64.b32decode(key.replace(" ", "")), step_at(hub.clock.now()))


def codes_of(page: str) -> list[str]:
    """The recovery codes on a page."""
    return re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", page)


async def set_up(hub: Bench, client: httpx.AsyncClient) -> tuple[str, list[str]]:
    """Sets it up from the account; returns the page with the key, and the recovery codes."""
    page = (await send(client, "/account/second-factor")).text
    assert "data:image/svg+xml" in page
    codes = codes_of((await send(client, "/account/second-factor/confirm", code=shown_code(hub, page))).text)
    hub.clock.forward(seconds=STEP_S)
    return page, codes


async def half(client: httpx.AsyncClient, person: Person, then: str = "/") -> httpx.Response:
    """Proves the password, in a browser that has nothing."""
    client.cookies.clear()
    form = {"csrf": await csrf(client, "/sign-in"), "email": person.email, "password": PASSWORD, "then": then}
    return await client.post("/sign-in", data=form)


async def second(client: httpx.AsyncClient, typed: str, then: str = "/") -> httpx.Response:
    """The second step."""
    form = {"csrf": await csrf(client, "/sign-in/second"), "code": typed, "then": then}
    return await client.post("/sign-in/second", data=form)


async def test_it_is_set_up_and_asked_for(hub: Bench, sign_in: SignIn) -> None:
    person = await hub.person(await hub.tenant())
    client = await sign_in(person)
    key, codes = await set_up(hub, client)
    assert len(codes) == RECOVERY_CODES
    assert "10 recovery codes are left" in (await client.get("/account")).text
    assert (await client.get("/account/second-factor")).headers["location"] == "/account"
    answer = await half(client, person, "/jobs")
    assert answer.headers["location"] == "/sign-in/second?then=%2Fjobs"
    kept = answer.headers["set-cookie"].lower()
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= set(kept.split("; "))
    assert SESSION not in client.cookies
    assert (await client.get("/account")).headers["location"].startswith("/sign-in")
    refused = await second(client, "000000")
    assert refused.status_code == 422
    assert "This code is not right" in refused.text
    answer = await second(client, shown_code(hub, key), "/jobs")
    assert answer.headers["location"] == "/jobs"
    assert HALF not in client.cookies
    assert person.email in (await client.get("/account")).text


async def test_the_half_signed_in_cookie_is_no_session(hub: Bench, sign_in: SignIn) -> None:
    person = await hub.person(await hub.tenant())
    client = await sign_in(person)
    key, _ = await set_up(hub, client)
    await half(client, person)
    client.cookies.set(SESSION, client.cookies[HALF], domain="hub.example", path="/")
    assert (await client.get("/account")).headers["location"].startswith("/sign-in")
    secret = client.cookies[HALF]
    await second(client, shown_code(hub, key))
    assert client.cookies[SESSION] != secret
    client.cookies.set(HALF, secret, domain="hub.example", path="/")
    assert (await client.get("/sign-in/second")).headers["location"] == "/sign-in"


async def test_guessing_codes_is_slowed_down(hub: Bench, sign_in: SignIn) -> None:
    person = await hub.person(await hub.tenant())
    client = await sign_in(person)
    await set_up(hub, client)
    await half(client, person)
    for _ in range(ATTEMPTS_PER_PERSON):
        assert (await second(client, "000000")).status_code == 422
    answer = await second(client, "000000")
    assert answer.status_code == 429
    assert "Too many attempts" in answer.text


async def test_no_second_step_is_taken_from_another_site(hub: Bench, sign_in: SignIn) -> None:
    person = await hub.person(await hub.tenant())
    client = await sign_in(person)
    key, _ = await set_up(hub, client)
    await half(client, person)
    form = {"csrf": await csrf(client, "/sign-in/second"), "code": shown_code(hub, key)}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await client.post("/sign-in/second", data=form, headers=headers)).status_code == 403
    assert (await client.post("/sign-in/second", data={**form, "csrf": "guessed"})).status_code == 403
    assert (await client.post("/sign-in/second", data={**form, "then": "//evil.example"})).headers["location"] == "/"


async def test_codes_are_renewed_and_it_is_turned_off_by_a_code(hub: Bench, sign_in: SignIn) -> None:
    person = await hub.person(await hub.tenant())
    client = await sign_in(person)
    key, old = await set_up(hub, client)
    assert "not right" in (await send(client, "/account/second-factor/codes", code="000000")).text
    new = codes_of((await send(client, "/account/second-factor/codes", code=shown_code(hub, key))).text)
    assert len(new) == RECOVERY_CODES
    assert not set(new) & set(old)
    assert "not right" in (await send(client, "/account/second-factor/off", code=old[0])).text
    assert "second factor is taken away" in (await send(client, "/account/second-factor/off", code=new[0])).text
    assert (await half(client, person)).headers["location"] == "/"


async def test_where_it_is_demanded_it_is_set_up_before_anything_else(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    person = await hub.person(tenant)
    await hub.services.policy.switch(tenant, CONSOLE, REQUIRED[Role.ADMINISTRATOR], Verdict.ON)
    client = await sign_in(await hub.person(tenant, Role.USER))  # not demanded of them
    assert (await half(client, person, "/people")).headers["location"].startswith("/sign-in/second")
    page = (await client.get("/sign-in/second")).text
    answer = await second(client, shown_code(hub, page), "/people")
    assert len(codes_of(answer.text)) == RECOVERY_CODES
    assert 'href="/people"' in answer.text
    page = (await client.get("/account")).text
    assert "Policy demands it of you." in page
    assert "/account/second-factor/off" not in page


async def test_an_administrator_takes_it_away(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    user = await hub.person(tenant, Role.USER)
    await set_up(hub, await sign_in(user))
    client = await sign_in(await hub.person(tenant))
    page = (await client.get(f"/people/{user.id}")).text
    assert f"/people/{user.id}/second-factor" in page
    assert "telephone is lost" in (await client.get(f"/people/{user.id}/second-factor")).text
    assert "signed out everywhere" in html.unescape((await send(client, f"/people/{user.id}/second-factor")).text)
    assert (await half(client, user)).headers["location"] == "/"
