"""Fixtures of the hub's tests: asyncio, real databases, real keys, a clock that is set by hand."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hub_rig import Bench, PostgreSQL, bench, database_of, postgresql


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A PostgreSQL of these tests."""
    with postgresql() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A new database of each kind: "" for a file in the test's folder, or an address."""
    async with database_of(request) as url:
        yield url


@pytest.fixture
async def hub(tmp_path: Path, database_url: str) -> AsyncIterator[Bench]:
    async with bench(tmp_path, database_url=database_url) as running:
        yield running
