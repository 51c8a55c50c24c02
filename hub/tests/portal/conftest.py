"""A hub with its portal, and people who are signed in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from hub_rig import PASSWORD, Bench, database_of
from portal_steps import URL, SignIn, csrf

from tympan_hub.domain.people import Person
from tympan_hub.http.app import create_app
from tympan_hub.http.portal import portal


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
async def database_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """As all of the hub's tests; pages ask the services that were tried on both, so the second time is for soaks."""
    async with database_of(request) as url:
        yield url


@pytest.fixture
async def visitor(hub: Bench) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is not signed in."""
    app = create_app(hub.services, public_url=URL, mounts=[portal(hub.clock, URL)])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


@pytest.fixture
def sign_in(visitor: httpx.AsyncClient) -> SignIn:
    """Signs a person in with that browser."""

    async def signed_in(person: Person) -> httpx.AsyncClient:
        visitor.cookies.clear()
        form = {"csrf": await csrf(visitor, "/sign-in"), "email": person.email, "password": PASSWORD}
        answer = await visitor.post("/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        return visitor

    return signed_in
