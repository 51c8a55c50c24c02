"""The host a plugin receives: permissions, its own state, ports of others, tasks of its own."""

from __future__ import annotations

import functools
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from plugin_maker import WELL, Bench, Made, Maker, making, running

from tympan._errors import BadInput, NotFound, PermissionMissing
from tympan._events import PluginChanged
from tympan._host import VALUE_BYTES, PluginState, Readiness
from tympan._ids import CapabilityKey, PluginId, PrinterId
from tympan._lifecycle import USE_TOLD
from tympan._ports import Host, Service
from tympan._states import PluginState as State

pytestmark = pytest.mark.anyio
KEEPING = WELL.replace("TRACE = []", "TRACE, HOSTS = [], []").replace(
    "host.ready()", "HOSTS.append(host); host.ready()"
)


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made


def host_of(made: Made) -> Host:
    found: list[Host] = sys.modules[f"{made.package}.plugin"].HOSTS
    return found[-1]


@pytest.mark.parametrize("part", ["jobs", "printers", "control", "outbox", "keys"])
async def test_a_part_is_open_only_to_those_who_ask_for_it(maker: Maker, tmp_path: Path, part: str) -> None:
    asked = maker.plugin("asked", KEEPING, permissions=[part])
    silent = maker.plugin("silent", KEEPING)
    async with running(tmp_path / "home"):
        assert getattr(host_of(asked), part) is not None
        with pytest.raises(PermissionMissing, match=f"plugin silent used '{part}'"):
            getattr(host_of(silent), part)


async def test_where_programs_print_to_is_told_while_the_endpoint_runs(maker: Maker, tmp_path: Path) -> None:
    asked = maker.plugin("asked", KEEPING, permissions=["printers", "control"])
    silent = maker.plugin("silent", KEEPING)
    async with running(tmp_path / "home"):
        host, front = host_of(asked), PrinterId("front")
        with pytest.raises(NotFound, match="endpoint for programs does not run"):
            host.endpoint(front)
        host.control.announce(4711)
        assert host.endpoint(front) == "ipp://localhost:4711/ipp/print/front"
        host.control.withdraw()
        with pytest.raises(NotFound):
            host.endpoint(front)
        with pytest.raises(PermissionMissing, match="plugin silent used 'printers'"):
            host_of(silent).endpoint(front)


async def test_using_what_it_did_not_ask_for_fails_the_plugin_with_the_reason(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("greedy", WELL.replace("host.ready()", "host.jobs.all()"))
    maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        record = await bench.until("greedy", State.FAILED, "which its manifest does not ask for")
        assert 'adds "jobs" to permissions in plugin.toml' in record.reason
        assert bench.record("good").state is State.RUNNING


async def test_each_plugin_has_its_own_state_and_keeps_it(maker: Maker, tmp_path: Path) -> None:
    one, two = maker.plugin("one", KEEPING), maker.plugin("two", KEEPING)
    async with running(tmp_path / "home"):
        await host_of(one).state.put("key", b"of one")
        assert await host_of(two).state.get("key") is None
    async with running(tmp_path / "home"):
        assert await host_of(one).state.get("key") == b"of one"
        await host_of(one).state.delete("key")
        assert await host_of(one).state.get("key") is None


async def test_each_plugin_has_its_own_folder_and_keeps_it(maker: Maker, tmp_path: Path) -> None:
    one, two = maker.plugin("one", KEEPING), maker.plugin("two", KEEPING)
    async with running(tmp_path / "home"):
        folder = await host_of(one).folder()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "sealed").write_bytes(b"of one")
        assert list((await host_of(two).folder()).iterdir()) == []
    async with running(tmp_path / "home"):
        assert ((await host_of(one).folder()) / "sealed").read_bytes() == b"of one"


async def test_a_value_has_an_end(maker: Maker, tmp_path: Path) -> None:
    async with running(tmp_path / "home") as bench:
        state = PluginState(bench.agent.store, PluginId("demo"))
        await state.put("k" * 255, bytes(VALUE_BYTES))
        for key, value in (("k", bytes(VALUE_BYTES + 1)), ("k" * 256, b"")):
            with pytest.raises(BadInput):
                await state.put(key, value)


