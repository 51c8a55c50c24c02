"""Service owners who come through a provider of their own: who gets in, who never does, and what they may not touch."""

from __future__ import annotations

import base64
from typing import Any

import attrs
import httpx
import pytest
from hub_rig import PASSWORD
from issuer_rig import SECRET, Contoso, wish

from tympan_hub.domain.errors import BadInput, Conflict, InvitationEnded, NeedsPassword, NotSignedIn, ProviderRefused
from tympan_hub.domain.ids import SERVICE, TenantId, hash_of
from tympan_hub.domain.limits.providers import OWNER_LOOK_AGAIN, OWNER_VOUCHED
from tympan_hub.domain.people import CONSOLE, Actor, Person, PersonFilter, Role, Session
from tympan_hub.domain.policy import OWNER_FACTOR, Verdict
from tympan_hub.domain.providers import ANY_TENANT, ClaimNames
from tympan_hub.domain.second_factor import STEP_S, code, step_at
from tympan_hub.service import people
from tympan_hub.service.providers import ProviderWanted

pytestmark = pytest.mark.anyio

CHIEF: dict[str, Any] = {
    "sub": "9",
    "email": "chief@service.example",
    "email_verified": True,
    "name": "Chief",
    "groups": ["root"],
}


def owners_wish(issuer: str, **other: Any) -> ProviderWanted:
    """A provider of owners as somebody describes it."""
    return attrs.evolve(wish(issuer), **{"links_by_email": False, **other})


@pytest.fixture
async def owners(contoso: Contoso) -> Contoso:
    """A hub with a local owner, and a provider of owners that makes those with the group root owners."""
    await contoso.hub.owner()
    await contoso.hub.services.providers.remove(contoso.tenant, CONSOLE, contoso.provider.id)
    contoso.provider = await contoso.hub.services.providers.add(
        SERVICE, CONSOLE, owners_wish(contoso.issuer.url), SECRET, for_owners=True
    )
    await contoso.rule("root", role=Role.OWNER)
    contoso.issuer.person = dict(CHIEF)
    return contoso


async def sign_in(contoso: Contoso, person: Person) -> httpx.Response:
    """With a password, in the browser."""
    page = await contoso.client.get("/sign-in")
    fields = {"csrf": secret_of(page), "email": person.email, "password": PASSWORD}
    return await contoso.client.post("/sign-in", data=fields)


def secret_of(page: httpx.Response) -> str:
    return page.text.partition('name="csrf" value="')[2].partition('"')[0]


async def actor(contoso: Contoso) -> Actor:
    """Whoever the browser is, as one who acts."""
    secret = next(value for name, value in contoso.client.cookies.items() if name.endswith("tympan-session"))
    return (await contoso.hub.services.arrivals.session(secret)).actor


async def look_again(contoso: Contoso) -> bool:
    """Less than a minute later; whether the session is still there."""
    contoso.hub.clock.forward(seconds=OWNER_LOOK_AGAIN.total_seconds() + 1)
    return await contoso.signed_in()


# ---------------------------------------------------------------------- who comes in


async def test_who_a_rule_makes_an_owner_comes_in(owners: Contoso) -> None:
    assert (await owners.come()).status_code == 303
    assert (await owners.client.get("/")).status_code == 200
    assert await owners.people(SERVICE) == {CHIEF["email"]: Role.OWNER, "service-owner@service.example": Role.OWNER}
    assert await owners.people() == {}
    (entry, *_) = await owners.hub.services.audit.page(SERVICE, CONSOLE)
    assert (entry.act, entry.by, entry.subject) == ("person.add", "provider contoso", CHIEF["email"])


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"groups": []}, "do not run this service"),
        ({"groups": ["staff"]}, "do not run this service"),
        ({"groups": None}, "do not run this service"),
        ({"groups": ["ROOT", "root ", "roo"]}, "do not run this service"),
        ({"email_verified": False}, "does not vouch for your e-mail"),
        ({"email_verified": None}, "does not vouch for your e-mail"),
        ({"email": None}, "does not tell your e-mail"),
        ({"email": "service-owner@service.example"}, "has your e-mail address already"),
    ],
)
async def test_nobody_else_becomes_an_owner(owners: Contoso, claims: dict[str, Any], said: str) -> None:
    owners.issuer.person |= claims
    answer = await owners.come()
    assert answer.status_code == 401
    assert said in answer.text
    assert await owners.people(SERVICE) == {"service-owner@service.example": Role.OWNER}


