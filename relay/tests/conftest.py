"""Fixtures: trio on a clock that jumps, for nearly everything around is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tympan.testing import jumping_clock


@pytest.fixture
def anyio_backend() -> Iterator[tuple[str, dict[str, Any]]]:
    with jumping_clock() as clock:
        yield "trio", {"clock": clock}
