"""Plugins that keep the agent's process from going on: found, remembered, held off, let in again."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
import trio
import trio.testing
from plugin_maker import QUICK, Made, Maker, making, running

from tympan._agent import Agent
from tympan._dispatch import Dispatcher
from tympan._errors import NotFound
from tympan._ids import PluginId
from tympan._limits import Limits
from tympan._stalls import Stall, StallBook, StallWatch
from tympan._states import PluginState

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
LOOPS, VERSION = PluginId("loops"), "1.0"
HASTY = Limits(stall_s=0.2, stall_end_s=0.6)
PATIENCE_S = 20.0


def stall(hours: float = 0.0, version: str = VERSION, plugin: PluginId = LOOPS) -> Stall:
    return Stall(plugin=plugin, version=version, at=NOW - dt.timedelta(hours=hours))


def book_of(path: Path, *stalls: Stall) -> StallBook:
    book = StallBook(path)
    for each in stalls:
        book.add(each)
    return StallBook(path)


def test_three_times_within_a_day_hold_a_plugin_off(tmp_path: Path) -> None:
    book = book_of(tmp_path / "stalls", stall(3), stall(2), stall(1))
    assert "3 times, last at 2026-05-04 11:00 UTC" in book.reason(LOOPS, VERSION, NOW)
    assert "let-in loops" in book.reason(LOOPS, VERSION, NOW)


@pytest.mark.parametrize(
    "stalls",
    [
        (stall(2), stall(1)),
        (stall(30), stall(2), stall(1)),
        (stall(3, "0.9"), stall(2), stall(1)),
        (stall(3, plugin=PluginId("other")), stall(2), stall(1)),
        (stall(-9000), stall(-9000), stall(-9000)),
    ],
    ids=["twice", "one of them long ago", "one of another version", "one of another plugin", "by a clock far ahead"],
)
def test_less_does_not(tmp_path: Path, stalls: tuple[Stall, ...]) -> None:
    assert book_of(tmp_path / "stalls", *stalls).reason(LOOPS, VERSION, NOW) == ""


def test_a_person_lets_it_in_again(tmp_path: Path) -> None:
    book = book_of(tmp_path / "stalls", stall(3), stall(2), stall(1), stall(plugin=PluginId("other")))
    book.let_in("loops")
    assert StallBook(tmp_path / "stalls").stalls == (stall(plugin=PluginId("other")),)
    with pytest.raises(NotFound, match="held off"):
        book.let_in("loops")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stalls": 5}', '{"stalls": [{"plugin": "a"}]}', '{"stalls": [5]}'])
def test_a_damaged_file_holds_nobody_off(tmp_path: Path, text: str) -> None:
    (tmp_path / "stalls").write_text(text)
    assert StallBook(tmp_path / "stalls").stalls == ()


def test_a_crash_counts_once_and_not_beside_the_stall_that_it_ended(tmp_path: Path) -> None:
    book, began = book_of(tmp_path / "stalls", stall(5)), stall(10).at
    crash = attrs.evolve(stall(), at=stall(5).at + dt.timedelta(seconds=50))
    book.add_once(crash, since=began)
    assert len(book.stalls) == 1
    book.add_once(stall(1), since=stall(2).at)
    assert len(book.stalls) == 2


def test_crashes_that_follow_at_once_count_one_by_one(tmp_path: Path) -> None:
    book = StallBook(tmp_path / "stalls")
    for seconds in (0, 19, 38):
        at = stall().at + dt.timedelta(seconds=seconds)
        book.add_once(attrs.evolve(stall(), at=at), since=at - dt.timedelta(seconds=17))
    assert "3 times" in book.reason(LOOPS, VERSION, stall().at + dt.timedelta(seconds=40))


def test_a_crash_counts_beside_a_stall_of_a_clock_that_was_ahead(tmp_path: Path) -> None:
    book = book_of(tmp_path / "stalls", stall(-9000))
    book.add_once(stall(), since=stall(1).at)
    assert len(book.stalls) == 2


def spinning(package: str) -> Callable[[Callable[[], bool]], None]:
    """A loop that never lets the event loop turn, in code of a package."""
    module = types.ModuleType(f"{package}.code")
    exec("def spin(until):\n    while not until():\n        pass\n", module.__dict__)
    spin: Callable[[Callable[[], bool]], None] = module.spin
    return spin


def test_a_loop_is_found_written_down_and_struck_out_when_it_goes_on(tmp_path: Path) -> None:
    book, lines = StallBook(tmp_path / "stalls"), []
    packages = {"acme_loops": (LOOPS, VERSION)}
    until_s = time.monotonic() + PATIENCE_S
    log = lambda message, **_: lines.append(message)  # noqa: E731
    with StallWatch(book, lambda: packages, log, Limits(stall_s=0.2), watched=True) as watch:
        watch.beat()
        spinning("acme_loops")(lambda: bool(StallBook(tmp_path / "stalls").stalls) or time.monotonic() > until_s)
        [found] = StallBook(tmp_path / "stalls").stalls
        assert (found.plugin, found.version) == (LOOPS, VERSION)
        while StallBook(tmp_path / "stalls").stalls and time.monotonic() < until_s:
            watch.beat()
    assert StallBook(tmp_path / "stalls").stalls == ()
    assert lines == ["a plugin keeps the agent from going on", "the agent goes on"]


def test_code_of_no_plugin_is_charged_to_none(tmp_path: Path) -> None:
    book, lines = StallBook(tmp_path / "stalls"), []
    until_s = time.monotonic() + PATIENCE_S
    log = lambda message, **_: lines.append(message)  # noqa: E731
    with StallWatch(book, dict, log, Limits(stall_s=0.2), watched=True):
        spinning("acme_loops")(lambda: bool(lines) or time.monotonic() > until_s)
    assert lines[0] == "the agent does not go on"
    assert book.stalls == ()


def test_a_loop_that_turns_is_left_alone(tmp_path: Path) -> None:
    book, lines = StallBook(tmp_path / "stalls"), []
    log = lambda message, **_: lines.append(message)  # noqa: E731
    watch = StallWatch(book, dict, log, HASTY, watched=True)

    class Looks:
        """Instead of waiting: the loop turns once between two looks, and ten looks are enough."""

        left = 10

        def wait(self, within_s: float) -> None:
            watch.beat()
            self.left -= 1
            watch._over = not self.left

        def clear(self) -> None: ...

    watch._wake = Looks()  # type: ignore[assignment]
    watch._look_on()
    assert (lines, book.stalls) == ([], ())


def test_an_agent_that_stands_still_is_ended_and_the_stall_is_kept(tmp_path: Path) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_stalls import *
book = StallBook({str(tmp_path / "stalls")!r} and __import__("pathlib").Path({str(tmp_path / "stalls")!r}))
with StallWatch(book, lambda: {{"acme_loops": (LOOPS, VERSION)}}, lambda *a, **k: None, HASTY):
    spinning("acme_loops")(lambda: False)
"""
    done = subprocess.run([sys.executable, "-c", program], timeout=60, check=False, capture_output=True)
    assert done.returncode == -signal.SIGABRT, done.stderr
    [kept] = StallBook(tmp_path / "stalls").stalls
    assert kept.plugin == LOOPS