async def test_an_address_alone_makes_nobody_the_owner_who_has_it(owners: Contoso) -> None:
    """Neither verified, nor with the group: who has the address links in a session of their own."""
    owners.issuer.person |= {"email": "service-owner@service.example", "groups": []}
    assert (await owners.come()).status_code == 401
    assert not await owners.signed_in()
    with pytest.raises(BadInput, match="e-mail address"):
        await owners.change(links_by_email=True)


async def test_where_unknown_people_stay_outside_a_rule_lets_nobody_in(owners: Contoso) -> None:
    owners.provider = await owners.hub.services.providers.change(
        SERVICE, CONSOLE, owners.provider.id, owners_wish(owners.issuer.url, adds_unknown=False)
    )
    assert (await owners.come()).status_code == 401


async def test_a_provider_that_cannot_be_asked_again_lets_no_owner_in(owners: Contoso) -> None:
    owners.issuer.gives_refresh = False
    answer = await owners.come()
    assert answer.status_code == 401
    assert "refresh token" in answer.text


async def test_a_person_of_a_tenant_never_arrives_in_the_service(owners: Contoso) -> None:
    """Not by the same subject, nor by a rule, nor by a home of a provider of many tenants."""
    other = await owners.hub.services.providers.add(
        SERVICE, CONSOLE, owners_wish("https://other.example", claims=ClaimNames(home="tid")), SECRET
    )
    with pytest.raises(Exception, match="tenant"):
        await owners.hub.services.providers.add_home(SERVICE, CONSOLE, other.id, value="x", home=SERVICE)
    with pytest.raises(BadInput, match="no service owners"):
        await owners.hub.services.providers.add_rule(SERVICE, CONSOLE, other.id, value="x", role=Role.OWNER)
    with pytest.raises(BadInput, match="no service owners"):
        await owners.hub.services.providers.add(
            owners.tenant, CONSOLE, owners_wish("https://third.example"), SECRET, for_owners=True
        )


async def test_an_owner_never_arrives_in_a_tenant(owners: Contoso) -> None:
    for rule in ({"group": "Everybody"}, {"role": Role.ADMINISTRATOR}, {"group": "x", "role": Role.OWNER}):
        with pytest.raises(BadInput, match="makes service owners, and nothing else"):
            await owners.rule("root", **rule)
    with pytest.raises(BadInput, match="tenant"):
        await owners.hub.services.providers.add_home(
            SERVICE, CONSOLE, owners.provider.id, value="x", home=owners.tenant
        )
    for wrong in ({"domains": ("x.example",)}, {"claims": ClaimNames(home="tid")}):
        with pytest.raises(BadInput, match="leads to no tenant"):
            await owners.change(links_by_email=False, **wrong)
    with pytest.raises(BadInput, match="many tenants"):
        await owners.change(links_by_email=False, issuer=f"https://login.example/{ANY_TENANT}")
    with pytest.raises(BadInput, match="claim email"):
        await owners.change(links_by_email=False, claims=ClaimNames(email="upn"))


async def test_the_page_of_owners_offers_the_button_and_no_other_page(owners: Contoso) -> None:
    page = await owners.client.get("/sign-in")
    assert "Sign in with Contoso" not in page.text
    assert 'href="/sign-in/owner"' in page.text
    assert "Sign in with Contoso" in (await owners.client.get("/sign-in/owner")).text


def is_of_owners(page: httpx.Response) -> bool:
    offered = "Sign in with Contoso" in page.text
    meant = '<input type="hidden" name="organisation" value="-service">' in page.text
    assert offered == meant
    return meant


