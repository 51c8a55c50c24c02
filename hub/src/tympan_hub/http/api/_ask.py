"""Who asks, and about which tenant."""

from typing import Annotated

from attrs import evolve, frozen
from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tympan_hub.domain.api_tokens import PREFIX, ApiToken, Caller
from tympan_hub.domain.errors import BadInput, NotAllowed, NotFound, NotSignedIn
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.people import Actor, Person, Role
from tympan_hub.http.api._kinds import WORD
from tympan_hub.service import Services

_bearer = HTTPBearer(
    scheme_name="token", bearerFormat="tym_…", description="A token made in the portal.", auto_error=False
)


@frozen(kw_only=True)
class Ask:
    """A request of a program.

    Attributes:
        services: The use cases.
        caller: Whose token it shows.
        tenant: What it is about.
        source: The network address it comes from; "" where it is not known.
    """

    services: Services
    caller: Caller
    tenant: TenantId
    source: str = ""

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.caller.actor

    @property
    def person(self) -> Person:
        """The token's maker, with the role the token gives."""
        return self.caller.person

    @property
    def token(self) -> ApiToken:
        """The token."""
        return self.caller.token


def services_of(request: Request) -> Services:
    """The use cases of the application that answers."""
    services = request.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the application has no services")
    return services


def secret_of(request: Request) -> str:
    """The token that is shown; "" when none is."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.startswith(PREFIX) else ""


async def caller_of(request: Request) -> Caller:
    """Who asks; looked up, and counted, once a request."""
    known = getattr(request.state, "caller", None)
    if isinstance(known, Caller):
        return known
    secret = secret_of(request)
    if not secret:
        raise NotSignedIn("there is no token", next_step="Send one made in the portal: Authorization: Bearer tym_…")
    caller = await services_of(request).api_tokens.caller(secret)
    request.state.caller = caller
    return caller


async def _at_home(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> Ask:
    caller = await caller_of(request)
    source = request.client.host if request.client else ""
    return Ask(services=services_of(request), caller=caller, tenant=caller.person.tenant, source=source)


_NAMED = Query(
    description="For a service owner: the tenant this is about. Everybody else is at home in theirs.",
    pattern=WORD,
)


async def _in_scope(ask: Annotated[Ask, Depends(_at_home)], tenant: Annotated[str | None, _NAMED] = None) -> Ask:
    if tenant is None or tenant == ask.tenant:
        return ask
    if ask.person.role is not Role.OWNER:
        raise NotAllowed("this token is for one tenant", next_step="Leave the parameter tenant out.")
    if await ask.services.tenants.get(TenantId(tenant)) is None:
        raise NotFound("there is no such tenant")
    return evolve(ask, tenant=TenantId(tenant))


async def _in_tenant(ask: Annotated[Ask, Depends(_in_scope)]) -> Ask:
    if ask.tenant == SERVICE:
        raise BadInput("a service owner belongs to no tenant", next_step="Name one with the parameter tenant.")
    return ask


AtHome = Annotated[Ask, Depends(_at_home)]
"""Where the token is at home."""

InScope = Annotated[Ask, Depends(_in_scope)]
"""In a tenant, or for a service owner who names none, in the scope of the service."""

InTenant = Annotated[Ask, Depends(_in_tenant)]
"""In a tenant."""
