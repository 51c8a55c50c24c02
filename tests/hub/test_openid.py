"""Sign-in against a certified OpenID provider that runs beside the tests: by HTTP, and once as a person does it."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import attrs
import httpx
import pytest
from hub_rig import Bench, FixedClock, bench
from openid_rig import SECRET, Contoso, contoso
from playwright.sync_api import Page, expect
from portal_rig import ADMINISTRATOR, OWNER, PASSWORD, Browsing, Look, ServedHub, axe_faults

from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.limits.providers import LOOK_AGAIN
from tympan_hub.domain.people import CONSOLE, PersonFilter, Role
from tympan_hub.domain.providers import ClaimNames
from tympan_hub.http.app import create_app
from tympan_hub.http.portal import portal
from tympan_hub.service.providers import ProviderWanted

pytestmark = [pytest.mark.system, pytest.mark.anyio]
URL = "https://hub.example"
HERE = TenantId("stadtwerke")
BEA: dict[str, Any] = {
    "name": "Bea Ito",
    "email": "bea@stadtwerke.example",
    "email_verified": True,
    "groups": ["staff", "desk"],
}
SCOPES = ("openid", "profile", "email", "groups", "offline_access")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contoso]:
    with contoso(tmp_path_factory.mktemp("contoso"), URL) as running:
        yield running


@attrs.define
class Way:
    """A hub, a browser at it, and the same browser at the provider."""

    hub: Bench
    portal: httpx.AsyncClient
    abroad: httpx.AsyncClient
    door: str = "/sign-in/with/stadtwerke/contoso"

    async def leave(self) -> str:
        """Begins; returns the address at the provider."""
        answer = await self.portal.get(self.door)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def abroad_as(self, account: str, address: str) -> str:
        """Signs in at the provider; returns the address to come back to."""
        answer = await self.abroad.get(address)
        while not (target := answer.headers.get("location", "")).startswith(URL):
            if answer.status_code == 200:
                answer = await self.abroad.post(answer.url, data={"account": account})
            else:
                assert answer.is_redirect, answer.text
                answer = await self.abroad.get(urljoin(str(answer.url), target))
        return str(target)

    async def come(self, account: str = "bea") -> httpx.Response:
        """The whole way."""
        return await self.portal.get(await self.abroad_as(account, await self.leave()))

    async def signed_in(self) -> bool:
        """Whether there is a session."""
        return (await self.portal.get("/account")).status_code == 200

    async def people(self) -> dict[str, Role]:
        """Everybody, with their role."""
        found = await self.hub.services.people.find(HERE, CONSOLE, PersonFilter())
        return {person.name: person.role for person in found.people}

    async def groups(self) -> dict[str, int]:
        """Every group, with how many are in it."""
        return {each.group.name: each.people for each in await self.hub.services.groups.list(HERE, CONSOLE)}


@pytest.fixture
async def way(tmp_path: Path, provider: Contoso) -> AsyncIterator[Way]:
    provider.knows(bea=BEA)
    clock = FixedClock(dt.datetime.now(dt.UTC))
    async with bench(tmp_path, clock) as hub:
        await hub.tenant("Stadtwerke")
        wanted = ProviderWanted(
            name="Contoso", issuer=provider.url, client_id="tympan", scopes=SCOPES, claims=ClaimNames()
        )
        made = await hub.services.providers.add(HERE, CONSOLE, wanted, SECRET)
        for value, group, role in (("staff", "Everybody", None), ("desk", "Front desk", Role.OPERATOR)):
            await hub.services.providers.add_rule(HERE, CONSOLE, made.id, value=value, group=group, role=role)
        app = create_app(hub.services, public_url=URL, mounts=[portal(clock, URL)])
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as here, httpx.AsyncClient() as abroad:
            yield Way(hub, here, abroad)


async def test_a_person_comes_in_with_groups_and_role(way: Way) -> None:
    assert (await way.come()).status_code == 303
    assert await way.signed_in()
    assert await way.people() == {"Bea Ito": Role.OPERATOR}
    assert await way.groups() == {"Everybody": 1, "Front desk": 1}


async def test_the_refresh_token_is_used_again_and_again_and_changed_claims_count(way: Way, provider: Contoso) -> None:
    await way.come()
    for groups, role in ((["staff"], Role.USER), (["desk"], Role.OPERATOR), ([], Role.USER)):
        provider.knows(bea=BEA | {"groups": groups})
        way.hub.clock.forward(seconds=LOOK_AGAIN.total_seconds() / 3)  # the provider's own clock does not move
        way.hub.clock.forward(seconds=LOOK_AGAIN.total_seconds() / 3 * 2 + 1)
        assert await way.signed_in()
        assert await way.people() == {"Bea Ito": role}
        assert await way.groups() == {"Everybody": int("staff" in groups), "Front desk": int("desk" in groups)}
        way.hub.clock.moment = dt.datetime.now(dt.UTC)
        async with way.hub.database.writer.begin() as connection:
            await connection.exec_driver_sql("UPDATE vouchings SET due_at = '2000-01-01 00:00:00.000000'")
        assert await way.signed_in()


async def test_who_is_gone_there_is_signed_out_here(way: Way, provider: Contoso) -> None:
    await way.come()
    provider.knows()
    way.hub.clock.forward(seconds=LOOK_AGAIN.total_seconds() + 1)
    assert not await way.signed_in()


async def test_a_nonce_that_was_exchanged_is_refused(way: Way) -> None:
    address = re.sub(r"nonce=[^&]+", "nonce=another", await way.leave())
    assert (await way.portal.get(await way.abroad_as("bea", address))).status_code == 401
    assert not await way.signed_in()


async def test_a_challenge_that_was_exchanged_is_refused(way: Way) -> None:
    """Whoever stole a code has not the verifier it belongs to: the provider says no."""
    address = re.sub(r"code_challenge=[^&]+", f"code_challenge={'A' * 43}", await way.leave())
    assert (await way.portal.get(await way.abroad_as("bea", address))).status_code == 401
    assert not await way.signed_in()


async def test_a_code_and_a_state_are_taken_once(way: Way) -> None:
    back = await way.abroad_as("bea", await way.leave())
    assert (await way.portal.get(back)).status_code == 303
    way.portal.cookies.clear()
    assert (await way.portal.get(back)).status_code == 401
    code = parse_qs(urlsplit(back).query)["code"][0]
    other = await way.abroad_as("bea", await way.leave())
    assert (await way.portal.get(re.sub(r"code=[^&]+", f"code={code}", other))).status_code == 401
    assert not await way.signed_in()


async def test_an_expired_token_is_refused(way: Way) -> None:
    way.hub.clock.forward(hours=2)
    assert (await way.come()).status_code == 401
    assert not await way.signed_in()


async def test_a_token_for_another_application_is_refused(way: Way, provider: Contoso) -> None:
    """The hub is told another client id meanwhile: the provider's token is for the one before."""
    back = await way.abroad_as("bea", await way.leave())
    [known] = await way.hub.services.providers.list(HERE, CONSOLE)
    wanted = ProviderWanted(
        name="Contoso", issuer=provider.url, client_id="another", scopes=SCOPES, claims=ClaimNames()
    )
    await way.hub.services.providers.change(HERE, CONSOLE, known.id, wanted, SECRET)
    assert (await way.portal.get(back)).status_code in (401, 503)
    assert not await way.signed_in()


