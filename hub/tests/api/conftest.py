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


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.0.192",
    "192.88.99.1",
    "3fff::1",
    "3fff:fff::1",
    "::ffff:192.0.0.192",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]
