"""Plugins of other people that fail on purpose, in processes of their own and in the agent's: nothing else stops.

- The route of ``examples/acme-raw9100`` meets a fault at the first attempt of a job whose title names one, and prints
  the job at the next.
- Beside it a job goes to another printer by another plugin, the whole time.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trio
from releases_rig import release
from rig import Agent, add_printer, agent, agent_jobs, simulator, wait_until
from rig._agent import COMMAND

pytestmark = [pytest.mark.anyio, pytest.mark.system]
ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "acme-raw9100" / "acme_raw9100"
DOCUMENT = ROOT / "tests" / "documents" / "01-a4-1p-gray.pdf"
VERSION = "7.1.0"
WAIT_S = 90.0
ROOM_BYTES = 300 << 20
"""For the agent's process, beside what it has: a plugin that takes all memory meets the end of it soon."""

FAULTS = '''
"""Faults on purpose: each job meets the one its title names, once."""

import os
import pathlib
import time

MET = pathlib.Path({met!r})


def meet(title):
    if (MET / title).exists():
        return
    (MET / title).touch()
    if title == "raise":
        raise RuntimeError("on purpose")
    if title == "exit":
        os._exit(3)
    if title == "crash":
        os.kill(os.getpid(), 11)
    while title == "loop":
        pass
    while title == "wait":
        time.sleep(0.01)
    taken = []
    while title == "hog":
        taken.append(bytearray(1 << 20))
'''


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


def vendor(folder: Path, *, outside: bool) -> Path:
    """The example as a vendor ships it, with faults in it, laid out where an agent finds it."""
    site, met = folder / "site", folder / "met"
    package, info = site / EXAMPLE.name, site / "acme_raw9100-1.0.0.dist-info"
    for made in (met, package, info):
        made.mkdir(parents=True)
    for path in EXAMPLE.glob("*.*"):
        text = path.read_text("utf-8")
        if path.name == "route.py":
            begin = "        if delivery.cancel_requested:\n"
            assert begin in text
            text = text.replace(begin, f"        meet(delivery.job.name)\n{begin}", 1)
            text = text.replace("import trio\n", "import trio\n\nfrom acme_raw9100.faults import meet\n", 1)
        if path.name == "plugin.toml" and not outside:
            text = text.replace('isolation = "process"\n', "").partition("\n[limits]")[0]
        (package / path.name).write_text(text, "utf-8")
    (package / "faults.py").write_text(FAULTS.format(met=str(met)))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-raw9100\nVersion: 1.0.0\n")
    (info / "entry_points.txt").write_text("[tympan.plugins]\nraw9100 = acme_raw9100.plugin\n")
    return site


def carrying(folder: Path, site: Path) -> Path:
    """The program with its own Python as it is installed, with what a vendor ships added to it."""
    root, name = folder / "opt", "acme_raw9100-1.0.0"
    program = root / "versions" / VERSION / "tympan"
    shutil.copytree(release(VERSION).tree, program.parent, symlinks=True, copy_function=os.link)
    shutil.copytree(site, root / "plugins" / name)
    (root / "plugins" / "current.json").write_text(json.dumps({"v": 1, "use": [name]}))
    return program


