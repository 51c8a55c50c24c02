"""What crosses the pipe between the agent and a plugin in a process of its own, and what does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trio
from conformance_rig import FRONT
from outside_plugins import OUTSIDE, only, outside, service
from plugin_maker import Maker, running

from tympan._events import JobChanged
from tympan._ids import PluginId
from tympan._ports import Discoverer, SweepRequest
from tympan._printer_file import PrinterFile
from tympan._states import JobState, PluginState
from tympan._values import NewJob

pytestmark = pytest.mark.anyio

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
