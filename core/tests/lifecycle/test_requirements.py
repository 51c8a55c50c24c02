"""What plugins need of each other."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from plugin_maker import Maker, running, state_of

from tympan._events import PluginChanged
from tympan._ids import PluginId
from tympan._states import PluginState

pytestmark = pytest.mark.anyio
RUNNING, OFF, BLOCKED = PluginState.RUNNING, PluginState.OFF, PluginState.BLOCKED


async def test_what_others_need_runs_first(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("a_user", requires=["test.z-server"])
    maker.plugin("z_server")
    async with running(tmp_path / "home", ready=False) as bench:
        with bench.agent.bus.subscribe(PluginChanged) as changes:
            ready: list[PluginId] = []
            with trio.fail_after(20):
                while len(ready) < 2:
                    change = await changes.receive()
                    if isinstance(change, PluginChanged) and change.state is RUNNING:
                        ready.append(change.plugin)
        assert ready == ["z_server", "a_user"]


async def test_a_requirement_that_is_missing_off_or_circular_blocks_with_the_reason(
    maker: Maker, tmp_path: Path
) -> None:
    lost = maker.plugin("lost", requires=["test.nobody"])
    maker.plugin("server", default="off")
    user = maker.plugin("user", requires=["test.server"])
    maker.plugin("egg", requires=["test.hen"])
    maker.plugin("hen", requires=["test.egg"])
    maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        assert state_of(bench) == {
            "egg": BLOCKED, "good": RUNNING, "hen": BLOCKED, "lost": BLOCKED, "server": OFF, "user": BLOCKED,
        }  # fmt: skip
        assert bench.record("lost").reason == "it needs test.nobody, which no plugin here offers"
        assert bench.record("user").reason == "it needs test.server, which is not on"
        assert bench.record("egg").reason == "it needs test.hen, and hen needs it in turn: neither can be first"
        assert not lost.imported
        assert not user.imported
        await bench.policy(server="on")
        await bench.until("user", RUNNING)
        await bench.policy(server="off")
        await bench.until("user", BLOCKED, "which is not on")
        assert user.trace == ["started", "ended"]


async def test_nobody_starts_before_what_it_needs_is_well(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("server", "raise OSError('broken')")
    user = maker.plugin("user", requires=["test.server"])
    async with running(tmp_path / "home") as bench:
        await bench.until("user", BLOCKED, "it needs test.server, whose plugin is not running")
        assert not user.imported
