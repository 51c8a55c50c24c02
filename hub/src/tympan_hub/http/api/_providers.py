"""Sign-in providers: of a tenant, or, where a service owner names none, of the service."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from tympan_hub.domain.ids import GroupId, ProviderId, TenantId
from tympan_hub.domain.limits.providers import CLAIM_CHARS, PROVIDER_RULES, PROVIDER_SCOPES
from tympan_hub.domain.limits.values import URI_OCTETS
from tympan_hub.domain.people import Role
from tympan_hub.domain.providers import ClaimNames
from tympan_hub.domain.providers import Provider as Known
from tympan_hub.http.api._ask import Ask, InScope
from tympan_hub.http.api._cursor import cut
from tympan_hub.http.api._etag import TAGGED, IfMatch, check_same, tagged
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, WORD, After, Given, Limit, Moment, Name, Page, Told, Truth
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.providers import ProviderWanted

router = APIRouter(tags=["providers"], route_class=ApiRoute)

ProviderIn = Annotated[str, Path(pattern=WORD, description="A provider's id.")]
Claim = Annotated[str, Field(max_length=CLAIM_CHARS)]
Value = Annotated[str, Field(min_length=1, max_length=CLAIM_CHARS)]
Secret = Annotated[str, Field(min_length=1, max_length=1000)]


Scopes = Annotated[list[Value], Field(max_length=PROVIDER_SCOPES, default_factory=lambda: list(_SCOPES))]
Domains = Annotated[list[Value], Field(max_length=PROVIDER_RULES, default_factory=list)]
_SCOPES = ("openid", "profile", "email", "offline_access")


class Claims(Told):
    """Where in the claims things stand."""

    name: str
    email: str
    login: str
    groups: str
    home: str


class Rule(Told):
    """What a value of the claim of groups means."""

    value: str
    group: str | None
    group_name: str
    role: Role | None


class Home(Told):
    """Whose people come with a value."""

    value: str
    tenant: str


class Provider(Told):
    """A provider; its client secret is never told."""

    id: str
    name: str
    issuer: str
    client_id: str
    scopes: list[str]
    claims: Claims
    rules: list[Rule]
    homes: list[Home]
    domains: list[str]
    adds_unknown: bool
    links_by_email: bool
    for_owners: bool = Field(description="Whether it lets service owners in, and nobody else.")
    created_at: Moment


class ProviderChange(Given):
    """What an administrator says of a provider; without `client_secret` the one there is stays."""

    name: Name
    issuer: Annotated[str, Field(min_length=1, max_length=URI_OCTETS)]
    client_id: Value
    client_secret: Secret | None = None
    scopes: Scopes
    claim_name: Claim = "name"
    claim_email: Claim = "email"
    claim_login: Claim = ""
    claim_groups: Claim = "groups"
    claim_home: Claim = ""
    domains: Domains
    adds_unknown: Truth = True
    links_by_email: Truth = False

    @property
    def wanted(self) -> ProviderWanted:
        """As the service takes it."""
        return ProviderWanted(
            name=self.name,
            issuer=self.issuer,
            client_id=self.client_id,
            scopes=tuple(self.scopes),
            claims=ClaimNames(
                name=self.claim_name,
                email=self.claim_email,
                login=self.claim_login,
                groups=self.claim_groups,
                home=self.claim_home,
            ),
            domains=tuple(self.domains),
            adds_unknown=self.adds_unknown,
            links_by_email=self.links_by_email,
        )


class ProviderGiven(ProviderChange):
    """A new provider."""

    client_secret: Secret
    for_owners: Truth = Field(
        default=False, description="Whether it lets service owners in, and nobody else: only for one of the service."
    )


class RuleGiven(Given):
    """What a value shall mean: a group, which is made if there is none, a role, or both."""

    value: Value
    group: Annotated[str, Field(max_length=CLAIM_CHARS)] = ""
    role: Role | None = None


class RuleGone(Given):
    """A rule to take back, as it is listed."""

    value: Value
    group: Annotated[str, Field(pattern=WORD)] | None = None
    role: Role | None = None


class HomeGiven(Given):
    """Whose people shall come with a value."""

    value: Value
    tenant: Annotated[str, Field(pattern=WORD)]


class HomeGone(Given):
    """A value that shall lead nowhere any more."""

    value: Value


class Tested(Told):
    """What a provider answered just now."""

    names_itself: bool = Field(description="Whether each of its answers names the issuer (RFC 9207).")
    signs_out: bool = Field(description="Whether it can be told that somebody signs out.")
    keys: int


@router.get("/providers", operation_id="list-providers")
async def every(ask: InScope, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Provider]:
    """All providers, by name."""
    found = await ask.services.providers.list(ask.tenant, ask.actor)
    page, following = cut(found, lambda known: (known.name, known.id), after, limit)
    return Page(items=[Provider.model_validate(known) for known in page], next=following)


@router.post("/providers", operation_id="add-provider", status_code=201, responses={201: TAGGED})
async def add(ask: InScope, given: ProviderGiven, response: Response) -> Provider:
    """Adds a provider; its id is made from its name."""
    made = await ask.services.providers.add(
        ask.tenant, ask.actor, given.wanted, given.client_secret, for_owners=given.for_owners
    )
    return _tagged(response, made)


@router.get("/providers/{provider}", operation_id="get-provider", responses={200: TAGGED})
async def one(ask: InScope, provider: ProviderIn, response: Response) -> Provider:
    """One provider."""
    return _tagged(response, await ask.services.providers.get(ask.tenant, ask.actor, ProviderId(provider)))


@router.put("/providers/{provider}", operation_id="change-provider", responses={200: TAGGED})
async def change(
    ask: InScope, provider: ProviderIn, given: ProviderChange, response: Response, if_match: IfMatch = None
) -> Provider:
    """Changes a provider; its rules stay. Another issuer needs its own secret."""
    secret, meant = given.client_secret or "", await _meant(ask, provider, if_match)
    made = await ask.services.providers.change(
        ask.tenant, ask.actor, ProviderId(provider), given.wanted, secret, read=meant
    )
    return _tagged(response, made)


@router.delete("/providers/{provider}", operation_id="remove-provider", status_code=204)
async def remove(ask: InScope, provider: ProviderIn, if_match: IfMatch = None) -> None:
    """Removes a provider; who came through it is signed out."""
    meant = await _meant(ask, provider, if_match)
    await ask.services.providers.remove(ask.tenant, ask.actor, ProviderId(provider), read=meant)


@router.post("/providers/{provider}/test", operation_id="test-provider")
async def test(ask: InScope, provider: ProviderIn) -> Tested:
    """Reads its discovery document and its keys now; 503 says what is wrong."""
    return Tested.model_validate(await ask.services.providers.test(ask.tenant, ask.actor, ProviderId(provider)))


@router.post("/providers/{provider}/rules", operation_id="add-provider-rule", status_code=201)
async def add_rule(ask: InScope, provider: ProviderIn, given: RuleGiven) -> Provider:
    """Adds a rule."""
    await ask.services.providers.add_rule(
        ask.tenant, ask.actor, ProviderId(provider), value=given.value, group=given.group, role=given.role
    )
    return Provider.model_validate(await ask.services.providers.get(ask.tenant, ask.actor, ProviderId(provider)))


@router.post("/providers/{provider}/rules/remove", operation_id="remove-provider-rule")
async def remove_rule(ask: InScope, provider: ProviderIn, given: RuleGone) -> Provider:
    """Takes a rule back."""
    group = GroupId(given.group) if given.group else None
    await ask.services.providers.remove_rule(
        ask.tenant, ask.actor, ProviderId(provider), value=given.value, group=group, role=given.role
    )
    return Provider.model_validate(await ask.services.providers.get(ask.tenant, ask.actor, ProviderId(provider)))


@router.post("/providers/{provider}/homes", operation_id="add-provider-home", status_code=201)
async def add_home(ask: InScope, provider: ProviderIn, given: HomeGiven) -> Provider:
    """Says whose people come with a value; only for a provider of the service."""
    home = TenantId(given.tenant)
    await ask.services.providers.add_home(ask.tenant, ask.actor, ProviderId(provider), value=given.value, home=home)
    return Provider.model_validate(await ask.services.providers.get(ask.tenant, ask.actor, ProviderId(provider)))


@router.post("/providers/{provider}/homes/remove", operation_id="remove-provider-home")
async def remove_home(ask: InScope, provider: ProviderIn, given: HomeGone) -> Provider:
    """Takes that back."""
    await ask.services.providers.remove_home(ask.tenant, ask.actor, ProviderId(provider), value=given.value)
    return Provider.model_validate(await ask.services.providers.get(ask.tenant, ask.actor, ProviderId(provider)))


async def _meant(ask: Ask, provider: str, if_match: str | None) -> Known | None:
    """The reading of a provider that a change means; None for whatever it is now."""
    read = await ask.services.providers.get(ask.tenant, ask.actor, ProviderId(provider))
    return read if check_same(if_match, Provider.model_validate(read)) else None


def _tagged(response: Response, provider: Known) -> Provider:
    told = Provider.model_validate(provider)
    tagged(response, told)
    return told
