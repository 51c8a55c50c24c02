"""Plugins in processes of their own, in a running agent: how they start, stop and start again."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from outside_plugins import GATE, OUTSIDE, asked, gone, outside, process_of, service
from plugin_maker import Maker, running

from tympan._errors import PluginFault
from tympan._ports import Go
from tympan._states import PluginState

pytestmark = pytest.mark.anyio


async def test_a_gate_answers_from_a_process_of_its_own(maker: Maker, tmp_path: Path) -> None:
    made = outside(maker, "gate", GATE)
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("gate", PluginState.RUNNING)
        assert await asked(bench, "go") == Go()
        pid = await process_of(bench)
        assert pid != os.getpid()
        assert not made.imported
        rows: Any = await bench.agent.control.ask("plugins", {})
        [row] = rows
        assert (row["isolation"], row["restarts"]) == ("process", 0)
    await gone(pid)


async def test_one_that_is_killed_starts_again_and_the_agent_goes_on(maker: Maker, tmp_path: Path) -> None:
    outside(maker, "gate", GATE)
    maker.plugin("other")
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        first = await process_of(bench)
        os.kill(first, signal.SIGKILL)
        await bench.poll(lambda: bench.record("gate").restarts == 1, "its end to be seen")
        await bench.until("gate", PluginState.RUNNING)
        assert await process_of(bench) != first
        assert bench.record("other").restarts == 0
        assert any("SIGKILL" in str(fields.get("error")) for _, fields in bench.lines)


async def test_a_call_under_way_ends_with_its_process(maker: Maker, tmp_path: Path) -> None:
    outside(maker, "gate", GATE.replace("await trio.lowlevel.checkpoint()", "os._exit(7)"))
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("gate", PluginState.RUNNING)
        with trio.fail_after(20), pytest.raises(PluginFault, match="ended with status 7"):
            await asked(bench)


async def test_it_has_a_clean_environment_and_no_descriptor_but_its_own(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TYMPAN_TOKEN", "secret")
    kept = (tmp_path / "kept").open("wb")
    os.set_inheritable(kept.fileno(), True)
    look = """
import json, os, resource
here = [f"/proc/self/fd/{each}" for each in os.listdir("/proc/self/fd")]
open_here = {os.readlink(each) for each in here if os.path.exists(each)}
host.note(json.dumps([dict(os.environ), sorted(open_here), os.getpgid(0) == os.getpid(), os.getcwd()]))
await trio.sleep_forever()
"""
    outside(maker, "look", service(look))
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("look", PluginState.RUNNING, "[")
        reason = bench.record("look").reason
    kept.close()
    assert "secret" not in reason
    assert "TYMPAN" not in reason
    assert str(tmp_path / "kept") not in reason
    assert reason.endswith('true, "/"]')


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise OSError('boom')", "OSError: boom"),
        ("raise SystemExit(3)", "SystemExit"),
        ("import os\nos._exit(4)", "ended with status 4"),
        ("import os\nos.abort()", "SIGABRT"),
        ("print('last words', flush=True)\nimport os\nos._exit(1)", "last words"),
        ("while True: pass", "import did not end within 1 s"),
    ],
)
async def test_one_that_cannot_be_imported_fails_alone(maker: Maker, tmp_path: Path, code: str, why: str) -> None:
    outside(maker, "bad", code)
    maker.plugin("other")
    limits = attrs.evolve(OUTSIDE, import_s=1.0) if "while" in code else OUTSIDE
    async with running(tmp_path / "home", limits=limits) as bench:
        await bench.until("bad", PluginState.FAILED, why)
        await bench.until("other", PluginState.RUNNING)
