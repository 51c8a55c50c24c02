"""Plugins in a running agent: switched, blocked, failing in every way, and never taking another one with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import trio
from plugin_maker import QUICK, WELL, Maker, making, running, state_of

from tympan._errors import StoreFull
from tympan._events import PluginChanged, PortsChanged
from tympan._home import write_file
from tympan._ids import PluginId
from tympan._policy import Scope
from tympan._ports import Service
from tympan._registry import PluginRecord, RunStep
from tympan._states import PluginState

pytestmark = pytest.mark.anyio
RUNNING, OFF, FAILED, BLOCKED = PluginState.RUNNING, PluginState.OFF, PluginState.FAILED, PluginState.BLOCKED


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made


# ---------------------------------------------------------------------------------------------- policy


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


# ---------------------------------------------------------------------------------------------- faults

FAULTS = {
    "import": ("raise RuntimeError('broken on import')", "RuntimeError: broken on import"),
    "import exits": ("import sys\nsys.exit(3)", "SystemExit: 3"),
    "syntax": ("def (", "SyntaxError"),
    "needs what is not installed": ("import tympan_never_installed", "ModuleNotFoundError"),
    "hook": (
        "from tympan.plugin import hookimpl\n@hookimpl\ndef register_gates(): raise KeyError('oops')",
        "its hook register_gates raised KeyError",
    ),
    "hook exits": (
        "from tympan.plugin import hookimpl\n@hookimpl\ndef register_gates(): raise SystemExit('bye')",
        "SystemExit: bye",
    ),
    "misspelt hook": (
        "from tympan.plugin import hookimpl\n@hookimpl\ndef register_gaets(): return []",
        "unknown hook 'register_gaets'",
    ),
    "no contribution": (
        "from tympan.plugin import hookimpl\n@hookimpl\ndef register_gates(): return ['gate']",
        "returned str, not a Contribution",
    ),
    "foreign capability": (
        WELL.replace("port=Main()", "port=Main(), capability='test.other'"),
        "names the capability test.other, which its manifest does not offer",
    ),
    "run time": (WELL.replace("host.ready()", "raise OSError('the device is on fire')"), "OSError: the device"),
    "after ready": (WELL.replace("await trio.sleep_forever()", "raise OSError('late')"), "OSError: late"),
    "exits": (WELL.replace("host.ready()", "raise SystemExit(1)"), "SystemExit: 1"),
    "never ready": (WELL.replace("host.ready()", "pass"), "it was not ready within 0.5 s"),
    "a group of base exceptions": (
        WELL.replace("host.ready()", "raise BaseExceptionGroup('all', [SystemExit(2), ValueError('x')])"),
        "SystemExit: 2",
    ),
    "no service": (WELL.replace("async def run(self, host)", "async def ran(self, host)"), "is no Service"),
}


@pytest.mark.parametrize("case", FAULTS)
async def test_a_fault_stops_no_other_and_is_shown_with_its_reason(maker: Maker, tmp_path: Path, case: str) -> None:
    code, reason = FAULTS[case]
    maker.plugin("a_bad", code)  # first in order, so that everybody comes after it
    good = maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        record = await bench.until("a_bad", FAILED, reason)
        assert "it starts again in" in record.reason
        assert bench.record("good").state is RUNNING
        assert good.trace == ["started"]
        await bench.poll(lambda: bench.record("a_bad").restarts >= 2, "the supervisor tries again")
        assert bench.record("good").restarts == 0
        assert good.trace == ["started"]
        rows = await bench.agent.control.ask("plugins", {})
        row = next(row for row in rows if row["id"] == "a_bad")  # type: ignore[union-attr, index, call-overload]
        assert row["restarts"] >= 2  # type: ignore[index, call-overload, operator]


async def test_the_back_off_doubles_and_a_plugin_that_is_well_again_runs(maker: Maker, tmp_path: Path) -> None:
    code = WELL.replace("import trio\n", "import pathlib\n    import trio\n", 1).replace(
        "host.ready()", "host.ready() if pathlib.Path(__file__).with_name('mended').exists() else 1 / 0"
    )
    made = maker.plugin("shaky", code)
    async with running(tmp_path / "home") as bench:
        await bench.until("shaky", FAILED, "it starts again in 0.04 s")
        await bench.until("shaky", FAILED, "it starts again in 0.16 s")
        (maker.folder / made.package / "mended").write_text("")
        record = await bench.until("shaky", RUNNING)
        assert record.reason == ""
        assert record.restarts >= 3


async def test_an_import_that_hangs_holds_nobody_up(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("a_slow", "import threading\nthreading.Event().wait(4)\n" + "x = 1")
    maker.plugin("good")
    async with running(tmp_path / "home", ready=False) as bench:
        await bench.until("good", RUNNING)
        assert bench.record("a_slow").state is PluginState.STARTING
        await bench.until("a_slow", FAILED, "its import did not end within 1 s")
        await bench.until("a_slow", FAILED, "its earlier import has not ended")


async def test_a_hook_that_hangs_holds_nobody_up(maker: Maker, tmp_path: Path) -> None:
    slow = """
        import threading
        from tympan.plugin import hookimpl
        @hookimpl
        def register_services():
            threading.Event().wait(4)
            return []
    """
    maker.plugin("a_slow", slow)
    maker.plugin("good")
    async with running(tmp_path / "home", ready=False) as bench:
        await bench.until("good", RUNNING)
        assert bench.record("a_slow").state is PluginState.STARTING
        await bench.until("a_slow", FAILED, "its hook did not end within 1 s")
        await bench.until("a_slow", FAILED, "its earlier hook has not ended")


async def test_a_slow_hook_is_reported(maker: Maker, tmp_path: Path) -> None:
    slow = """
        import time
        from tympan.plugin import hookimpl
        @hookimpl
        def register_services():
            time.sleep(0.05)
            return []
    """
    maker.plugin("slow", slow)
    async with running(tmp_path / "home", limits=attrs.evolve(QUICK, hook_warn_s=0.01)) as bench:
        assert bench.record("slow").state is RUNNING
        assert [fields["plugin"] for what, fields in bench.lines if what == "a plugin's hooks are slow"] == ["slow"]


async def test_a_plugin_that_cancels_its_own_tasks_is_started_again(maker: Maker, tmp_path: Path) -> None:
    stop = "trio.lowlevel.current_task().parent_nursery.cancel_scope.cancel()"
    maker.plugin("moody", WELL.replace("host.ready()", f"host.ready(); {stop}"))
    async with running(tmp_path / "home", ready=False) as bench:
        await bench.until("moody", FAILED, "its tasks were cancelled by its own doing")


async def test_a_plugin_that_hangs_in_its_clean_up_is_left_behind_and_said_so(maker: Maker, tmp_path: Path) -> None:
    code = WELL.replace(
        'TRACE.append("ended")',
        "with trio.CancelScope(shield=True): await RELEASE.wait()",
    ).replace("TRACE = []", "TRACE = []\n    RELEASE = trio.Event()")  # fmt: skip
    made = maker.plugin("stuck", code)
    maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        await bench.policy(stuck="off")
        await bench.until("stuck", OFF, "it did not end within 0.2 s of being stopped")
        assert bench.record("good").state is RUNNING
        assert [owner for owner, _ in bench.agent.owned(Service)] == ["good"]
        await bench.policy(stuck="on")
        await bench.until("stuck", FAILED, "its earlier run was stopped and has not ended")
        sys.modules[f"{made.package}.plugin"].RELEASE.set()
        await bench.until("stuck", RUNNING)


@pytest.mark.parametrize("raised", ["ValueError('x')", "SystemExit(1)", "BaseExceptionGroup('g', [ValueError('x')])"])
async def test_a_plugin_that_raises_while_it_is_stopped_stays_contained(
    maker: Maker, tmp_path: Path, raised: str
) -> None:
    code = WELL.replace('TRACE.append("ended")', f"raise {raised}")
    maker.plugin("a_bad", code)
    maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        await bench.policy(a_bad="off")
        await bench.until("a_bad", OFF, "it failed while it was being stopped")
        assert bench.record("good").state is RUNNING
        await bench.policy(a_bad="on")
        await bench.until("a_bad", RUNNING)


async def test_a_fault_beside_a_cancellation_does_not_stop_the_agent(maker: Maker, tmp_path: Path) -> None:
    code = """
        import trio
        from tympan.plugin import Contribution, hookimpl
        async def bad():
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("beside a cancellation")
        class Main:
            async def run(self, host):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(bad)
                    nursery.start_soon(trio.sleep_forever)
                    host.ready()
        @hookimpl
        def register_services():
            return [Contribution(port=Main())]
    """
    maker.plugin("mixed", code)
    maker.plugin("good")
    async with running(tmp_path / "home") as bench:
        await bench.policy(mixed="off")
        await bench.until("mixed", OFF, "beside a cancellation")
        assert bench.record("good").state is RUNNING


async def test_ports_are_offered_once_the_plugin_is_ready_and_not_before(maker: Maker, tmp_path: Path) -> None:
    code = WELL.replace("TRACE = []", "TRACE = []\n    GO = trio.Event()").replace(
        "host.ready()", "await GO.wait()\n            host.ready()"
    )
    made = maker.plugin("slow", code)
    patient = attrs.evolve(QUICK, ready_s=60.0)
    async with running(tmp_path / "home", limits=patient, ready=False) as bench:
        await bench.poll(lambda: made.imported and made.trace == ["started"], "its service runs")
        assert bench.record("slow").state is PluginState.STARTING
        assert bench.agent.owned(Service) == ()
        sys.modules[f"{made.package}.plugin"].GO.set()
        await bench.until("slow", RUNNING)
        assert [owner for owner, _ in bench.agent.owned(Service)] == ["slow"]


async def test_a_service_that_returns_early_is_fine(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("short", WELL.replace("host.ready()", "return"))
    async with running(tmp_path / "home") as bench:
        assert bench.record("short").state is RUNNING


# ---------------------------------------------------------------------------------------------- requirements


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


# ---------------------------------------------------------------------------------------------- settings

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
