"""Signing in: what is kept from whom, and what an attacker may try."""

from __future__ import annotations

import datetime as dt
import re

import httpx
import pytest
from hub_rig import PASSWORD, Bench
from portal_steps import URL, SignIn, csrf, send

from tympan_hub.domain.errors import NotSignedIn, SignInRefused
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_PERSON, ATTEMPTS_PER_PERSON_ANYWHERE
from tympan_hub.domain.limits.sessions import SESSION as SESSION_LASTS
from tympan_hub.domain.limits.sessions import SESSION_IDLE, SESSIONS_PER_PERSON
from tympan_hub.domain.people import Role
from tympan_hub.http.app import create_app
from tympan_hub.http.portal import portal
from tympan_hub.http.portal._browsers import browser

pytestmark = pytest.mark.anyio
SESSION, KNOWN = "__Host-tympan-session", "__Host-tympan-known"


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
    lasts = f"max-age={int(SESSION_LASTS.total_seconds())}"
    assert {"httponly", "secure", "samesite=lax", "path=/", lasts} <= set(kept.split("; "))
    assert "domain" not in kept


async def test_strangers_tries_keep_nobody_out_of_a_browser_that_signed_in_before(
    hub: Bench, visitor: httpx.AsyncClient
) -> None:
    person = await hub.person(await hub.tenant())
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD}
    set_cookies = (await visitor.post("/sign-in", data=form)).headers.get_list("set-cookie")
    kept = next(each.lower() for each in set_cookies if each.startswith(f"{KNOWN}="))
    assert {"httponly", "secure", "samesite=lax", "path=/", "max-age=15552000"} <= set(kept.split("; "))
    await visitor.post("/sign-out", data={"csrf": await csrf(visitor, "/account")})
    for number in range(ATTEMPTS_PER_PERSON_ANYWHERE):
        with pytest.raises(SignInRefused):
            await hub.services.passwords.sign_in(person.email, "wrong", source=f"198.51.100.{number}")
    form["csrf"] = await csrf(visitor, "/sign-in")
    assert (await visitor.post("/sign-in", data=form)).status_code == 303
    visitor.cookies.clear()
    form["csrf"] = await csrf(visitor, "/sign-in")
    assert (await visitor.post("/sign-in", data=form)).status_code == 429


async def test_attack_a_nul_in_a_form(hub: Bench, visitor: httpx.AsyncClient) -> None:
    for path in ("/sign-in", "/sign-in/organisation"):
        form = {"csrf": await csrf(visitor, "/sign-in"), "email": "a\0b", "password": PASSWORD}
        assert (await visitor.post(path, data=form)).status_code == 400
    with pytest.raises(SignInRefused):
        await hub.services.passwords.sign_in("a\0b\ud800", PASSWORD, source="x")


async def test_a_known_browser_still_lets_somebody_say_where_they_mean(hub: Bench, visitor: httpx.AsyncClient) -> None:
    """One password in the only tenant and in the service: the browser leads to the one it knows."""
    person = await hub.person(await hub.tenant("Five"))
    owner = await hub.person(SERVICE, Role.OWNER, person.email)
    for organisation, meant in ((SERVICE, owner), ("", owner), ("five", person)):
        page = await visitor.get("/sign-in")
        assert 'name="organisation"' in page.text
        form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD}
        answer = await visitor.post("/sign-in", data={**form, "organisation": organisation})
        assert answer.status_code == 303
        assert (await hub.services.sessions.by_secret(visitor.cookies[SESSION])).person == meant
        await visitor.post("/sign-out", data={"csrf": await csrf(visitor, "/account")})


async def test_a_session_planted_before_is_not_the_one_after(hub: Bench, visitor: httpx.AsyncClient) -> None:
    person = await hub.person(await hub.tenant())
    visitor.cookies.set(SESSION, "planted", domain="hub.example", path="/")
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD}
    answer = await visitor.post("/sign-in", data=form)
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith(f"{SESSION}=")
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret("planted")
    assert "planted" not in {cookie.value for cookie in visitor.cookies.jar}


async def test_a_session_of_somebody_else_planted_before_is_left_behind(hub: Bench, visitor: httpx.AsyncClient) -> None:
    tenant = await hub.tenant()
    victim, attacker = await hub.person(tenant), await hub.person(tenant, Role.USER)
    theirs = (await hub.enter(attacker.email, PASSWORD, source="192.0.2.9")).secret
    visitor.cookies.set(SESSION, theirs, domain="hub.example", path="/")
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": victim.email, "password": PASSWORD}
    kept = (await visitor.post("/sign-in", data=form)).headers["set-cookie"]
    assert kept.startswith(f"{SESSION}=")
    assert theirs not in kept
    assert (await hub.services.sessions.by_secret(theirs)).person == attacker
    assert (await hub.services.sessions.by_secret(kept.partition("=")[2].partition(";")[0])).person == victim


async def test_a_session_nobody_uses_ends(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    for _ in range(3):
        hub.clock.moment += SESSION_IDLE - dt.timedelta(seconds=1)
        assert (await client.get("/account")).status_code == 200
    hub.clock.moment += SESSION_IDLE
    assert (await client.get("/account")).headers["location"].startswith("/sign-in")


async def test_every_own_browser_is_listed_and_can_be_signed_out(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    person, other = await hub.person(tenant), await hub.person(tenant, Role.USER)
    phone = (await hub.enter(person.email, PASSWORD, source="192.0.2.7", browser="Safari, iPhone")).secret
    theirs = (await hub.enter(other.email, PASSWORD, source="192.0.2.8", browser="Opera")).session
    client = await sign_in(person)
    page = (await client.get("/account")).text
    assert ("Safari, iPhone" in page, "192.0.2.7" in page, "Opera" in page) == (True, True, False)
    assert page.count("This browser") == 1
    ends = re.findall(r'action="(/account/sessions/\w+/end)"', page)
    assert len(ends) == 1
    assert "That browser is signed out." in (await send(client, ends[0])).text
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(phone)
    assert (await send(client, f"/account/sessions/{theirs.opened.id}/end")).status_code == 404


async def test_with_very_many_sessions_the_oldest_ends(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    secrets = []
    for _ in range(SESSIONS_PER_PERSON + 1):
        hub.clock.forward(seconds=1)
        secrets.append((await hub.enter(person.email, PASSWORD, source="192.0.2.7")).secret)
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(secrets[0])
    await hub.services.sessions.by_secret(secrets[1])


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML) Chrome/140 Safari/537.36 Edg/140", "Edge, Windows"),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML) Chrome/140 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari, macOS"),
        ("curl/8.14", ""),
        ("", ""),
        ("x" * 9999 + "Firefox/1", ""),
    ],
)
def test_browsers_are_called_as_people_call_them(header: str, name: str) -> None:
    assert browser(header) == name


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


@pytest.mark.parametrize("origin", ["null", "http://[", "https://", "file://"])
async def test_a_hub_that_knows_no_address_takes_no_origin_without_a_host(
    hub: Bench, visitor: httpx.AsyncClient, origin: str
) -> None:
    visitor._transport = httpx.ASGITransport(create_app(hub.services, public_url="", mounts=[portal(hub.clock, "")]))
    person = await hub.person(await hub.tenant())
    form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD}
    assert (await visitor.post("/sign-in", data=form, headers={"origin": origin})).status_code == 403
    assert (await visitor.post("/sign-in", data=form, headers={"origin": URL})).status_code == 303


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
