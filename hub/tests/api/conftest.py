"""The API's tests on a database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hub_rig import database_of


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
async def database_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """As all of the hub's tests; routes ask the services that were tried on both, so the second time is for soaks."""
    async with database_of(request) as url:
        yield url
