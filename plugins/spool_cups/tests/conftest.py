"""Fixtures: trio, a private CUPS, a real IPP printer, and a spooler that talks to them."""

from collections.abc import AsyncIterator

import pytest
from rig import Cupsd, EvePrinter, ippeveprinter, private_cupsd

from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._spooler import CupsSpooler


@pytest.fixture
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


@pytest.fixture
def settings(cups: Cupsd) -> SpoolSettings:
    log = str(cups.root / "log" / "error_log")
    return SpoolSettings(server=str(cups.socket), error_log=log, watch_interval_s=0.1)


@pytest.fixture
def spooler(settings: SpoolSettings) -> CupsSpooler:
    return CupsSpooler(settings)
