"""The suite of the spooler port, on a real CUPS."""

import pytest
from rig import EvePrinter

from tympan.plugin import Spooler
from tympan.testing import SpoolerSuite
from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._spooler import CupsSpooler


@pytest.mark.anyio
@pytest.mark.system
class TestCupsSpooler(SpoolerSuite):
    @pytest.fixture
    def spooler(self, settings: SpoolSettings) -> Spooler:
        return CupsSpooler(settings)

    @pytest.fixture
    def endpoint(self, eve: EvePrinter) -> str:
        return eve.uri
