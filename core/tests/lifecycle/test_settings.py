"""Settings that are bad, mended and edited."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from plugin_maker import QUICK, WELL, Maker, running

from tympan._states import PluginState

pytestmark = pytest.mark.anyio
RUNNING, FAILED = PluginState.RUNNING, PluginState.FAILED

SETTING = '[settings.count]\ntype = "integer"\ndefault = 1\nmaximum = 9\nsummary = "Count"\n'

COUNTING = WELL.replace('TRACE.append("started")', 'TRACE.append(str(host.settings.integer("count")))')


async def test_a_bad_setting_fails_its_plugin_alone_and_mending_the_file_heals_it(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("picky", COUNTING, extra=SETTING)
    maker.plugin("good")
    (tmp_path / "home").mkdir()
    file = tmp_path / "home" / "settings.toml"
    file.write_text("[picky]\ncount = 10\n")
    async with running(tmp_path / "home") as bench:
        await bench.until("picky", FAILED, "picky.count: count is 10")
        assert not made.imported
        assert bench.record("good").state is RUNNING
        file.write_text("[picky]\ncount = 4\n")
        await bench.until("picky", RUNNING)
        assert made.trace == ["4"]


async def test_mending_the_file_does_not_wait_for_the_back_off(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("picky", COUNTING, extra=SETTING)
    (tmp_path / "home").mkdir()
    file = tmp_path / "home" / "settings.toml"
    file.write_text("[picky]\ncount = 10\n")
    slow = attrs.evolve(QUICK, backoff_first_s=60.0, backoff_last_s=3600.0)
    async with running(tmp_path / "home", limits=slow) as bench:
        await bench.until("picky", FAILED, "it starts again in 60 s")
        file.write_text("[picky]\ncount = 4\n")
        await bench.until("picky", RUNNING)


async def test_an_edited_setting_restarts_its_plugin_alone(maker: Maker, tmp_path: Path) -> None:
    made, good = maker.plugin("picky", COUNTING, extra=SETTING), maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        file = tmp_path / "home" / "settings.toml"
        file.write_text("[picky]\ncount = 4\n")
        await bench.poll(lambda: made.trace == ["1", "ended", "4"], "it runs with the new setting")
        file.write_text("[picky]\ncount = 10\n")
        await bench.until("picky", RUNNING, "It goes on with the settings it has.")
        file.write_text("[picky]\ncount = 4\n# mended\n")
        await bench.poll(lambda: bench.record("picky").reason == "", "the reason is gone")
        assert made.trace == ["1", "ended", "4"]
        assert good.trace == ["started"]
