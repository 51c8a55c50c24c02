"""Fixtures of the print-path tests: trio, a private CUPS, a real IPP printer."""

from collections.abc import AsyncIterator

import pytest
from rig import Cupsd, EvePrinter, ippeveprinter, private_cupsd


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
async def cups() -> AsyncIterator[Cupsd]:
    async with private_cupsd() as cupsd:
        yield cupsd


@pytest.fixture
async def eve() -> AsyncIterator[EvePrinter]:
    async with ippeveprinter() as printer:
        yield printer
