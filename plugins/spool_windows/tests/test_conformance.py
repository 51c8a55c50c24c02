"""The suites of the spooler port, on the plugin with presses of its own over a spooler that is a folder."""

from __future__ import annotations

import pytest
from rig import EvePrinter
from windows_of_tests import FolderWindows

from tympan.plugin import Spooler
from tympan.testing import SpoolerSuite, SpoolJobsSuite
from tympan_spool_windows._records import QueueRecord
from tympan_spool_windows._spooler import WindowsSpooler


@pytest.mark.anyio
@pytest.mark.system
class TestWindowsSpooler(SpoolerSuite):
    @pytest.fixture
    def endpoint(self, eve: EvePrinter) -> str:
        return eve.uri


@pytest.mark.anyio
class TestJobsOfTheWindowsSpooler(SpoolJobsSuite):
    @pytest.fixture
    def queue(self, windows: FolderWindows) -> str:
        windows.put(QueueRecord(name="Desk", port="USB001", driver="ACME 3000"))
        return "Desk"


@pytest.mark.anyio
class TestJobsWithoutNotices(SpoolJobsSuite):
    """The spooler tells nothing of its own accord; then it keeps its jobs long enough to be looked at."""

    @pytest.fixture
    def queue(self, windows: FolderWindows) -> str:
        windows.silent = windows.keeps = True
        windows.put(QueueRecord(name="Desk", port="USB001", driver="ACME 3000"))
        return "Desk"


@pytest.mark.anyio
async def test_the_plugins_spooler_is_one(spooler: WindowsSpooler) -> None:
    assert isinstance(spooler, Spooler)
