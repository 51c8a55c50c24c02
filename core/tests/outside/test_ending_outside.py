"""How a plugin's own process ends: with all that it started, and nothing of it left open."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
import trio
from conformance_rig import FRONT, JOB
from outside_plugins import GATE, OUTSIDE, gone, outside, service
from plugin_maker import Maker, running

from tympan._errors import StoreError
from tympan._home import Home
from tympan._ids import PluginId
from tympan._limits import Limits
from tympan._outside._process import _Running
from tympan._printer_file import PrinterFile
from tympan._states import JobState, PluginState

pytestmark = pytest.mark.anyio


async def test_all_that_it_started_ends_with_it(maker: Maker, tmp_path: Path) -> None:
    starts = "import subprocess\nchild = subprocess.Popen(['sleep', '1000'])\nhost.note(str(child.pid))\n"
    outside(maker, "starter", service(starts + "await trio.sleep_forever()"))
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("starter", PluginState.RUNNING)
        await bench.poll(lambda: bench.record("starter").reason, "its child")
        child = int(bench.record("starter").reason)
        assert Path(f"/proc/{child}").exists()
    await gone(child)


FLEES = """
import os
told, tells = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(tells, str(os.getpid()).encode())
        os.execve("/bin/sleep", ["sleep", "1000"], {})
    os._exit(0)
host.note(os.read(told, 20).decode())
"""
"""Starts a program that leaves its session, its parent and its environment, as daemons do."""


@pytest.mark.parametrize("end", ["await trio.sleep_forever()", "os._exit(3)", "os.killpg(0, 9)"])
async def test_what_went_away_from_it_by_a_second_fork_and_a_session_ends_with_it(
    maker: Maker, tmp_path: Path, end: str
) -> None:
    go_on = tmp_path / "go_on"
    wait = f"while not os.path.exists({str(go_on)!r}):\n    await trio.sleep(0.01)\n"
    outside(maker, "flees", service(FLEES + wait + end))
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("flees", PluginState.RUNNING)
        await bench.poll(lambda: bench.record("flees").reason, "its child")
        fled = int(bench.record("flees").reason)
        assert os.getsid(fled) != fled
        go_on.touch()
        if "sleep" not in end:
            await gone(fled)
            await bench.poll(lambda: bench.record("flees").restarts >= 1, "its end to be seen")
    await gone(fled)


async def test_it_ends_when_the_agent_is_gone_though_it_loops(maker: Maker, tmp_path: Path) -> None:
    outside(maker, "gate", GATE)
    lines = [
        "import sys, time, trio, pathlib",
        f"sys.path[:0] = {[str(maker.folder), str(Path(__file__).parents[1])]!r}",
        "from plugin_maker import running, QUICK",
        "from outside_plugins import OUTSIDE, asked, process_of",
    ]
    program = (
        "\n".join(lines)
        + f"""
import importlib.metadata, functools, os, signal
importlib.metadata.distributions = functools.partial(importlib.metadata.distributions, path=[{str(maker.folder)!r}])
async def main():
    async with running(pathlib.Path({str(tmp_path / "home")!r}), limits=OUTSIDE) as bench:
        print(await process_of(bench), flush=True)
        with trio.move_on_after(0.3):
            await asked(bench, "loop")
        os.kill(os.getpid(), signal.SIGKILL)
trio.run(main)
"""
    )
    env = {**os.environ, "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[1]}"}
    done = await trio.run_process([sys.executable, "-c", program], capture_stdout=True, check=False, env=env)
    assert done.returncode == -signal.SIGKILL
    await gone(int(done.stdout))


async def test_a_shielded_plugin_is_ended_within_the_grace(maker: Maker, tmp_path: Path) -> None:
    stubborn = service("with trio.CancelScope(shield=True):\n    await trio.sleep_forever()")
    outside(maker, "stubborn", stubborn)
    async with running(tmp_path / "home", limits=attrs.evolve(OUTSIDE, outside_end_s=0.2)) as bench:
        await bench.until("stubborn", PluginState.RUNNING)
        await bench.policy(stubborn="off")
        found = await bench.until("stubborn", PluginState.OFF)
        assert "did not end" not in found.reason


async def test_what_it_tidies_up_when_it_is_stopped_counts(maker: Maker, tmp_path: Path) -> None:
    tidy = """
try:
    await trio.sleep_forever()
finally:
    with trio.CancelScope(shield=True):
        await host.state.put("end", b"tidy")
"""
    outside(maker, "tidy", service(tidy))
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("tidy", PluginState.RUNNING)
        await bench.policy(tidy="off")
        await bench.until("tidy", PluginState.OFF)
        assert await bench.agent.store.kv_get(PluginId("tidy"), "end") == b"tidy"


HANDS_IN = """
events = host.bus.subscribe(JobChanged)
intake = host.jobs.open(NewJob(printer="front", name="half", user="ada"))
await intake.write(bytes(100_000))
host.note("begun")
await trio.sleep(0.5)
import os
os._exit(1)
"""


async def test_what_it_left_open_is_closed_when_its_process_ends(maker: Maker, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    PrinterFile(Home(tmp_path / "home")).write((FRONT,))
    outside(maker, "hands_in", service(HANDS_IN), permissions=["jobs"])
    async with running(
        tmp_path / "home", limits=attrs.evolve(OUTSIDE, backoff_first_s=30.0, backoff_last_s=60.0)
    ) as bench:
        await bench.until("hands_in", PluginState.RUNNING, "begun")
        [job] = bench.agent.book.all()
        listening = len(bench.agent.bus._subscriptions)
        await bench.until("hands_in", PluginState.FAILED, "ended with status 1")
        assert len(bench.agent.bus._subscriptions) == listening - 1
        [job] = bench.agent.book.all()
        assert (job.state, job.detail) == (JobState.ABORTED, "the plugin that received it ended")


def test_what_is_waited_for_in_a_process_ends_within_the_grace() -> None:
    assert Limits().outside_end_s < Limits().grace_s


class FullDisk:
    """A job that cannot be given up."""

    job = attrs.evolve(JOB, state=JobState.RECEIVING)

    async def abandon(self, why: str) -> None:
        await trio.lowlevel.checkpoint()
        raise StoreError("the disk is full")


class Gone:
    """What is left of the pipe of a plugin that was handing a job in."""

    unfinished = (FullDisk(),)

    def close(self, why: BaseException) -> None: ...


async def test_a_process_is_ended_also_when_what_it_handed_in_cannot_be_given_up() -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(1000)"]
    process = await trio.lowlevel.open_process(argv, stdin=subprocess.PIPE, start_new_session=True)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        leaving = _Running(process, ours, lambda *_, **__: None, OUTSIDE)
        leaving._peer = Gone()  # type: ignore[assignment]
        with pytest.raises(StoreError):
            await leaving.end()
    with trio.fail_after(10):
        assert await process.wait() == -signal.SIGKILL