@pytest.mark.anyio
async def test_one_that_is_held_off_is_not_imported_until_it_is_let_in(tmp_path: Path) -> None:
    with making(tmp_path / "site") as maker:
        made = _made(maker)
        now = dt.datetime.now(dt.UTC)
        (tmp_path / "home").mkdir()
        book_of(tmp_path / "home" / "stalls.json", *(attrs.evolve(stall(), at=now) for _ in range(3)))
        async with running(tmp_path / "home", limits=QUICK) as bench:
            held = await bench.until("loops", PluginState.BLOCKED, "stopped the agent 3 times")
            assert not made.imported
            assert bench.agent.missing_gates(pull=False) == (LOOPS,)
            assert held.restarts == 0
            await bench.agent.control.ask("plugins.let-in", {"plugin": "loops"})
            await bench.until("loops", PluginState.RUNNING)


@pytest.mark.anyio
async def test_an_agent_that_takes_up_many_jobs_is_seen_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    take_up = Dispatcher._take_up

    async def slowly(self: Dispatcher) -> None:
        await trio.testing.wait_all_tasks_blocked()
        order.append("taken up")
        await take_up(self)

    async def beats(self: Agent) -> None:
        await trio.lowlevel.checkpoint()
        order.append("a beat")

    monkeypatch.setattr(Dispatcher, "_take_up", slowly)
    monkeypatch.setattr(Agent, "_beats", beats)
    with making(tmp_path / "site"):
        (tmp_path / "home").mkdir()
        async with running(tmp_path / "home", limits=QUICK):
            assert order == ["a beat", "taken up"]


def _made(maker: Maker) -> Made:
    return maker.plugin("loops", extra='holds = "all"\n')


def test_the_thread_ends_with_the_block(tmp_path: Path) -> None:
    with StallWatch(StallBook(tmp_path / "stalls"), dict, lambda *_, **__: None, HASTY, watched=True) as watch:
        watch.beat()
    watch._thread.join(PATIENCE_S)
    assert "stalls" not in {thread.name for thread in threading.enumerate() if thread is watch._thread}