CHIEF: dict[str, Any] = {
    "name": "Chief",
    "email": "chief@service.example",
    "email_verified": True,
    "groups": ["root"],
}


@pytest.fixture
async def owners(way: Way, provider: Contoso) -> Way:
    """The hub has a provider of service owners, and an owner with a password."""
    await way.hub.owner()
    wanted = ProviderWanted(
        name="Contoso",
        issuer=provider.url,
        client_id="tympan",
        scopes=SCOPES,
        claims=ClaimNames(),
        links_by_email=False,
    )
    made = await way.hub.services.providers.add(SERVICE, CONSOLE, wanted, SECRET, for_owners=True)
    await way.hub.services.providers.add_rule(SERVICE, CONSOLE, made.id, value="root", role=Role.OWNER)
    provider.knows(bea=BEA, chief=CHIEF)
    way.door = "/sign-in/with/-service/contoso"
    return way


async def owners_of(way: Way) -> set[str]:
    found = await way.hub.services.people.find(SERVICE, CONSOLE, PersonFilter())
    return {person.name for person in found.people}


async def test_a_service_owner_comes_in_and_is_out_within_a_minute_of_being_disabled(
    owners: Way, provider: Contoso
) -> None:
    assert (await owners.come("chief")).status_code == 303
    assert await owners.signed_in()
    assert await owners_of(owners) == {"Chief", "service-owner"}
    owners.hub.clock.forward(seconds=46)
    assert await owners.signed_in()  # asked, with the refresh token
    provider.knows(bea=BEA)
    owners.hub.clock.forward(seconds=46)
    assert not await owners.signed_in()


