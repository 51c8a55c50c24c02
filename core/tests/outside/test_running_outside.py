"""Plugins in processes of their own, in a running agent: what they do to it, and what they cannot."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from conformance_rig import FRONT, JOB
from plugin_maker import QUICK, Bench, Made, Maker, running

from tympan._errors import PluginFault, StoreError
from tympan._events import JobChanged
from tympan._home import Home
from tympan._ids import PluginId
from tympan._limits import Limits
from tympan._outside._process import _Running
from tympan._ports import Discoverer, Gate, Go, Hold, SweepRequest
from tympan._printer_file import PrinterFile
from tympan._states import JobState, PluginState
from tympan._values import NewJob

pytestmark = pytest.mark.anyio

OUTSIDE = attrs.evolve(
    QUICK, import_s=30.0, ready_s=30.0, claim_s=20.0, grace_s=3.0, outside_look_s=0.1, outside_silence_s=10.0
)
HASTY = attrs.evolve(OUTSIDE, outside_silence_s=0.7)

GATE = """
    import os
    import trio
    from tympan.plugin import Contribution, Go, Hold, hookimpl

    class Holding:
        async def check(self, job, printer):
            await trio.lowlevel.checkpoint()
            while job.name == "loop":
                pass
            if job.name == "go":
                return Go()
            return Hold(reason="account-info-needed", detail=f"process {os.getpid()}")

    @hookimpl
    def register_gates():
        return [Contribution(port=Holding())]
"""
"""A gate that says in which process it is."""

SERVICE = """
    import trio
    from tympan.plugin import *

    class Main:
        async def run(self, host):
            host.ready()
{body}

    @hookimpl
    def register_services():
        return [Contribution(port=Main())]
"""


def outside(maker: Maker, name: str, code: str, extra: str = "", **made: Any) -> Made:
    """A plugin whose manifest wants a process of its own."""
    made_one = maker.plugin(name, code, **made)
    file = maker.folder / made_one.package / "plugin.toml"
    file.write_text('isolation = "process"\n' + file.read_text() + extra)
    return made_one


def service(body: str) -> str:
    return SERVICE.format(body="\n".join(f"            {line}" for line in body.strip("\n").splitlines()))


def only(bench: Bench, kind: type[Any]) -> Any:
    [(_, port)] = bench.agent.owned(kind)
    return port


async def asked(bench: Bench, name: str = "letter") -> Go | Hold:
    gate: Gate = only(bench, Gate)
    return await gate.check(attrs.evolve(JOB, name=name), FRONT)


async def process_of(bench: Bench) -> int:
    held = await asked(bench)
    assert isinstance(held, Hold)
    return int(held.detail.removeprefix("process "))


async def gone(pid: int) -> None:
    with trio.fail_after(10):
        while Path(f"/proc/{pid}").exists():
            await trio.sleep(0.01)


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


async def test_it_ends_when_the_agent_is_gone_though_it_loops(maker: Maker, tmp_path: Path) -> None:
    outside(maker, "gate", GATE)
    lines = [
        "import sys, time, trio, pathlib",
        f"sys.path[:0] = {[str(maker.folder), str(Path(__file__).parents[1])]!r}",
        "from plugin_maker import running, QUICK",
        "from test_running_outside import OUTSIDE, asked, process_of",
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


HOST = """
import json
said = {}
for name in ("jobs", "printers", "control", "outbox", "keys"):
    try:
        getattr(host, name)
        said[name] = "open"
    except PermissionMissing as error:
        said[name] = error.sentence
await host.state.put("k", bytes(range(256)))
said["kept"] = (await host.state.get("k")) == bytes(range(256))
said["setting"] = host.settings.integer("size")
said["folder"] = str(await host.folder())
said["plugin"] = host.plugin
said["allowed"] = host.allowed("test.asks")
try:
    host.settings.text("none")
except BadSetting:
    said["bad"] = True