async def test_the_page_of_owners_stays_theirs_after_a_refusal(
    owners: Contoso, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await owners.client.get("/sign-in/owner")
    form = {"csrf": secret_of(page), "email": "chief@service.example", "password": "a slip of the key"}
    refused = await owners.client.post("/sign-in", data={**form, "organisation": SERVICE})
    assert refused.status_code == 401
    assert is_of_owners(refused)
    assert not is_of_owners(await owners.client.post("/sign-in", data=form))
    monkeypatch.setattr(people, "ATTEMPTS_PER_PERSON", 0)
    often = await owners.client.post("/sign-in", data={**form, "organisation": SERVICE})
    assert often.status_code == 429
    assert is_of_owners(often)
    owners.issuer.person["groups"] = []
    refused = await owners.come()
    assert refused.status_code == 401
    assert is_of_owners(refused)


# ---------------------------------------------------------------------- how long they stay


async def test_who_is_disabled_at_the_provider_is_out_within_a_minute(owners: Contoso) -> None:
    await owners.come()
    assert await look_again(owners)
    owners.issuer.answers_refresh = False
    assert not await look_again(owners)


async def test_who_loses_the_group_is_out_with_all_they_made(owners: Contoso) -> None:
    await owners.come()
    by = await actor(owners)
    link, _ = await owners.hub.services.invitations.make(
        owners.tenant, by, email="friend@elsewhere.example", role=Role.ADMINISTRATOR
    )
    owners.issuer.person["groups"] = []
    assert not await look_again(owners)
    with pytest.raises(InvitationEnded):
        await owners.hub.services.invitations.open(link)
    assert (await owners.come()).status_code == 401
    owners.issuer.person["groups"] = ["root"]
    assert (await owners.come()).status_code == 303


@pytest.mark.parametrize("how", ["no", "removed", "another issuer", "removed while signed out"])
async def test_who_can_come_no_more_leaves_no_way_in(owners: Contoso, how: str) -> None:
    await owners.come()
    by, services = await actor(owners), owners.hub.services
    link, _ = await services.invitations.make(owners.tenant, by, email="f@elsewhere.example", role=Role.ADMINISTRATOR)
    if how == "no":
        owners.issuer.answers_refresh = False
        assert not await look_again(owners)
    elif how == "another issuer":
        await owners.change(links_by_email=False, issuer="https://another.example")
    else:
        if "signed out" in how:
            await services.people.sign_out(session_secret(owners))
        await services.providers.remove(SERVICE, CONSOLE, owners.provider.id)
    with pytest.raises(InvitationEnded):
        await services.invitations.open(link)
    assert "person.turned-away" in {entry.act for entry in await services.audit.page(SERVICE, CONSOLE)}


async def test_a_provider_that_says_no_leaves_an_owner_with_a_password_what_they_made(owners: Contoso) -> None:
    local = await linked(owners)
    await owners.come()
    made = await owners.hub.services.invitations.make(
        owners.tenant, local.actor, email="f@elsewhere.example", role=Role.USER
    )
    owners.issuer.answers_refresh = False
    assert not await look_again(owners)
    await owners.hub.services.invitations.open(made[0])


async def test_a_provider_that_is_away_is_borne_for_minutes(owners: Contoso) -> None:
    await owners.come()
    owners.issuer.broken = "/token"
    assert await look_again(owners)
    owners.hub.clock.forward(seconds=OWNER_VOUCHED.total_seconds())
    assert not await owners.signed_in()


async def test_a_provider_that_tells_no_claims_again_is_silent_about_whom_a_rule_made_an_owner(owners: Contoso) -> None:
    owners.issuer.refresh_has_token = False
    await owners.come()
    assert await look_again(owners)
    owners.hub.clock.forward(seconds=OWNER_VOUCHED.total_seconds())
    assert not await owners.signed_in()
    await owners.come()
    await owners.hub.services.providers.remove_rule(
        SERVICE, CONSOLE, owners.provider.id, value="root", group=None, role=Role.OWNER
    )
    assert not await look_again(owners)


async def test_a_provider_that_tells_no_claims_again_is_enough_for_who_linked(owners: Contoso) -> None:
    await linked(owners)
    owners.issuer.refresh_has_token = False
    await owners.come()
    owners.hub.clock.forward(seconds=OWNER_VOUCHED.total_seconds() + 1)
    assert await owners.signed_in()
    assert await look_again(owners)


async def test_a_link_that_is_taken_away_takes_what_waits_for_a_second_step_along(owners: Contoso) -> None:
    local, factor = await linked(owners), owners.hub.services.second_factor
    await sign_in(owners, local)
    mine = await session_here(owners)
    await factor.begin(mine)
    shown = await factor.set_up(mine)
    await factor.confirm(mine, code_of(shown.secret, owners))
    owners.client.cookies.clear()
    await owners.come()
    half = next(value for name, value in owners.client.cookies.items() if name.endswith("tympan-half"))
    await owners.hub.services.arrivals.unlink(mine, owners.issuer.url, CHIEF["sub"])
    with pytest.raises(NotSignedIn):
        await factor.waiting(half)


async def test_removing_the_provider_ends_the_sessions_it_vouched_for(owners: Contoso) -> None:
    await owners.come()
    await owners.hub.services.providers.remove(SERVICE, CONSOLE, owners.provider.id)
    assert not await owners.signed_in()


async def test_a_disabled_owner_does_not_come_in(owners: Contoso) -> None:
    await owners.come()
    (chief,) = (await owners.hub.services.people.find(SERVICE, CONSOLE, PersonFilter(text="chief"))).people
    await owners.hub.services.people.disable(SERVICE, CONSOLE, chief.id)
    assert not await owners.signed_in()
    assert "account here is disabled" in (await owners.come()).text


async def test_the_second_factor_of_the_hub_is_asked_for_too(owners: Contoso) -> None:
    await owners.hub.services.policy.switch(SERVICE, CONSOLE, OWNER_FACTOR, Verdict.ON)
    answer = await owners.come()
    assert answer.headers["location"] == "/sign-in/second"
    assert not await owners.signed_in()
    half = next(value for name, value in owners.client.cookies.items() if name.endswith("tympan-half"))
    shown = await owners.hub.services.second_factor.waiting(half)
    assert shown
    page = await owners.client.get("/sign-in/second")
    fields = {"csrf": secret_of(page), "then": "/", "code": code_of(shown.secret, owners)}
    assert (await owners.client.post("/sign-in/second", data=fields)).status_code == 200
    assert await look_again(owners)
    owners.issuer.answers_refresh = False
    assert not await look_again(owners)


def code_of(secret: str, contoso: Contoso) -> str:
    return code(base64.b32decode(secret.replace(" ", "")), step_at(contoso.hub.clock.now()))


# ---------------------------------------------------------------------- what they may not touch


async def test_who_came_through_a_provider_touches_neither_owners_nor_their_providers(owners: Contoso) -> None:
    """A provider would else decide who runs the service, and could shut out whoever can take it away."""
    await owners.come()
    by, services = await actor(owners), owners.hub.services
    assert by.vouched
    (local,) = (await services.people.find(SERVICE, CONSOLE, PersonFilter(local=True))).people
    here, wanted = owners.provider.id, owners_wish(owners.issuer.url)
    invited = await services.invitations.make(SERVICE, CONSOLE, email="n@service.example", role=Role.OWNER)
    _, token = await services.api_tokens.make(
        SERVICE, local.actor, name="theirs", role=Role.OWNER, validity=OWNER_VOUCHED
    )
    tries = [
        services.people.change(SERVICE, by, local.id, name="Nobody"),
        services.api_tokens.revoke(SERVICE, by, token.id),
        services.people.add(SERVICE, by, email="x@x.example", name="x", role=Role.OWNER, password=PASSWORD),
        services.people.disable(SERVICE, by, local.id),
        services.people.enable(SERVICE, by, local.id),
        services.people.remove(SERVICE, by, local.id),
        services.people.set_password(SERVICE, by, local.id, PASSWORD),
        services.second_factor.reset(SERVICE, by, local.id),
        services.invitations.make(SERVICE, by, email="x@x.example", role=Role.OWNER),
        services.invitations.revoke(SERVICE, by, invited[1].id),
        services.providers.add(SERVICE, by, owners_wish("https://b.example"), SECRET, for_owners=True),
        services.providers.change(SERVICE, by, here, wanted),
        services.providers.remove(SERVICE, by, here),
        services.providers.add_rule(SERVICE, by, here, value="all", role=Role.OWNER),
        services.providers.remove_rule(SERVICE, by, here, value="root", group=None, role=Role.OWNER),
        services.policy.switch(SERVICE, by, OWNER_FACTOR, Verdict.OFF),
        services.api_tokens.make(SERVICE, by, name="x", role=Role.OWNER, validity=OWNER_VOUCHED),
    ]
    for tried in tries:
        with pytest.raises(NeedsPassword):
            await tried
    made = await services.tenants.add(by, "Made by the chief")
    assert made.name == "Made by the chief"


async def test_somebody_is_left_who_needs_no_provider(owners: Contoso) -> None:
    await owners.come()
    (local,) = (await owners.hub.services.people.find(SERVICE, CONSOLE, PersonFilter(local=True))).people
    for act in (owners.hub.services.people.disable, owners.hub.services.people.remove):
        with pytest.raises(Conflict, match="last service-owner who signs in with a password"):
            await act(SERVICE, CONSOLE, local.id)
    (chief,) = (await owners.hub.services.people.find(SERVICE, CONSOLE, PersonFilter(local=False))).people
    await owners.hub.services.people.remove(SERVICE, CONSOLE, chief.id)


# ---------------------------------------------------------------------- linking


async def ask_link(contoso: Contoso, password: str = PASSWORD) -> httpx.Response:
    page = await contoso.client.get("/account")
    fields = {"csrf": secret_of(page), "provider": contoso.provider.id, "link_password": password}
    return await contoso.client.post("/account/links", data=fields)


def way_out(answer: httpx.Response) -> str:
    """The address at the provider that the page leads on to."""
    found = answer.text.partition("0; url=")[2].partition('"')[0]
    return found.replace("&amp;", "&")


async def local_owner(contoso: Contoso) -> Person:
    (local,) = (await contoso.hub.services.people.find(SERVICE, CONSOLE, PersonFilter(local=True))).people
    return local


async def test_an_owner_links_and_comes_in_as_themselves_until_they_unlink(owners: Contoso) -> None:
    owners.issuer.person = {"sub": "77", "email": "other@elsewhere.example"}
    local = await local_owner(owners)
    await sign_in(owners, local)
    answer = await owners.client.get(owners.issuer.authorise(way_out(await ask_link(owners))))
    assert answer.headers["location"] == "/account?said=provider-linked"
    owners.client.cookies.clear()
    assert (await owners.come()).status_code == 303
    assert (await actor(owners)).person == local.id
    page = await owners.client.get("/account")
    assert "links are changed by who signed in with a password" in page.text
    unlink = {"issuer": owners.issuer.url, "subject": "77"}
    answer = await owners.client.post("/account/links/remove", data={"csrf": secret_of(page)} | unlink)
    assert answer.status_code == 403
    first = dict(owners.client.cookies)
    owners.client.cookies.clear()
    await sign_in(owners, local)
    page = await owners.client.get("/account")
    answer = await owners.client.post("/account/links/remove", data={"csrf": secret_of(page)} | unlink)
    assert answer.headers["location"] == "/account?said=provider-unlinked"
    assert await owners.signed_in()
    owners.client.cookies.clear()
    owners.client.cookies.update(first)
    assert not await owners.signed_in()
    assert (await owners.come()).status_code == 401


async def linked(contoso: Contoso) -> Person:
    """The local owner, who has linked their account at the provider, and comes through it."""
    local = await local_owner(contoso)
    await sign_in(contoso, local)
    await contoso.client.get(contoso.issuer.authorise(way_out(await ask_link(contoso))))
    contoso.client.cookies.clear()
    return local


def session_secret(contoso: Contoso) -> str:
    """What the browser carries of its session."""
    return next(value for name, value in contoso.client.cookies.items() if name.endswith("tympan-session"))


async def session_here(contoso: Contoso) -> Session:
    """The session of the browser."""
    return await contoso.hub.services.arrivals.session(session_secret(contoso))


async def test_a_provider_sets_no_second_factor_of_an_owner_with_a_password(owners: Contoso) -> None:
    """Whoever runs it would else lock the owner out of the one way that needs no provider."""
    local, factor = await linked(owners), owners.hub.services.second_factor
    await owners.come()
    vouched = await session_here(owners)
    tries = [factor.begin(vouched), factor.set_up(vouched), factor.confirm(vouched, "123456")]
    tries += [factor.new_codes(vouched, "123456"), factor.drop(vouched, "123456")]
    for tried in tries:
        with pytest.raises(NeedsPassword):
            await tried
    page = await owners.client.get("/account")
    assert "it is changed by who signed in with a password" in page.text
    assert (await owners.client.post("/account/second-factor", data={"csrf": secret_of(page)})).status_code == 403
    owners.client.cookies.clear()
    assert (await sign_in(owners, local)).headers["location"] == "/"


async def test_a_demanded_second_factor_is_set_up_after_the_password_alone(owners: Contoso) -> None:
    local, factor = await linked(owners), owners.hub.services.second_factor
    await owners.hub.services.policy.switch(SERVICE, CONSOLE, OWNER_FACTOR, Verdict.ON)
    answer = await owners.come()
    assert answer.status_code == 401
    assert "Sign in with your password once" in answer.text
    owners.client.cookies.clear()
    assert (await sign_in(owners, local)).headers["location"].startswith("/sign-in/second")
    half = next(value for name, value in owners.client.cookies.items() if name.endswith("tympan-half"))
    shown = await factor.waiting(half)
    assert shown
    mine = (await factor.finish(half, code_of(shown.secret, owners))).session
    owners.client.cookies.clear()
    assert (await owners.come()).headers["location"] == "/sign-in/second"  # the owner's own app is asked for
    half = next(value for name, value in owners.client.cookies.items() if name.endswith("tympan-half"))
    await owners.hub.services.policy.switch(SERVICE, CONSOLE, OWNER_FACTOR, Verdict.OFF)
    owners.hub.clock.forward(seconds=STEP_S)
    await factor.drop(mine, code_of(shown.secret, owners))
    await factor.begin(mine)  # another app, while what came through the provider still waits
    for late in (factor.waiting(half), factor.finish(half, "123456")):
        with pytest.raises(ProviderRefused):
            await late


async def test_a_link_takes_the_password(owners: Contoso) -> None:
    await sign_in(owners, await local_owner(owners))
    answer = await ask_link(owners, "wrong horse battery")
    assert answer.status_code == 422
    assert "not your password" in answer.text


async def test_a_link_is_made_in_the_session_that_asked_for_it(owners: Contoso) -> None:
    """Somebody else's session in the same browser, none at all, or one that ended: nothing is linked."""
    local = await local_owner(owners)
    other = await owners.hub.person(SERVICE, Role.OWNER, "second@service.example")
    for meanwhile in (other, None, local):
        owners.client.cookies.clear()
        await sign_in(owners, local)
        back = owners.issuer.authorise(way_out(await ask_link(owners)))
        for name in [name for name in owners.client.cookies if name.endswith("tympan-session")]:
            owners.client.cookies.delete(name)
        if meanwhile is not None:
            await sign_in(owners, meanwhile)
        assert (await owners.client.get(back)).status_code == 401
    async with owners.hub.units.reading() as unit:
        assert await unit.identities.get(SERVICE, owners.issuer.url, "9") is None


async def test_a_link_takes_no_account_another_owner_comes_with(owners: Contoso) -> None:
    assert (await owners.come()).status_code == 303
    owners.client.cookies.clear()
    await sign_in(owners, await local_owner(owners))
    answer = await owners.client.get(owners.issuer.authorise(way_out(await ask_link(owners))))
    assert answer.status_code == 401
    assert "Another service owner" in answer.text


async def test_people_of_a_tenant_link_nothing(owners: Contoso) -> None:
    administrator = await owners.hub.person(owners.tenant)
    await sign_in(owners, administrator)
    assert (await ask_link(owners)).status_code == 403


async def test_a_session_is_bound_to_what_was_sealed_for_it(owners: Contoso) -> None:
    await owners.come()
    secret = next(value for name, value in owners.client.cookies.items() if name.endswith("tympan-session"))
    async with owners.hub.units.reading() as unit:
        vouched = await unit.vouchings.get(TenantId(SERVICE), hash_of(secret))
    assert vouched
    assert vouched.whose == SERVICE
    await owners.hub.services.people.sign_out(secret)
    with pytest.raises(NotSignedIn):
        await owners.hub.services.arrivals.session(secret)
