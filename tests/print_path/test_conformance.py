"""The suites the industry holds printers to, against the running agent with a device behind it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rig import LEAST, Agent, EvePrinter, add_printer, agent, agent_jobs, judge, simulator, wait_for_device

from tympan_sim import Profile

pytestmark = [pytest.mark.anyio, pytest.mark.system]

SOUND = frozenset({"completed", "canceled"})
"""How jobs of a suite may end: printed, or canceled by the suite itself."""


@pytest.fixture(autouse=True)
def _ipptool() -> None:
    assert shutil.which("ipptool"), "ipptool is missing: install the package cups-ipp-utils"


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[Agent]:
    async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}) as running:
        yield running


async def passes(ours: Agent, device_uri: str, suite: str, folder: Path) -> None:
    """Asserts that the endpoint of a printer on this device passes the suite, and that its jobs ended well."""
    printer = await add_printer(ours, "Front", device_uri)
    await wait_for_device(ours, printer.id)
    folder.mkdir()
    verdict = await judge(folder, printer.endpoint, suite)
    assert verdict.failed == () and verdict.broken == (), verdict.text
    assert verdict.passed >= LEAST[suite], verdict.text
    jobs = await agent_jobs(ours)
    assert jobs, "a suite prints"
    assert {job.state for job in jobs if job.over} <= SOUND, [(job.state, job.detail) for job in jobs]


@pytest.mark.parametrize("suite", sorted(LEAST))
async def test_suite_has_no_failure_with_a_virtual_device(suite: str, ours: Agent, tmp_path: Path) -> None:
    async with simulator(tmp_path / "paper", Profile(name="lab")) as site:
        await passes(ours, site["lab"].uri, suite, tmp_path / "suite")


@pytest.mark.parametrize("suite", sorted(LEAST))
async def test_suite_has_no_failure_with_a_real_device(
    suite: str, ours: Agent, eve: EvePrinter, tmp_path: Path
) -> None:
    await passes(ours, eve.uri, suite, tmp_path / "suite")


async def test_a_suite_that_stops_early_is_not_taken_for_a_pass(tmp_path: Path) -> None:
    async with simulator(tmp_path / "paper", Profile(name="lab")) as site:
        (tmp_path / "suite").mkdir()
        verdict = await judge(tmp_path / "suite", f"{site['lab'].uri}/nobody", "ipp-1.1.test")
    assert verdict.failed or verdict.passed < LEAST["ipp-1.1.test"], verdict.text
