"""Sign-in through a provider that misbehaves on purpose: what is refused, who becomes whom, what is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import httpx
import pytest
from hub_rig import BIRTH, PASSWORD, Bench, database_of
from issuer_rig import Issuer, issuing
from issuer_rig._issuer import CLIENT, SECRET
from joserfc.jwk import ECKey

from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, ProviderTrouble
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.limits import ATTEMPTS_PER_SOURCE, LOOK_AGAIN, PROVIDER_BYTES, VOUCHED
from tympan_hub.domain.people import CONSOLE, PersonFilter, Role
from tympan_hub.domain.providers import ANY_TENANT, EMAIL_DOMAIN, ClaimNames, Provider
from tympan_hub.http.app import create_app
from tympan_hub.http.portal import portal
from tympan_hub.service.providers import ProviderWanted

pytestmark = pytest.mark.anyio
URL = "https://hub.example"


@attrs.define
class Contoso:
    """A hub with a tenant that has a provider, and a browser."""

    hub: Bench
    issuer: Issuer
    client: httpx.AsyncClient
    tenant: TenantId
    provider: Provider

    @property
    def way(self) -> str:
        return f"{self.provider.tenant}/{self.provider.id}"

    async def leave(self, then: str = "/") -> str:
        """The address at the provider."""
        answer = await self.client.get(f"/sign-in/with/{self.way}", params={"then": then})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def come(self, **other: str) -> httpx.Response:
        """The whole way; what the hub says at the end."""
        return await self.client.get(self.issuer.authorise(await self.leave(), **other))

    async def signed_in(self) -> bool:
        """Whether the browser has a session."""
        return (await self.client.get("/account")).status_code == 200

    async def people(self, tenant: TenantId | None = None) -> dict[str, Role]:
        """Everybody, with their role."""
        found = await self.hub.services.people.find(tenant or self.tenant, CONSOLE, PersonFilter())
        return {person.email: person.role for person in found.people}

    async def groups(self) -> dict[str, int]:
        """Every group, with how many are in it."""
        return {each.group.name: each.people for each in await self.hub.services.groups.list(self.tenant, CONSOLE)}

    async def change(self, **other: Any) -> None:
        """Changes the provider."""
        wanted = attrs.evolve(wish(self.issuer.url), **other)
        self.provider = await self.hub.services.providers.change(
            self.provider.tenant, CONSOLE, self.provider.id, wanted, SECRET
        )

    async def rule(self, value: str, group: str = "", role: Role | None = None) -> None:
        """Adds a rule."""
        await self.hub.services.providers.add_rule(
            self.provider.tenant, CONSOLE, self.provider.id, value=value, group=group, role=role
        )


def wish(issuer: str) -> ProviderWanted:
    return ProviderWanted(
        name="Contoso", issuer=issuer, client_id=CLIENT, scopes=("openid", "email"), claims=ClaimNames()
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
async def database_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """As all of the hub's tests; what is kept of a provider is tried on both elsewhere, so the second is for soaks."""
    async with database_of(request) as url:
        yield url


@pytest.fixture
async def issuer(hub: Bench) -> AsyncIterator[Issuer]:
    async with issuing(hub.clock) as made:
        yield made


@pytest.fixture
async def contoso(hub: Bench, issuer: Issuer) -> AsyncIterator[Contoso]:
    tenant = await hub.tenant("Acme")
    provider = await hub.services.providers.add(tenant, CONSOLE, wish(issuer.url), SECRET)
    app = create_app(hub.services, public_url=URL, mounts=[portal(hub.clock, URL)])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield Contoso(hub, issuer, client, tenant, provider)


