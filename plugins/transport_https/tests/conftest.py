"""Fixtures: trio, and a hub on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from https_hub import FakeHub, hub_on_loopback


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
async def address(hub: FakeHub, anyio_backend: str) -> AsyncIterator[str]:
    async with hub_on_loopback(hub) as found:
        yield found
