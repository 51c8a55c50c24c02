"""What plugins in processes of their own may take, and that nobody else feels it."""

from __future__ import annotations

import time
from pathlib import Path

import attrs
import pytest
import trio
from outside_plugins import GATE, HASTY, OUTSIDE, outside, process_of, service, state
from plugin_maker import Maker, running

from tympan._states import PluginState

pytestmark = pytest.mark.anyio


async def test_an_endless_loop_is_ended_and_stops_nothing_else(maker: Maker, tmp_path: Path) -> None:
    outside(maker, "loop", service("await trio.sleep(0.3)\nwhile True: pass"))
    maker.plugin("other")
    async with running(tmp_path / "home", limits=HASTY) as bench:
        await bench.until("loop", PluginState.RUNNING)
        await bench.until("loop", PluginState.FAILED, "answered nothing for 0.7 s")
        assert state(bench, "other") is PluginState.RUNNING
        assert bench.record("other").restarts == 0


async def test_an_agent_that_stood_still_itself_ends_nobody(maker: Maker, tmp_path: Path) -> None:
    outside(maker, "gate", GATE)
    async with running(tmp_path / "home", limits=HASTY) as bench:
        pid = await process_of(bench)
        time.sleep(2.0)  # noqa: ASYNC251 - the whole event loop, as a plugin in the agent may keep it
        for _ in range(10):
            await trio.sleep(0.1)
            assert await process_of(bench) == pid
        assert bench.record("gate").restarts == 0


async def test_a_memory_hog_meets_its_limit_and_stops_nothing_else(maker: Maker, tmp_path: Path) -> None:
    taking = "await trio.sleep(0.1)\ntaken = [bytearray(1 << 20) for _ in range(200)]"
    hog = service(f"{taking}\nhost.note(f'{{len(taken)}} MiB taken')\nawait trio.sleep_forever()")
    outside(maker, "hog", hog, "\n[limits]\nmemory_mib = 64\n")
    outside(maker, "roomy", hog, "\n[limits]\nmemory_mib = 512\n")
    maker.plugin("other")
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("hog", PluginState.FAILED, "MemoryError")
        await bench.until("roomy", PluginState.RUNNING, "200 MiB taken")
        assert (state(bench, "other"), bench.record("other").restarts) == (PluginState.RUNNING, 0)


async def test_one_that_keeps_a_processor_busy_is_ended(maker: Maker, tmp_path: Path) -> None:
    busy = service("while True:\n    sum(range(100_000))\n    await trio.lowlevel.checkpoint()")
    outside(maker, "busy", busy, "\n[limits]\ncpu_percent = 5\n")
    async with running(tmp_path / "home", limits=attrs.evolve(OUTSIDE, outside_window_s=0.5)) as bench:
        await bench.until("busy", PluginState.FAILED, "its manifest allows 5 %")


async def test_memory_of_what_it_started_counts(maker: Maker, tmp_path: Path) -> None:
    taking = "import os, time\nif os.fork() == 0:\n    taken = b'x' * (90 << 20)\n    time.sleep(1000)"
    code = service(f"{taking}\n{taking}\nawait trio.sleep_forever()")
    outside(maker, "hogs", code, "\n[limits]\nmemory_mib = 100\n")
    outside(maker, "roomy", code, "\n[limits]\nmemory_mib = 1000\n")
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("hogs", PluginState.FAILED, "MiB with what it started; its manifest allows 100 MiB")
        assert bench.record("roomy").restarts == 0


async def test_processor_time_of_what_it_started_counts(maker: Maker, tmp_path: Path) -> None:
    busy = service("import os\nif os.fork() == 0:\n    os.setsid()\n    while True: pass\nawait trio.sleep_forever()")
    outside(maker, "busy", busy, "\n[limits]\ncpu_percent = 5\n")
    async with running(tmp_path / "home", limits=attrs.evolve(OUTSIDE, outside_window_s=0.5)) as bench:
        await bench.until("busy", PluginState.FAILED, "its manifest allows 5 %")


async def test_one_that_starts_processes_for_ever_is_ended(maker: Maker, tmp_path: Path) -> None:
    bomb = "import subprocess\nfor _ in range(70):\n    subprocess.Popen(['sleep', '1000'])\nawait trio.sleep_forever()"
    outside(maker, "bomb", service(bomb))
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("bomb", PluginState.FAILED, "processes; at most 64 are allowed")


async def test_what_it_writes_goes_into_the_log_and_no_more_than_is_read(maker: Maker, tmp_path: Path) -> None:
    outside(
        maker, "loud", service("for n in range(5000): print('line', n)\nhost.note('said')\nawait trio.sleep_forever()")
    )
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("loud", PluginState.RUNNING, "said")
        await trio.sleep(0.2)
        lines = [fields for message, fields in bench.lines if message == "a plugin wrote"]
        assert lines[0] == {"plugin": "loud", "line": "line 0"}
        assert len(lines) == 100