async def test_somebody_unknown_comes_in_and_is_known_from_then_on(contoso: Contoso) -> None:
    address = await contoso.leave("/jobs")
    asked = parse_qs(urlsplit(address).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{URL}/sign-in/back/acme/contoso"]
    answer = await contoso.client.get(contoso.issuer.authorise(address))
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    assert "Bea Ito" in (await contoso.client.get("/")).text
    contoso.client.cookies.clear()
    contoso.issuer.person["email"] = "renamed@acme.example"
    await contoso.come()
    assert await contoso.people() == {"bea@acme.example": Role.USER}
    acts = [entry.act for entry in await contoso.hub.services.audit.page(contoso.tenant, CONSOLE)]
    assert acts.count("person.add") == 1


LIES: dict[str, dict[str, Any]] = {
    "wrong nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "wrong audience": {"aud": "another"},
    "an audience more without authorized party": {"aud": [CLIENT, "another"]},
    "wrong authorized party": {"azp": "another"},
    "audience of no text": {"aud": {CLIENT: 1}},
    "expired": {"exp": int(BIRTH.timestamp()) - 300},
    "no expiry": {"exp": None},
    "expiry of no number": {"exp": "never"},
    "expiry without end": {"exp": float("1e308")},
    "issued in an hour": {"iat": int(BIRTH.timestamp()) + 3600},
    "issued yesterday": {"iat": int(BIRTH.timestamp()) - 86400},
    "not yet valid": {"nbf": int(BIRTH.timestamp()) + 3600},
    "wrong issuer": {"iss": "https://evil.example"},
    "no subject": {"sub": ""},
    "endless subject": {"sub": "x" * 300},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_that_lies_lets_nobody_in(contoso: Contoso, lie: str) -> None:
    contoso.issuer.lies = LIES[lie]
    answer = await contoso.come()
    assert answer.status_code == 401, lie
    assert "could not be verified" in answer.text
    assert not await contoso.signed_in()
    assert await contoso.people() == {}


@pytest.mark.parametrize("how", ["unsigned", "shared"])
async def test_a_token_without_the_providers_signature_lets_nobody_in(contoso: Contoso, how: str) -> None:
    setattr(contoso.issuer, how, True)
    assert (await contoso.come()).status_code == 401
    assert not await contoso.signed_in()


async def test_a_key_nobody_published_signs_nothing_and_keys_are_not_fetched_for_each_try(contoso: Contoso) -> None:
    contoso.issuer.key = ECKey.generate_key("P-256", {"kid": "stranger"})
    for _ in range(3):
        contoso.hub.clock.forward(seconds=1)
        assert (await contoso.come()).status_code == 401
    assert contoso.issuer.hits["/jwks"] == 1


async def test_a_key_that_was_changed_is_learnt(contoso: Contoso) -> None:
    await contoso.come()
    contoso.issuer.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    contoso.issuer.published.append(contoso.issuer.key)
    contoso.hub.clock.forward(seconds=90)
    assert (await contoso.come()).status_code == 303
    assert contoso.issuer.hits["/.well-known/openid-configuration"] == 1
    assert contoso.issuer.hits["/jwks"] == 2


async def test_an_answer_is_taken_once(contoso: Contoso) -> None:
    address = contoso.issuer.authorise(await contoso.leave())
    kept = dict(contoso.client.cookies)
    assert (await contoso.client.get(address)).status_code == 303
    contoso.client.cookies.clear()
    assert (await contoso.client.get(address)).status_code == 401
    contoso.client.cookies.update(kept)
    again = await contoso.client.get(address)
    assert again.status_code == 401
    assert "Begin again" in again.text


async def test_a_code_is_taken_once(contoso: Contoso) -> None:
    """The provider refuses a code it took: another state of the same browser does not help."""
    first = contoso.issuer.authorise(await contoso.leave())
    code = parse_qs(urlsplit(first).query)["code"][0]
    assert (await contoso.client.get(first)).status_code == 303
    contoso.client.cookies.clear()
    assert (await contoso.come(code=code)).status_code == 401


@pytest.mark.parametrize(
    "other",
    [{"state": "guessed"}, {"state": ""}, {"iss": "https://evil.example"}, {"iss": ""}, {"code": ""}],
    ids=str,
)
async def test_an_answer_that_does_not_fit_is_refused(contoso: Contoso, other: dict[str, str]) -> None:
    assert (await contoso.come(**other)).status_code == 401
    assert not await contoso.signed_in()


async def test_an_answer_in_another_browser_is_refused(contoso: Contoso) -> None:
    address = contoso.issuer.authorise(await contoso.leave())
    contoso.client.cookies.clear()
    assert (await contoso.client.get(address)).status_code == 401
    await contoso.leave()
    assert (await contoso.client.get(address)).status_code == 401


async def test_an_answer_that_comes_late_is_refused(contoso: Contoso) -> None:
    address = contoso.issuer.authorise(await contoso.leave())
    contoso.hub.clock.forward(minutes=16)
    assert (await contoso.client.get(address)).status_code == 401


async def test_an_answer_of_another_provider_is_refused(contoso: Contoso) -> None:
    async with issuing(contoso.hub.clock) as other:
        wanted = attrs.evolve(wish(other.url), name="Fabrikam")
        await contoso.hub.services.providers.add(contoso.tenant, CONSOLE, wanted, SECRET)
        address = contoso.issuer.authorise(await contoso.leave())
        mixed = address.replace("/acme/contoso", "/acme/fabrikam")
        assert (await contoso.client.get(mixed)).status_code == 401


async def test_who_says_no_at_the_provider_is_told_so(contoso: Contoso) -> None:
    answer = await contoso.come(code="", error="access_denied")
    assert answer.status_code == 401
    assert "did not let you in" in answer.text


async def test_failures_from_one_place_are_bounded_and_successes_are_not_counted(contoso: Contoso) -> None:
    for _ in range(3):
        assert (await contoso.come()).status_code == 303
    for _ in range(ATTEMPTS_PER_SOURCE):
        await contoso.client.get(f"/sign-in/back/{contoso.way}?state=x&code=x")
    assert (await contoso.come()).status_code == 429
    contoso.hub.clock.forward(minutes=16)
    assert (await contoso.come()).status_code == 303


async def test_signing_in_leads_nowhere_else(contoso: Contoso) -> None:
    address = await contoso.leave("//evil.example")
    assert (await contoso.client.get(contoso.issuer.authorise(address))).headers["location"] == "/"


async def test_a_disabled_person_does_not_come_in(contoso: Contoso) -> None:
    await contoso.come()
    [person] = (await contoso.hub.services.people.find(contoso.tenant, CONSOLE, PersonFilter())).people
    await contoso.hub.services.people.disable(contoso.tenant, CONSOLE, person.id)
    assert not await contoso.signed_in()
    answer = await contoso.come()
    assert answer.status_code == 401
    assert "disabled" in answer.text


async def test_nobody_is_added_where_the_provider_may_not(contoso: Contoso) -> None:
    await contoso.change(adds_unknown=False)
    answer = await contoso.come()
    assert "nobody has added you" in answer.text
    assert await contoso.people() == {}


async def test_somebody_who_is_here_is_known_again_by_a_verified_address(contoso: Contoso) -> None:
    await contoso.hub.person(contoso.tenant, Role.OPERATOR, "bea@acme.example")
    assert (await contoso.come()).status_code == 303
    assert await contoso.people() == {"bea@acme.example": Role.OPERATOR}
    acts = {entry.act for entry in await contoso.hub.services.audit.page(contoso.tenant, CONSOLE)}
    assert "person.link" in acts


@pytest.mark.parametrize("verified", [False, None, "yes", 1])
async def test_an_address_nobody_vouches_for_makes_nobody_somebody(contoso: Contoso, verified: object) -> None:
    await contoso.hub.person(contoso.tenant, Role.ADMINISTRATOR, "bea@acme.example")
    contoso.issuer.person["email_verified"] = verified
    answer = await contoso.come()
    assert answer.status_code == 401
    assert "your e-mail address already" in answer.text


async def test_no_address_links_where_the_provider_may_not(contoso: Contoso) -> None:
    await contoso.hub.person(contoso.tenant, Role.ADMINISTRATOR, "bea@acme.example")
    await contoso.change(links_by_email=False)
    assert (await contoso.come()).status_code == 401


async def test_nobody_of_another_tenant_is_linked(contoso: Contoso) -> None:
    await contoso.hub.person(await contoso.hub.tenant("Other"), Role.ADMINISTRATOR, "bea@acme.example")
    assert (await contoso.come()).status_code == 401
    owner = await contoso.hub.owner()
    contoso.issuer.person |= {"sub": "8", "email": owner.email}
    assert (await contoso.come()).status_code == 401


async def test_who_came_through_a_provider_has_no_password(contoso: Contoso) -> None:
    await contoso.come()
    for password in ("-", "", "a password nobody has", PASSWORD):
        with pytest.raises(Exception, match="wrong"):
            await contoso.hub.services.people.sign_in("bea@acme.example", password, source="x")


async def test_groups_of_the_provider_are_groups_and_roles_here(contoso: Contoso) -> None:
    await contoso.rule("staff", group="Everybody")
    await contoso.rule("desk", group="Front desk", role=Role.OPERATOR)
    await contoso.rule("it", role=Role.ADMINISTRATOR)
    contoso.issuer.person["groups"] = ["staff", "desk", "it", "unheard of", 7]
    await contoso.come()
    assert await contoso.people() == {"bea@acme.example": Role.ADMINISTRATOR}
    assert await contoso.groups() == {"Everybody": 1, "Front desk": 1}
    contoso.issuer.person["groups"] = "staff"
    await contoso.come()
    assert await contoso.people() == {"bea@acme.example": Role.USER}
    assert await contoso.groups() == {"Everybody": 1, "Front desk": 0}


async def test_groups_stand_where_the_administrator_says(contoso: Contoso) -> None:
    await contoso.change(claims=ClaimNames(groups="realm_access.roles"))
    await contoso.rule("staff", group="Everybody")
    contoso.issuer.person["realm_access"] = {"roles": ["staff"]}
    await contoso.come()
    assert await contoso.groups() == {"Everybody": 1}


async def test_what_the_token_does_not_say_is_taken_from_the_user_info(contoso: Contoso) -> None:
    await contoso.rule("staff", group="Everybody")
    contoso.issuer.open_userinfo = {"groups": ["staff"], "sub": "7"}
    await contoso.come()
    assert await contoso.groups() == {"Everybody": 1}
    contoso.issuer.open_userinfo = {"groups": ["staff"], "sub": "8"}
    contoso.client.cookies.clear()
    assert (await contoso.come()).status_code == 401


async def test_a_role_given_by_hand_is_kept_and_one_the_provider_gave_is_not(contoso: Contoso) -> None:
    await contoso.hub.person(contoso.tenant, Role.OPERATOR, "bea@acme.example")
    await contoso.rule("it", role=Role.ADMINISTRATOR)
    contoso.issuer.person["groups"] = ["it"]
    await contoso.come()
    assert await contoso.people() == {"bea@acme.example": Role.ADMINISTRATOR}
    contoso.issuer.person["groups"] = []
    await contoso.come()
    assert await contoso.people() == {"bea@acme.example": Role.OPERATOR}


async def test_no_provider_makes_service_owners(contoso: Contoso) -> None:
    with pytest.raises(BadInput, match="service owner"):
        await contoso.rule("it", role=Role.OWNER)


async def test_a_group_administrators_fill_is_left_alone(contoso: Contoso) -> None:
    await contoso.hub.services.groups.add(contoso.tenant, CONSOLE, name="Board")
    with pytest.raises(Conflict, match="administrators choose"):
        await contoso.rule("board", group="Board")


async def look_again(contoso: Contoso) -> bool:
    """Time passes until the provider is asked again; whether the session is still there."""
    contoso.hub.clock.forward(seconds=LOOK_AGAIN.total_seconds() + 1)
    return await contoso.signed_in()


async def test_the_provider_is_asked_again_and_changed_claims_count(contoso: Contoso) -> None:
    await contoso.rule("staff", group="Everybody", role=Role.OPERATOR)
    contoso.issuer.open_userinfo = {}
    await contoso.come()
    for with_token in (True, False):
        contoso.issuer.refresh_has_token = with_token
        contoso.issuer.person["groups"] = contoso.issuer.open_userinfo["groups"] = ["staff"] if with_token else []
        assert await look_again(contoso)
        assert await contoso.groups() == {"Everybody": int(with_token)}
        assert await contoso.people() == {"bea@acme.example": Role.OPERATOR if with_token else Role.USER}
    assert contoso.issuer.hits["/token"] == 3
    assert await contoso.signed_in()
    assert contoso.issuer.hits["/token"] == 3


async def test_who_is_not_welcome_any_more_is_signed_out(contoso: Contoso) -> None:
    await contoso.come()
    contoso.issuer.answers_refresh = False
    assert not await look_again(contoso)
    contoso.issuer.answers_refresh = True
    assert not await contoso.signed_in()


async def test_an_answer_about_somebody_else_ends_the_session(contoso: Contoso) -> None:
    await contoso.come()
    contoso.issuer.person["sub"] = "8"
    assert not await look_again(contoso)


async def test_a_provider_that_is_away_is_asked_again_soon_and_not_for_ever(contoso: Contoso) -> None:
    await contoso.come()
    contoso.issuer.broken = "/token"
    assert await look_again(contoso)
    contoso.hub.clock.forward(seconds=70)
    assert await contoso.signed_in()
    assert contoso.issuer.hits["/token"] == 3
    contoso.hub.clock.forward(seconds=VOUCHED.total_seconds())
    assert not await contoso.signed_in()


async def test_a_session_nobody_can_ask_about_is_short(contoso: Contoso) -> None:
    contoso.issuer.gives_refresh = False
    await contoso.come()
    contoso.hub.clock.forward(minutes=59)
    assert await contoso.signed_in()
    contoso.hub.clock.forward(minutes=2)
    assert not await contoso.signed_in()


async def test_tokens_and_secret_lie_sealed(contoso: Contoso) -> None:
    await contoso.come()
    contoso.hub.clock.forward(seconds=1)
    async with contoso.hub.database.reader.connect() as connection:
        for table in ("providers", "vouchings"):
            kept = str((await connection.exec_driver_sql(f"SELECT * FROM {table}")).all())
            assert SECRET not in kept
            assert "eyJ" not in kept


async def test_a_provider_that_is_removed_lets_nobody_stay(contoso: Contoso) -> None:
    await contoso.come()
    await contoso.hub.services.providers.remove(contoso.tenant, CONSOLE, contoso.provider.id)
    assert not await contoso.signed_in()
    assert (await contoso.client.get(f"/sign-in/with/{contoso.way}")).status_code == 404
    assert await contoso.people() == {"bea@acme.example": Role.USER}


async def test_signing_out_leads_to_the_provider_too(contoso: Contoso) -> None:
    await contoso.come()
    page = (await contoso.client.get("/account")).text
    secret = page.partition('name="csrf" value="')[2].partition('"')[0]
    answer = await contoso.client.post("/sign-out", data={"csrf": secret})
    assert answer.status_code == 200
    assert f"{contoso.issuer.url}/end?id_token_hint=" in answer.text
    assert not await contoso.signed_in()


async def shared(contoso: Contoso, **claims: str) -> None:
    """A provider of the service that serves several tenants takes the place of the tenant's."""
    await contoso.hub.services.providers.remove(contoso.tenant, CONSOLE, contoso.provider.id)
    wanted = attrs.evolve(wish(contoso.issuer.url), claims=ClaimNames(**claims), links_by_email=False)
    contoso.provider = await contoso.hub.services.providers.add(SERVICE, CONSOLE, wanted, SECRET)


async def test_a_provider_of_many_tenants_lets_each_into_their_own(contoso: Contoso) -> None:
    other = await contoso.hub.tenant("Other")
    await shared(contoso, home="tid")
    for value, home in (("one", contoso.tenant), ("two", other)):
        await contoso.hub.services.providers.add_home(SERVICE, CONSOLE, contoso.provider.id, value=value, home=home)
    await contoso.rule("staff", group="Everybody", role=Role.OPERATOR)
    for value, email in (("one", "a@x.example"), ("two", "b@x.example")):
        contoso.issuer.person = {"sub": value, "email": email, "tid": value, "groups": ["staff"]}
        assert (await contoso.come()).status_code == 303
    assert await contoso.people() == {"a@x.example": Role.OPERATOR}
    assert await contoso.people(other) == {"b@x.example": Role.OPERATOR}
    for stranger in ("three", "", None, ["one"]):
        contoso.issuer.person["tid"] = stranger
        answer = await contoso.come()
        assert answer.status_code == 401
        assert "organisation is not known" in answer.text


async def test_who_changes_the_tenant_is_signed_out(contoso: Contoso) -> None:
    await shared(contoso, home="tid")
    await contoso.hub.services.providers.add_home(
        SERVICE, CONSOLE, contoso.provider.id, value="one", home=contoso.tenant
    )
    contoso.issuer.person["tid"] = "one"
    assert (await contoso.come()).status_code == 303
    contoso.issuer.person["tid"] = "two"
    assert not await look_again(contoso)


@pytest.mark.parametrize(("verified", "status"), [(True, 303), (False, 401)])
async def test_only_a_verified_address_tells_the_tenant(contoso: Contoso, verified: bool, status: int) -> None:
    await shared(contoso, home=EMAIL_DOMAIN)
    await contoso.hub.services.providers.add_home(
        SERVICE, CONSOLE, contoso.provider.id, value="acme.example", home=contoso.tenant
    )
    contoso.issuer.person["email_verified"] = verified
    assert (await contoso.come()).status_code == status


async def test_an_issuer_with_a_place_for_the_organisation(contoso: Contoso) -> None:
    """As Entra ID does for all organisations: the token names the organisation's own issuer."""
    organisation = "4f2f1c5e-0000-4000-8000-000000000001"
    template = f"{contoso.issuer.url}/{ANY_TENANT}"
    assert Provider(
        id=contoso.provider.id, tenant=SERVICE, name="x", issuer=template, client_id="x", created_at=BIRTH
    ).issuer_of({"tid": organisation}) == template.replace(ANY_TENANT, organisation)
    for wrong in (None, "", "../evil", organisation + "x", 7):
        provider = attrs.evolve(contoso.provider, issuer=template)
        assert provider.issuer_of({"tid": wrong}) == ""


BROKEN: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "no token endpoint": {"token_endpoint": None},
    "plain http elsewhere": {"token_endpoint": "http://10.0.0.1/token"},
    "a file": {"jwks_uri": "file:///etc/passwd"},
    "somebody else's secrets": {"jwks_uri": "https://user:password@login.example/keys"},
    "PKCE without S256": {"code_challenge_methods_supported": ["plain"]},
    "a list": {"issuer": ["x"]},
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_document_that_cannot_be_right_is_told(contoso: Contoso, fault: str) -> None:
    contoso.issuer.document = BROKEN[fault]
    with pytest.raises(ProviderTrouble):
        await contoso.hub.services.providers.test(contoso.tenant, CONSOLE, contoso.provider.id)
    answer = await contoso.client.get(f"/sign-in/with/{contoso.way}")
    assert answer.status_code == 503
    assert "does not answer as it should" in answer.text


async def test_a_document_without_end_is_not_read(contoso: Contoso) -> None:
    contoso.issuer.extra = PROVIDER_BYTES
    with pytest.raises(ProviderTrouble, match="bytes"):
        await contoso.hub.services.providers.test(contoso.tenant, CONSOLE, contoso.provider.id)


async def test_documents_are_read_once_an_hour(contoso: Contoso) -> None:
    for minutes in (0, 30, 29):
        contoso.hub.clock.forward(minutes=minutes)
        await contoso.leave()
    assert contoso.issuer.hits["/.well-known/openid-configuration"] == 1
    contoso.hub.clock.forward(minutes=2)
    await contoso.leave()
    assert contoso.issuer.hits["/.well-known/openid-configuration"] == 2


@pytest.mark.parametrize(
    "address",
    ["http://login.example", "https://", "https://a b", "ftp://x", "https://x?y", "https://x#y", "", "https://x:99999"],
)
async def test_what_is_no_issuer_is_not_taken(contoso: Contoso, address: str) -> None:
    with pytest.raises(BadInput):
        await contoso.change(issuer=address)


async def test_another_issuer_does_not_get_the_secret_of_the_first(contoso: Contoso) -> None:
    wanted = attrs.evolve(wish("https://evil.example"), name="Contoso")
    with pytest.raises(BadInput, match="secret"):
        await contoso.hub.services.providers.change(contoso.tenant, CONSOLE, contoso.provider.id, wanted)


async def test_only_who_manages_providers_does(contoso: Contoso) -> None:
    for role in (Role.USER, Role.OPERATOR):
        person = await contoso.hub.person(contoso.tenant, role)
        with pytest.raises(NotAllowed):
            await contoso.hub.services.providers.list(contoso.tenant, person.actor)
    stranger = await contoso.hub.person(await contoso.hub.tenant("Other"))
    with pytest.raises(NotAllowed):
        await contoso.hub.services.providers.list(contoso.tenant, stranger.actor)


async def test_requests_that_come_at_once_use_the_refresh_token_once(contoso: Contoso) -> None:
    await contoso.come()
    contoso.hub.clock.forward(seconds=LOOK_AGAIN.total_seconds() + 1)
    assert all(await asyncio.gather(*(contoso.signed_in() for _ in range(5))))
    assert contoso.issuer.hits["/token"] == 2


async def offered(contoso: Contoso, email: str = "") -> bool:
    """Whether the page of sign-in shows the provider, to a stranger or to who types an address."""
    page = await contoso.client.get("/sign-in")
    if email:
        secret = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        page = await contoso.client.post("/sign-in/organisation", data={"csrf": secret, "email": email})
    assert page.status_code == 200
    assert 'name="password"' in page.text
    return "Sign in with Contoso" in page.text


async def test_a_tenants_providers_are_shown_to_its_own_people_where_there_are_several(contoso: Contoso) -> None:
    await contoso.change(domains=("acme.example",))
    assert await offered(contoso)
    other = await contoso.hub.tenant("Other")
    assert not await offered(contoso)
    assert await offered(contoso, " Bea@ACME.example ")
    for stranger in ("bea@other.example", "acme.example", "@", "bea@x.acme.example", "bea@acme.example.evil"):
        assert await offered(contoso, stranger) is (stranger == "acme.example")
    wanted = attrs.evolve(wish("https://evil.example"), domains=("acme.example",))
    with pytest.raises(Conflict, match="domain"):
        await contoso.hub.services.providers.add(other, CONSOLE, wanted, SECRET)


async def test_a_provider_of_many_tenants_is_shown_to_everybody(contoso: Contoso) -> None:
    await contoso.hub.tenant("Other")
    await shared(contoso, home="tid")
    assert await offered(contoso)