@asynccontextmanager
async def device() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A device with a raw socket: its address, and what it printed."""
    printed: list[bytes] = []

    async def take(stream: trio.SocketStream) -> None:
        async with stream:
            printed.append(b"".join([piece async for piece in stream]))

    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, take, [listener])
        yield f"socket://127.0.0.1:{listener.socket.getsockname()[1]}", printed
        nursery.cancel_scope.cancel()


async def row(running: Agent, plugin: str = "raw9100") -> dict[str, Any]:
    rows: list[dict[str, Any]] = await running.ask("plugins")
    return next(each for each in rows if each["id"] == plugin)


async def until(running: Agent, status: str) -> dict[str, Any]:
    async def there() -> bool:
        return bool((await row(running))["status"] == status)

    await wait_until(there, f"raw9100 to be {status}", timeout_s=WAIT_S, every_s=0.1)
    return await row(running)


async def until_ended(running: Agent) -> None:
    async def over() -> bool:
        return not running.program.running

    await wait_until(over, "the agent to end", timeout_s=WAIT_S, every_s=0.1)


async def until_seen(running: Agent) -> None:
    async def seen() -> bool:
        return "keeps the agent from going on" in running.output()

    await wait_until(seen, "the loop to be seen", timeout_s=WAIT_S, every_s=0.2)
    assert "faults.py" in running.output()


async def print_as(running: Agent, title: str, printer: str, *, wait: bool = False) -> None:
    """A command whose agent ends while it asks says so; the job was taken all the same."""
    asked = ["print", str(DOCUMENT), "-p", printer, "--title", title, *(["--wait"] if wait else [])]
    await running.tympan(*asked, check=wait)


async def all_printed(running: Agent, count: int) -> None:
    async def over() -> bool:
        found = await agent_jobs(running)
        return len(found) == count and all(job.state == "completed" for job in found)

    await wait_until(over, f"{count} jobs to be printed", timeout_s=WAIT_S, every_s=0.2)


async def switched_on(running: Agent) -> None:
    """Off at first, never imported; on by policy."""
    before = await row(running)
    assert (before["status"], before["imported"]) == ("off", False)
    await running.tympan("policy", "set", "route.raw9100", "on")
    await until(running, "running")


@asynccontextmanager
async def stage(
    folder: Path, *, outside: bool, carried: bool = False
) -> AsyncIterator[tuple[Agent, str, str, list[bytes]]]:
    """An agent with the plugin on, a printer at its device, another printer, and what the device printed."""
    found = vendor(folder, outside=outside)
    env = {"TYMPAN_KEYS": "file"} | ({} if carried else {"PYTHONPATH": str(found)})
    command = carrying(folder, found) if carried else COMMAND
    async with (
        device() as (uri, printed),
        simulator(folder / "paper") as site,
        agent(folder / "home", env=env, command=command) as one,
    ):
        lab, beside = await add_printer(one, "Lab", uri), await add_printer(one, "Beside", site["eve"].uri)
        await switched_on(one)
        yield one, lab.id, beside.id, printed


IN_A_VENV = pytest.param(False, id="in-a-venv")
IN_A_BUNDLE = pytest.param(True, id="in-a-bundle", marks=[pytest.mark.soak, pytest.mark.timeout(3600)])
"""A release is made."""


@pytest.mark.parametrize("carried", [IN_A_VENV, IN_A_BUNDLE])
async def test_in_a_process_of_its_own_it_fails_alone(tmp_path: Path, carried: bool) -> None:
    async with stage(tmp_path, outside=True, carried=carried) as (running, lab, beside, printed):
        assert (await row(running))["isolation"] == "process"
        pid = (await running.ask("status"))["pid"]
        for fault in ("raise", "exit", "crash", "hog", "loop"):
            await print_as(running, fault, lab)
        for number in range(3):
            await print_as(running, f"beside-{number}", beside, wait=True)
        await all_printed(running, 8)
        assert printed == [DOCUMENT.read_bytes()] * 5
        rows: list[dict[str, Any]] = await running.ask("plugins")
        assert {each["id"]: each["restarts"] for each in rows if each["restarts"]}.keys() == {"raw9100"}
        assert (await row(running))["restarts"] >= 3
        assert (await running.ask("status"))["pid"] == pid
        assert "started again" in await running.tympan("plugins")


async def test_in_the_agents_process_what_can_be_borne_is_borne(tmp_path: Path) -> None:
    async with stage(tmp_path, outside=False) as (running, lab, beside, printed):
        taken = int(Path(f"/proc/{running.pid}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(running.pid, resource.RLIMIT_AS, (taken + ROOM_BYTES, taken + ROOM_BYTES))
        for fault in ("raise", "hog"):
            await print_as(running, fault, lab)
        await print_as(running, "beside", beside, wait=True)
        await all_printed(running, 3)
        found: list[dict[str, Any]] = await running.ask("plugins")
        assert {each["id"] for each in found if each["restarts"]} <= {"raw9100"}

        # Code that ends the process ends the agent; who started it starts it again, and the job is printed once.
        await print_as(running, "exit", lab)
        await until_ended(running)
        await running.start()
        await all_printed(running, 4)
        assert printed == [DOCUMENT.read_bytes()] * 3


# One that waits and one that turns both keep the event loop from going on; core/tests/test_stalls.py has a turning one.
@pytest.mark.parametrize("fault", ["wait", "crash", pytest.param("loop", marks=pytest.mark.soak)])
async def test_in_the_agents_process_one_that_stops_it_is_held_off(tmp_path: Path, fault: str) -> None:
    async with stage(tmp_path, outside=False) as (running, lab, beside, printed):
        await running.stop()
        twice = [
            {"plugin": "raw9100", "version": "1.0.0", "at": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
        ] * 2
        (running.home / "stalls.json").write_text(json.dumps({"v": 1, "stalls": twice}))
        await running.start()
        await until(running, "running")  # twice is not enough
        await print_as(running, fault, lab)
        if fault != "crash":
            await until_seen(running)
            os.kill(running.pid, signal.SIGABRT)  # as the watchdog of a service manager does
        await until_ended(running)
        await running.start()
        held = await until(running, "blocked")
        assert "stopped the agent 3 times" in held["reason"]
        assert held["imported"] is False
        await print_as(running, "beside", beside, wait=True)
        assert {job.name: job.state for job in await agent_jobs(running)} == {fault: "waiting", "beside": "completed"}

        await running.tympan("plugin", "let-in", "raw9100")
        await until(running, "running")
        await all_printed(running, 2)
        assert printed == [DOCUMENT.read_bytes()]