@pytest.mark.parametrize(
    "claims",
    [
        BEA,
        CHIEF | {"groups": []},
        CHIEF | {"email_verified": False},
        CHIEF | {"email": "service-owner@service.example"},
    ],
    ids=["a tenant's person", "without the group", "not verified", "an owner's address"],
)
async def test_nobody_else_becomes_a_service_owner(owners: Way, provider: Contoso, claims: dict[str, Any]) -> None:
    provider.knows(chief=claims)
    assert (await owners.come("chief")).status_code == 401
    assert not await owners.signed_in()
    assert await owners_of(owners) == {"service-owner"}


async def test_who_loses_the_group_is_no_owner_any_more(owners: Way, provider: Contoso) -> None:
    await owners.come("chief")
    provider.knows(chief=CHIEF | {"groups": ["staff"]})
    owners.hub.clock.forward(seconds=46)
    assert not await owners.signed_in()
    assert (await owners.come("chief")).status_code == 401


PICTURES = os.environ.get("TYMPAN_PICTURES", "")
PHONE = Look(name="phone-dark-de", width=390, dark=True, language="de-DE")
LAPTOP = Look(name="laptop-light-en")


def test_an_administrator_sets_it_up_and_a_person_signs_in(
    furnished: ServedHub, look: Callable[[Look], Browsing], tmp_path: Path
) -> None:
    with contoso(tmp_path, furnished.url) as running:
        running.knows(bea=BEA)
        administrator = look(LAPTOP)
        administrator.sign_in(ADMINISTRATOR)
        set_up(administrator.page, furnished.url, running)
        seen = look(PHONE)
        for each in (administrator, seen):
            if each is seen:
                each.sign_in(ADMINISTRATOR)
            for path in ("/providers", "/providers/contoso", "/providers/contoso/edit", "/providers/contoso/remove"):
                each.go(path)
                open_to_everybody(each, path)
        person = look(LAPTOP)
        come_in(person)
        go_out(person, running)


def test_a_service_owner_sets_one_up_links_and_comes_in(
    furnished: ServedHub, look: Callable[[Look], Browsing], tmp_path: Path
) -> None:
    with contoso(tmp_path, furnished.url) as running:
        running.knows(olu=CHIEF | {"groups": []})
        laptop, phone = look(LAPTOP), look(PHONE)
        laptop.sign_in(OWNER)
        page = laptop.page
        laptop.go("/providers/new?whom=owners")
        open_to_everybody(laptop, "new provider of owners")
        describe(page, running)
        expect(page.locator("#back")).to_have_text(f"{furnished.url}/sign-in/back/-service/contoso")
        page.get_by_label("Value of the claim").fill("root")
        page.get_by_role("button", name="Add the rule").click()
        expect(page.get_by_text("Role: Service owner")).to_be_visible()
        for path in ("/providers", "/providers/contoso", "/providers/contoso/edit", "/account"):
            laptop.go(path)
            open_to_everybody(laptop, f"owner {path}")
        link(laptop)
        phone.go("/sign-in/owner")
        open_to_everybody(phone, "sign in as owner")
        phone.page.get_by_role("link", name="Contoso").click()
        at_provider(phone.page)
        phone.page.wait_for_url(f"{furnished.url}/")
        phone.go("/account")
        expect(phone.page.get_by_text(OWNER).first).to_be_visible()
        open_to_everybody(phone, "account through a provider")
        phone.go("/providers/contoso")
        open_to_everybody(phone, "owner /providers/contoso")
        phone.go("/providers/new?whom=owners")
        open_to_everybody(phone, "sign in with your password for this")
        for each in (laptop, phone):
            assert not [said for said in each.complaints if "Content Security Policy" in said]


