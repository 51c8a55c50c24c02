"""Fixtures of the tests of discovery."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "trio"
