"""Plugins that fail: contained, shown with their reason, started again."""

from __future__ import annotations

import sys
from pathlib import Path

import attrs
import pytest
from plugin_maker import QUICK, WELL, Maker, running

from tympan._ports import Service
from tympan._states import PluginState

pytestmark = pytest.mark.anyio
RUNNING, OFF, FAILED = PluginState.RUNNING, PluginState.OFF, PluginState.FAILED

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
