"""Fixtures: trio on a clock that jumps, for nearly everything around the plugin is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tympan.testing import jumping_clock
from tympan_pull_release import _orders, _service


@pytest.fixture
def anyio_backend() -> Iterator[tuple[str, dict[str, Any]]]:
    with jumping_clock() as clock:
        yield "trio", {"clock": clock}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at what is late, and waits for printers, in a moment."""
    monkeypatch.setattr(_orders, "LATE_LOOK_S", 0.02)
    monkeypatch.setattr(_orders, "PRINTER_S", 0.1)
    monkeypatch.setattr(_service, "RETRY_FIRST_S", 0.02)
