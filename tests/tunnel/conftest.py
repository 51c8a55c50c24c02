"""Fixtures of the tests of the tunnel."""

import pytest


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "trio"
