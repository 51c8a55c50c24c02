"""The suite of the spooler port, on a real CUPS."""

from pathlib import Path

import pytest
from rig import EvePrinter

from tympan.plugin import Health, Spooler
from tympan.testing import ExaminerSuite, SpoolerSuite
from tympan_spool_cups._examiner import CupsExaminer
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


@pytest.mark.anyio
class TestCupsExaminer(ExaminerSuite):
    @pytest.fixture
    def examiner(self, settings: SpoolSettings) -> CupsExaminer:
        return CupsExaminer(CupsSpooler(settings))


@pytest.mark.anyio
async def test_a_print_system_that_does_not_answer_is_a_problem_with_a_way_out(tmp_path: Path) -> None:
    away = CupsExaminer(CupsSpooler(SpoolSettings(server=str(tmp_path / "no.sock"))))
    [found] = await away.examine()
    assert found.health is Health.PROBLEM
    assert "systemctl start cups" in found.then
