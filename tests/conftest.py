"""For all tests of the whole system: what a test sets a hub up with costs little, as it is not what is tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hub_rig import at_once


@pytest.fixture(scope="session", autouse=True)
def _hubs_at_once() -> Iterator[None]:
    with at_once():
        yield
