"""What is forked stands for what is started: with streams, end and signals of its own, and gone with who forked it."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import trio
from rig import Agent, Forge, ProgramFailed, agent

pytestmark = [pytest.mark.anyio, pytest.mark.system]
HOME = {**os.environ, "TYMPAN_KEYS": "file"}


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
async def forge(tmp_path: Path) -> AsyncIterator[Forge]:
    made = Forge(tmp_path)
    yield made
    await trio.to_thread.run_sync(made.close)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Agent]:
    async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}) as made:
        yield made


async def test_a_command_has_streams_and_a_status_of_its_own(forge: Forge) -> None:
    well, badly = await forge.attempt(["--help"], HOME), await forge.attempt(["nonsense"], HOME)
    assert (well.returncode, well.stdout.startswith("Usage: tympan"), well.stderr) == (0, True, "")
    assert (badly.returncode, badly.stdout, "nonsense" in badly.stderr) == (2, "", True)


async def test_an_agent_is_no_part_of_what_it_was_forked_from(running: Agent) -> None:
    process = psutil.Process(running.pid)
    forged_from = process.parent()
    assert forged_from is not None
    assert os.getsid(running.pid) == running.pid != os.getsid(forged_from.pid)
    assert "_forge_process.py" in " ".join(forged_from.cmdline())
    assert f"127.0.0.1:{running.port}" in {f"{at.laddr.ip}:{at.laddr.port}" for at in process.net_connections("tcp")}


async def test_a_signal_ends_it_as_any_process_and_it_starts_again(running: Agent) -> None:
    first = running.pid
    await running.kill9()
    assert running.program.status == -signal.SIGKILL
    with pytest.raises(ProgramFailed, match="does not run"):
        _ = running.pid
    await running.start()
    assert running.pid != first
    assert await running.stop() == 0


async def test_what_still_runs_ends_with_who_forked_it(forge: Forge, tmp_path: Path) -> None:
    env = {**HOME, "TYMPAN_HOME": str(tmp_path / "home")}
    with (tmp_path / "log").open("wb") as log:
        left = forge.serve(["tympan", "run", "--port", "0"], env, log.fileno())
    assert left.poll() is None
    await trio.to_thread.run_sync(forge.close)
    assert await left.wait() == -signal.SIGKILL
    assert not psutil.pid_exists(left.pid)
