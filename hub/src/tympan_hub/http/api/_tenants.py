"""Tenants, for service owners."""

from fastapi import APIRouter

from tympan_hub.http.api._ask import AtHome
from tympan_hub.http.api._cursor import cut
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, After, Given, Limit, Moment, Name, Page, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["tenants"], route_class=ApiRoute)


class Tenant(Told):
    """A tenant."""

    id: str
    name: str
    created_at: Moment


class TenantGiven(Given):
    """A new tenant."""

    name: Name


@router.get("/tenants", operation_id="list-tenants")
async def every(ask: AtHome, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Tenant]:
    """All tenants, by name."""
    found = await ask.services.tenants.list(ask.actor)
    page, following = cut(found, lambda tenant: (tenant.name, tenant.id), after, limit)
    return Page(items=[Tenant.model_validate(tenant) for tenant in page], next=following)


@router.post("/tenants", operation_id="add-tenant", status_code=201)
async def add(ask: AtHome, given: TenantGiven) -> Tenant:
    """Makes a tenant; its id is made from its name."""
    return Tenant.model_validate(await ask.services.tenants.add(ask.actor, given.name))
