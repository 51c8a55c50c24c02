"""Service owners who come through a provider of their own: who gets in, who never does, and what they may not touch."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hub_rig import PASSWORD
from issuer_rig import CHIEF, SECRET, Contoso, actor, code_of, look_again, owners_wish, secret_of

from tympan_hub.domain.errors import BadInput, Conflict, NeedsPassword
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.providers import OWNER_VOUCHED
from tympan_hub.domain.people import CONSOLE, PersonFilter, Role
from tympan_hub.domain.policy import OWNER_FACTOR, Verdict
from tympan_hub.domain.providers import ANY_TENANT, ClaimNames
from tympan_hub.service import passwords

pytestmark = pytest.mark.anyio


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
    monkeypatch.setattr(passwords, "ATTEMPTS_PER_PERSON", 0)
    often = await owners.client.post("/sign-in", data={**form, "organisation": SERVICE})
    assert often.status_code == 429
    assert is_of_owners(often)
    owners.issuer.person["groups"] = []
    refused = await owners.come()
    assert refused.status_code == 401
    assert is_of_owners(refused)


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
