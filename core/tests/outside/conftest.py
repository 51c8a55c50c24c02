"""A pipe, and plugins made for a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from outside_rig import Pair, open_pair
from plugin_maker import Maker, making


@pytest.fixture
async def pair(anyio_backend: str) -> AsyncIterator[Pair]:
    async with open_pair() as made:
        yield made


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made
