"""Runs the tests under trio, and lets them import the modules beside them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))


@pytest.fixture
def anyio_backend() -> str:
    return "trio"
