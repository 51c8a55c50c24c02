"""A hub with a tenant that has a provider which misbehaves on purpose."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from hub_rig import Bench, database_of
from issuer_rig import CHIEF, SECRET, URL, Contoso, Issuer, issuing, owners_wish, wish

from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.http.app import create_app
from tympan_hub.http.portal import portal


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