host.log("looked", size=5)
await host.state.put("said", json.dumps(said).encode())
host.note("done")
await trio.sleep_forever()
"""


async def test_permissions_hold_in_the_kernel(maker: Maker, tmp_path: Path) -> None:
    setting = '\n[settings.size]\ntype = "integer"\ndefault = 7\nsummary = "Size"\n'
    outside(maker, "asks", service(HOST), setting, permissions=["printers"])
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("asks", PluginState.RUNNING, "done")
        said = json.loads(await bench.agent.store.kv_get(PluginId("asks"), "said") or b"{}")
        assert said["printers"] == "open"
        for name in ("jobs", "control", "outbox", "keys"):
            assert f"used '{name}', which its manifest does not ask for" in said[name]
        assert (said["kept"], said["setting"], said["plugin"], said["bad"]) == (True, 7, "asks", True)
        assert said["folder"].endswith("plugins/asks")
        assert ("looked", {"plugin": "asks", "size": "5"}) in bench.lines


EVENTS = """
with host.bus.subscribe(JobChanged) as events:
    host.start_service("second", Second())
    host.note("listens")
    async for event in events:
        job = host.jobs.find(event.job)
        document = host.jobs.document(event.job)
        read = b"".join([piece async for piece in document.stream()])
        part = await document.read(5, 5)
        host.note(f"{job.name} {len(read)} {document.size_bytes} {part.decode()}")
"""


async def test_events_jobs_and_documents_cross(maker: Maker, tmp_path: Path) -> None:
    second = "class Second:\n        async def run(self, host):\n            await host.state.put('second', b'ran')\n"
    code = service(EVENTS).replace("class Main", second + "\n    class Main")
    outside(maker, "hears", code, permissions=["jobs"])
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        PrinterFile(bench.home).write((FRONT,))
        bench.agent.printers.refresh()
        await bench.until("hears", PluginState.RUNNING)
        await bench.until("hears", PluginState.RUNNING, "listens")
        intake = bench.agent.book.open(NewJob(printer=FRONT.id, name="letter", user="ada"))
        await intake.write(b"0123456789" * 300_000)
        job = await intake.commit()
        bench.agent.bus.publish(JobChanged(job=job.uuid, printer=FRONT.id, state=JobState.HELD))
        await bench.until("hears", PluginState.RUNNING, "letter 3000000 3000000 56789")
        with trio.fail_after(10):
            while await bench.agent.store.kv_get(PluginId("hears"), "second") != b"ran":
                await trio.sleep(0.01)


async def test_a_port_that_cannot_cross_is_refused_by_name(maker: Maker, tmp_path: Path) -> None:
    code = """
    from tympan.plugin import Contribution, hookimpl

    class Say:
        name = "say"
        summary = "Says"
        def run(self, arguments):
            return 0

    @hookimpl
    def register_commands():
        return [Contribution(port=Say())]
"""
    outside(maker, "says", code)
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        found = await bench.until("says", PluginState.FAILED, "register_commands offers a Command")
        assert "its run must answer at once" in found.reason


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


async def test_facts_of_a_port_are_those_it_told_last(maker: Maker, tmp_path: Path) -> None:
    code = """
    import datetime as dt
    import trio
    from tympan.plugin import *

    class Looks:
        method = "looks"
        def __init__(self):
            self.standing = SweepStanding()
        async def sightings(self):
            await trio.lowlevel.checkpoint()
            self.standing = SweepStanding(packets=(self.standing.packets or 0) + 1)
            return [Sighting(method="looks", key="one", seen_at=dt.datetime.now(dt.UTC))]
        async def wait_changed(self):
            await trio.sleep_forever()
        async def sweep(self, request):
            for number in range(3):
                yield Sighting(method="looks", key=str(number), seen_at=dt.datetime.now(dt.UTC))

    @hookimpl
    def register_discoverers():
        return [Contribution(port=Looks())]
"""
    outside(maker, "looks", code)
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("looks", PluginState.RUNNING)
        looks: Discoverer = only(bench, Discoverer)
        assert isinstance(looks, Discoverer)
        assert (looks.method, looks.standing.packets) == ("looks", None)
        [seen] = await looks.sightings()
        assert (seen.key, looks.standing.packets) == ("one", 1)
        assert [each.key async for each in looks.sweep(SweepRequest())] == ["0", "1", "2"]


GARBAGE = ("b'\\xff' * 100", "b'\\x01' + b'\\xff' * 8", "b'\\x01\\0\\0\\0\\x02\\0\\0\\0\\0[]'")


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_one_that_writes_garbage_into_the_pipe_is_ended(maker: Maker, tmp_path: Path, garbage: str) -> None:
    write = f"import os, sys\nos.write(int(sys.argv[1]), {garbage})\nawait trio.sleep_forever()"
    outside(maker, "garbage", service(write))
    maker.plugin("other")
    async with running(tmp_path / "home", limits=OUTSIDE) as bench:
        await bench.until("garbage", PluginState.FAILED, "over the pipe")
        assert bench.record("other").restarts == 0


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


def state(bench: Bench, plugin: str) -> PluginState:
    return bench.record(plugin).state


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
