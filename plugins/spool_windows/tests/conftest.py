"""Fixtures: trio, and a spooler of Windows in memory and in a folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rig import EvePrinter, ippeveprinter
from windows_of_tests import FolderWindows, spooler_on

from tympan_spool_windows._spooler import WindowsSpooler


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
def windows(tmp_path: Path) -> FolderWindows:
    return FolderWindows(tmp_path)


@pytest.fixture
async def spooler(windows: FolderWindows) -> AsyncIterator[WindowsSpooler]:
    made = spooler_on(windows)
    yield made
    await made.close()


@pytest.fixture
async def eve() -> AsyncIterator[EvePrinter]:
    async with ippeveprinter() as printer:
        yield printer
