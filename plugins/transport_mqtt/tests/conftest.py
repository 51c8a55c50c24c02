"""Fixtures: trio, and a Mosquitto on loopback that lets anybody in who shows a certificate of its authority."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mqtt_broker import SmallBroker, small_broker


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallBroker]:
    with small_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running
