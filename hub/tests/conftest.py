"""Fixtures of the hub's tests: asyncio, real databases, real keys, a clock that is set by hand."""

import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hub_rig import AgentKey, Bench, PostgreSQL, RemoteAgent, Stage, at_once, bench, database_of, postgresql

HERE = Path(__file__).parent
WHOLE_ON_BOTH = {
    "test_agent_list",
    "test_audit_kept",
    "test_backup",
    "test_border",
    "test_jobs",
    "test_keeping",
    "test_presence",
    "test_printer_list",
    "test_reports",
    "test_row_security",
    "test_storage",
    "test_tell_again",
    "test_tunnel",
    "test_tunnel_attacks",
    "test_tunnel_ends",
    "test_tunnel_envelopes",
    "test_tunnel_leases",
    "test_tunnel_races",
    "test_tunnel_room",
    "test_uploads",
    "test_usage",
    "test_wakes",
    "test_writers",
}
"""Modules about what the databases do differently: locks, row-level security, upserts, sums, searches, wake-ups, types,
and every method of every repository (`test_border`).
"""

_ONE_IN = 5


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the other modules a fifth is tried on PostgreSQL too, always the same one; the rest of it is for soaks."""
    for item in items:
        chosen = item.callspec.params.get("database_url") if hasattr(item, "callspec") else None
        elsewhere = item.path.parent != HERE or item.path.stem in WHOLE_ON_BOTH
        if chosen == "postgresql" and not elsewhere and zlib.crc32(item.name.encode()) % _ONE_IN:
            item.add_marker(pytest.mark.soak)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _hubs_at_once() -> Iterator[None]:
    with at_once():
        yield


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


@pytest.fixture
async def stage(hub: Bench) -> Stage:
    tenant = await hub.tenant()
    admin = await hub.person(tenant, email="ada@acme.example")
    return Stage(hub, tenant, admin, RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new()))
