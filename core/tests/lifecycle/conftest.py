"""Plugins made for a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from plugin_maker import Maker, making


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made
