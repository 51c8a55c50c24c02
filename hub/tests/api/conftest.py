"""The API's tests on a database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from api_rig import Endpoint, endpoint
from hub_rig import Bench, database_of

from tympan_hub.domain.people import Person


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
async def database_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """As all of the hub's tests; routes ask the services that were tried on both, so the second time is for soaks."""
    async with database_of(request) as url:
        yield url


@pytest.fixture
async def listener() -> AsyncIterator[Endpoint]:
    async with endpoint() as running:
        yield running


@pytest.fixture
async def admin(hub: Bench) -> Person:
    return await hub.person(await hub.tenant())
