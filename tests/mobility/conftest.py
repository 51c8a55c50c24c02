"""Fixtures of the whole-system tests of mobility print and shared queues."""

import pytest


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "trio"
