"""Fixtures of the hub's tests: asyncio, a real SQLite file, real keys, a clock that is set by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hub_rig import Bench, bench


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running
