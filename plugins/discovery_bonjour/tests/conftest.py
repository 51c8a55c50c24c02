"""Fixtures of the tests of Bonjour."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "trio"
