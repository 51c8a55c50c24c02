"""Fixtures of pull printing's whole-system tests: trio."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "trio"
