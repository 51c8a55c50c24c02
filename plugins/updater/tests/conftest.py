"""Fixtures: trio, and a machine beside a shop that has published a version for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_rig import Machine, Workshop, machine


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path)
    made.version("1.1.0")
    return made


@pytest.fixture
def desk(tmp_path: Path, workshop: Workshop) -> Machine:
    return machine(tmp_path, workshop.root)
