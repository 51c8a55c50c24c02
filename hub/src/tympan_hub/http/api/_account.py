"""The token that asks, and whose it is."""

from fastapi import APIRouter

from tympan_hub.domain.people import ACTS, Act, Role
from tympan_hub.http.api._ask import AtHome
from tympan_hub.http.api._kinds import Moment, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["account"], route_class=ApiRoute)


class Account(Told):
    """Who asks."""

    tenant: str
    tenant_name: str
    person: str
    email: str
    name: str
    role: Role
    may: list[Act]
    token: str
    token_name: str
    token_expires_at: Moment


@router.get("/me", operation_id="get-account")
async def account(ask: AtHome) -> Account:
    """Who asks, where, and what they may do."""
    tenant = await ask.services.tenants.get(ask.tenant)
    return Account(
        tenant=ask.tenant,
        tenant_name=tenant.name if tenant else "",
        person=ask.person.id,
        email=ask.person.email,
        name=ask.person.name,
        role=ask.person.role,
        may=sorted(ACTS[ask.person.role]),
        token=ask.token.id,
        token_name=ask.token.name,
        token_expires_at=ask.token.expires_at,
    )