async def test_ports_of_others_and_policy_are_seen_live(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("watcher", KEEPING, permissions=["ports"])
    maker.plugin("other")
    async with running(tmp_path / "home") as bench:
        host = host_of(made)
        assert len(host.ports(Service)) == 2  # type: ignore[type-abstract]
        assert host.allowed(CapabilityKey("test.other"))
        assert not host.allowed(CapabilityKey("test.nobody"))
        await bench.policy(other="off")
        alone = functools.partial(host.ports, Service)  # type: ignore[type-abstract]
        await bench.poll(lambda: len(alone()) == 1, "the other's port is withdrawn")
        assert not host.allowed(CapabilityKey("test.other"))


async def test_what_it_logs_bears_its_name(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("chatty", KEEPING)
    async with running(tmp_path / "home") as bench:
        host_of(made).log("hello", number=1)
        assert ("hello", {"plugin": "chatty", "number": 1}) in bench.lines


class Task:
    """A task a plugin starts later."""

    def __init__(self) -> None:
        self.running = trio.Event()
        self.ended = False
        self.fail = trio.Event()

    async def run(self, host: Host) -> None:
        self.running.set()
        try:
            await self.fail.wait()
            raise OSError("the second task broke")
        finally:
            self.ended = True


async def started(bench: Bench, made: Made) -> Task:
    task: Any = Task()
    host_of(made).start_service("second", task)
    with trio.fail_after(10):
        await task.running.wait()
    assert isinstance(task, Task)
    return task


async def test_tasks_it_starts_end_with_it(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("parent", KEEPING)
    async with running(tmp_path / "home") as bench:
        task = await started(bench, made)
        await bench.policy(parent="off")
        await bench.until("parent", State.OFF)
        assert task.ended


async def test_a_task_it_started_that_fails_is_its_own_failure(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("parent", KEEPING)
    async with running(tmp_path / "home") as bench:
        (await started(bench, made)).fail.set()
        await bench.poll(lambda: bench.record("parent").restarts == 1, "the whole plugin starts again")
        await bench.until("parent", State.RUNNING)


def test_all_are_ready_when_each_said_so_once() -> None:
    readiness = Readiness(2)
    one, two = readiness.one_of(), readiness.one_of()
    one()
    one()
    assert not readiness.all_ready.is_set()
    two()
    assert readiness.all_ready.is_set()
    assert Readiness(0).all_ready.is_set()


async def test_what_a_plugin_says_of_itself_is_shown_until_it_takes_it_back_or_stops(
    maker: Maker, tmp_path: Path
) -> None:
    early = KEEPING.replace("HOSTS.append(host)", 'HOSTS.append(host); host.note("waits for somebody")')
    made = maker.plugin("talker", early)
    async with running(tmp_path / "home") as bench:
        await bench.until("talker", State.RUNNING, "waits for somebody")
        host_of(made).note("x" * 5000)
        assert bench.record("talker").reason == "x" * 1000
        host_of(made).note("")
        assert bench.record("talker").reason == ""
        host_of(made).note("somebody came")
        await bench.policy(talker="off")
        await bench.until("talker", State.OFF, "says off")
        host_of(made).note("a last word")
        assert "last word" not in bench.record("talker").reason


async def test_its_use_is_written_down_and_is_news_but_once_an_hour(maker: Maker, tmp_path: Path) -> None:
    parent, marker = PluginId("parent"), PluginChanged(plugin=PluginId("marker"), state=State.RUNNING)
    made = maker.plugin("parent", KEEPING)
    async with running(tmp_path / "home") as bench:
        assert bench.record("parent").used_at is None
        with bench.agent.bus.subscribe(PluginChanged) as news:
            host_of(made).used()
            assert await news.receive() == PluginChanged(plugin=parent, state=State.RUNNING)
            first = bench.record("parent").used_at
            host_of(made).used()
            bench.agent.bus.publish(marker)
            assert await news.receive() == marker
            assert first is not None and bench.record("parent").used_at == first
            long_ago = first - USE_TOLD
            bench.agent.lifecycle.records[parent] = attrs.evolve(bench.record("parent"), used_at=long_ago)
            host_of(made).used()
            assert await news.receive() != marker
            assert bench.record("parent").used_at != long_ago
