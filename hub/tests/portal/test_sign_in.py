"""Signing in: what is kept from whom, and what an attacker may try."""

from __future__ import annotations

import httpx
import pytest
from hub_rig import PASSWORD, Bench
from portal_steps import SignIn, csrf

from tympan_hub.domain.limits import ATTEMPTS_PER_PERSON

pytestmark = pytest.mark.anyio
SESSION = "__Host-tympan-session"


async def test_a_person_signs_in_and_out(hub: Bench, sign_in: SignIn) -> None:
    person = await hub.person(await hub.tenant())
    client = await sign_in(person)
    assert person.name in (await client.get("/")).text
    answer = await client.post("/sign-out", data={"csrf": await csrf(client, "/account")})
    assert answer.headers["location"] == "/sign-in?said=signed-out"
    assert (await client.get("/")).headers["location"] == "/sign-in"


async def test_the_session_is_out_of_reach_for_scripts_and_neighbours(hub: Bench, visitor: httpx.AsyncClient) -> None:
    person = await hub.person(await hub.tenant())
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD}
    answer = await visitor.post("/sign-in", data=form)
    kept = answer.headers["set-cookie"].lower()
    assert kept.startswith(f"{SESSION.lower()}=")
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= set(kept.split("; "))
    assert "domain" not in kept


async def test_a_session_planted_before_is_not_the_one_after(hub: Bench, visitor: httpx.AsyncClient) -> None:
    person = await hub.person(await hub.tenant())
    visitor.cookies.set(SESSION, "planted", domain="hub.example", path="/")
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD}
    assert (await visitor.post("/sign-in", data=form)).status_code == 303
    assert "planted" not in {cookie.value for cookie in visitor.cookies.jar}


async def test_a_wrong_password_and_a_wrong_address_look_the_same(hub: Bench, visitor: httpx.AsyncClient) -> None:
    person = await hub.person(await hub.tenant())
    token = await csrf(visitor, "/sign-in")
    pages = set()
    for email, password in ((person.email, "wrong"), ("nobody@acme.example", PASSWORD)):
        answer = await visitor.post("/sign-in", data={"csrf": token, "email": email, "password": password})
        assert answer.status_code == 401
        pages.add(answer.text.replace(email, ""))
    assert len(pages) == 1


async def test_guessing_is_slowed_down(hub: Bench, visitor: httpx.AsyncClient) -> None:
    person = await hub.person(await hub.tenant())
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": "wrong"}
    for _ in range(ATTEMPTS_PER_PERSON):
        assert (await visitor.post("/sign-in", data=form)).status_code == 401
    answer = await visitor.post("/sign-in", data={**form, "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_nobody_is_signed_in_by_a_form_of_another_site(hub: Bench, visitor: httpx.AsyncClient) -> None:
    person = await hub.person(await hub.tenant())
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert (await visitor.post("/sign-in", data=form, headers=headers)).status_code == 403
    visitor.cookies.clear()
    assert (await visitor.post("/sign-in", data=form)).status_code == 403


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/x\n//y", "evil", ""])
async def test_signing_in_leads_nowhere_else(hub: Bench, visitor: httpx.AsyncClient, target: str) -> None:
    person = await hub.person(await hub.tenant())
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD, "then": target}
    assert (await visitor.post("/sign-in", data=form)).headers["location"] == "/"


async def test_signing_in_leads_back_to_the_page_that_was_asked_for(hub: Bench, visitor: httpx.AsyncClient) -> None:
    asked = await visitor.get("/jobs")
    assert asked.headers["location"] == "/sign-in?then=%2Fjobs"
    assert 'name="then" value="/jobs"' in (await visitor.get(asked.headers["location"])).text


async def test_a_live_list_whose_session_ended_loads_the_page_again(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/jobs", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-refresh"]) == (204, "true")