def link(owner: Browsing) -> None:
    """Links the account at the provider, with the password typed again."""
    owner.page.get_by_label("Your password here").fill(PASSWORD)
    owner.page.get_by_role("button", name="Link the account").click()
    at_provider(owner.page)
    owner.page.wait_for_url("**/account?said=provider-linked")
    expect(owner.page.get_by_text("From now on you can sign in with the provider too.")).to_be_visible()
    open_to_everybody(owner, "account linked")


def at_provider(page: Page) -> None:
    page.get_by_label("Account").fill("olu")
    page.get_by_role("button", name="Continue").click()


def describe(page: Page, running: Contoso) -> None:
    """Fills the form of a provider and sends it."""
    page.get_by_label("Name", exact=True).fill("Contoso")
    page.get_by_label("Issuer").fill(running.url)
    page.get_by_label("Client ID").fill("tympan")
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_text("What is asked for, and where it stands").click()
    page.get_by_label("Scopes").fill(" ".join(SCOPES))
    page.get_by_role("button", name="Add the provider").click()


def set_up(page: Page, url: str, running: Contoso) -> None:
    """Adds the provider, a rule, and tests it."""
    page.goto(f"{url}/providers")
    page.get_by_role("link", name="Add a provider").first.click()
    page.get_by_label("E-mail domains").fill("stadtwerke.example")
    describe(page, running)
    expect(page.locator("#back")).to_have_text(f"{url}/sign-in/back/stadtwerke/contoso")
    page.get_by_label("Value of the claim").fill("desk")
    page.get_by_label("Group here").fill("Front desk")
    page.get_by_label("Role").select_option("operator")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_text("Group: Front desk · Role: Operator")).to_be_visible()
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text("It works: discovery answers")).to_be_visible()


def come_in(person: Browsing) -> None:
    """Signs in with it, as the operator that the claims make."""
    person.go("/sign-in?then=/jobs")
    find_provider(person.page)
    open_to_everybody(person, "sign in with a provider")
    person.page.get_by_role("link", name="Sign in with Contoso").click()
    person.page.get_by_label("Account").fill("bea")
    person.page.get_by_role("button", name="Continue").click()
    person.page.wait_for_url("**/jobs")
    expect(person.page.get_by_text("Bea Ito").first).to_be_visible()
    expect(person.page.get_by_role("link", name="Agents").first).to_be_visible()


def find_provider(page: Page) -> None:
    """There are several tenants: a provider is shown to who types an address of it."""
    page.locator("#email").fill("bea@stadtwerke.example")
    page.get_by_role("button", name="Sign in with your organisation").click()


def go_out(person: Browsing, running: Contoso) -> None:
    """Signs out here and there."""
    person.go("/account")
    person.page.get_by_role("button", name="Sign out", exact=True).click()
    person.page.wait_for_url(f"{running.url}/session/end**")
    person.page.get_by_role("button", name="Yes, sign me out").click()
    person.page.wait_for_url("**/sign-in?said=signed-out**")
    expect(person.page.get_by_text("You are signed out.")).to_be_visible()
    find_provider(person.page)
    person.page.get_by_role("link", name="Sign in with Contoso").click()
    expect(person.page.get_by_label("Account")).to_be_visible()
    # The answer to a form may lead nowhere else by the content policy: a breach would have been said.
    assert not [each for each in person.complaints if "Content Security Policy" in each]


def open_to_everybody(here: Browsing, name: str) -> None:
    """Nothing against WCAG, nothing wider than the screen."""
    if PICTURES:
        width = here.page.viewport_size or {"width": 0}
        shown = re.sub("[^a-z0-9]+", "-", name).strip("-")
        here.page.screenshot(path=Path(PICTURES) / f"openid-{shown}.{width['width']}.png", full_page=True)
    assert axe_faults(here.page) == []
    wide = here.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, name
