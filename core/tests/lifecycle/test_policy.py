"""Capabilities on and off in the running agent."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from plugin_maker import QUICK, Maker, running

from tympan._errors import StoreFull
from tympan._events import PortsChanged
from tympan._home import write_file
from tympan._ids import CapabilityKey, PluginId
from tympan._policy import Scope
from tympan._ports import Service
from tympan._registry import PluginRecord, RunStep
from tympan._states import PluginState

pytestmark = pytest.mark.anyio
RUNNING, OFF = PluginState.RUNNING, PluginState.OFF


async def test_a_capability_that_is_off_is_never_imported(maker: Maker, tmp_path: Path) -> None:
    off, on = maker.plugin("quiet", default="off"), maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        assert bench.record("quiet").state is OFF
        assert "test.quiet is off: no policy document says otherwise" in bench.record("quiet").reason
        assert not off.imported
        assert on.imported


async def test_switched_on_in_the_running_agent_it_works_without_a_restart(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("quiet", default="off")
    async with running(tmp_path / "home") as bench:
        with bench.agent.bus.subscribe(PortsChanged) as changes:
            await bench.policy(quiet="on")
            await bench.until("quiet", RUNNING)
            with trio.fail_after(10):
                await changes.receive()
        assert made.trace == ["started"]
        assert [owner for owner, _ in bench.agent.owned(Service)] == ["quiet"]


async def test_switched_off_its_tasks_end_and_its_ports_are_withdrawn(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("loud")
    async with running(tmp_path / "home") as bench:
        assert bench.agent.owned(Service)
        await bench.heard(PortsChanged, lambda: bench.policy(loud="off"))
        assert bench.agent.owned(Service) == ()
        record = await bench.until("loud", OFF, "number 1 says off")
        assert made.trace == ["started", "ended"]
        assert record.restarts == 0
        await bench.policy(loud="on")
        await bench.until("loud", RUNNING)
        assert made.trace == ["started", "ended", "started"]


async def test_a_policy_that_does_not_verify_closes_everything_and_a_sound_one_opens_again(
    maker: Maker, tmp_path: Path
) -> None:
    maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        write_file(bench.home.policy / "machine.json", b'{"payloadType": "no policy"}')
        await bench.until("good", OFF, "cannot be used, so everything is off")
        await bench.policy(good="on")
        await bench.until("good", RUNNING)


async def test_a_policy_folder_that_cannot_be_listed_closes_everything(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("good")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "policy").write_text("a file where the folder should be")
    async with running(tmp_path / "home") as bench:
        record = await bench.until("good", OFF, "policy cannot be read")
        assert record.restarts == 0


async def test_the_wider_scope_wins_and_a_rollback_is_refused(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        await bench.policy(scope=Scope.OWNER, good="off")
        await bench.until("good", OFF, "service-owner policy")
        await bench.policy(scope=Scope.MACHINE, good="on")
        await trio.sleep(QUICK.policy_poll_s * 3)
        assert bench.record("good").state is OFF
        older = (bench.home.policy / "service-owner.json").read_bytes()
        await bench.policy(scope=Scope.OWNER, good="on")
        await bench.until("good", RUNNING)
        write_file(bench.home.policy / "service-owner.json", older)
        await bench.poll(lambda: bench.agent.policy.snapshot.problems, "the rollback is noticed")
        assert "is not newer" in bench.agent.policy.snapshot.problems[0].reason
        assert bench.record("good").state is RUNNING


async def test_contributions_follow_their_own_capability(maker: Maker, tmp_path: Path) -> None:
    code = """
        import trio
        from tympan.plugin import CapabilityKey, Contribution, hookimpl
        class Main:
            def __init__(self, name):
                self.name = name
            async def run(self, host):
                host.ready()
                await trio.sleep_forever()
        @hookimpl
        def register_services():
            return [Contribution(port=Main("first"), name="first"),
                    Contribution(port=Main("second"), name="second", capability=CapabilityKey("test.more"))]
    """
    maker.plugin("two", code, extra='[[capabilities]]\nkey = "test.more"\nsummary = "More"\ndefault = "off"\n')
    async with running(tmp_path / "home") as bench:

        def offered() -> list[str]:
            return [port.name for _, port in bench.agent.owned(Service)]

        assert offered() == ["first"]
        await bench.policy(more="on")
        await bench.poll(lambda: offered() == ["first", "second"], "both run")
        await bench.policy(two="off", more="on")
        await bench.poll(lambda: offered() == ["second"], "the first is switched off alone")


async def test_a_capability_that_needs_another_is_off_without_it(maker: Maker, tmp_path: Path) -> None:
    extra = '[[capabilities]]\nkey = "test.more"\nsummary = "More"\ndefault = "on"\nneeds = "test.two"\n'
    made = maker.plugin("two", extra=extra, default="off")
    more = CapabilityKey("test.more")
    async with running(tmp_path / "home") as bench:
        assert bench.record("two").state is OFF
        assert "test.more needs test.two" in bench.record("two").reason
        assert not made.imported
        assert not bench.agent.allowed(more)
        await bench.policy(two="on")
        await bench.until("two", RUNNING)
        assert bench.agent.allowed(more)


async def test_a_full_disk_does_not_keep_running_what_was_switched_off(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker.plugin("loud")
    async with running(tmp_path / "home") as bench:

        async def full(*_: object) -> None:
            raise StoreFull("no space is left")

        monkeypatch.setattr(bench.agent.store, "kv_put_all", full)
        await bench.policy(loud="off")
        await bench.until("loud", OFF, "says off")


async def test_every_step_of_the_gate_is_recorded(tmp_path: Path) -> None:
    """`tympan plugins --gate` shows how far each plugin came, behind the static steps too."""
    record = PluginRecord(id=PluginId("demo"), distribution="demo", version="1", module="demo.plugin").passed("found")
    record = record.marked(RunStep.POLICY, passed=True).marked(RunStep.REQUIRES, passed=True)
    record = record.marked(RunStep.IMPORT, passed=False, detail="boom")
    assert record.next_step() is RunStep.IMPORT
    assert [(step.step, step.passed) for step in record.steps] == [
        ("found", True),
        ("policy", True),
        ("requires", True),
        ("import", False),
    ]
    record = record.marked(RunStep.POLICY, passed=False, detail="off")
    assert [step.step for step in record.steps] == ["found", "policy"]
