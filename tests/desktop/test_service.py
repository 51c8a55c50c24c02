"""The agent as a service of a clean Debian, under its own systemd."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trio
from debian import Debian, clean_debian, debian, installed
from rig import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.system, pytest.mark.soak]  # a Debian is made and booted
WAIT_S = 90.0
WATCHDOG_S = 12


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


async def until_started(machine: Debian, times: int) -> None:
    """Waits until the service runs and was started again so often."""

    async def there() -> bool:
        row = await machine.ask("service", "status")
        return (row["state"], row["restarts"]) == ("active", times)

    await wait_until(there, f"the agent to be started again {times} times", timeout_s=WAIT_S, every_s=0.5)


ASK = """
import http.client, json, pwd, sys
port = json.load(open("/run/tympan/agent.json"))["port"]
link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
link.request("POST", "/me/v1/look", json.dumps({"account": "root", "seen": ""}))
print(link.getresponse().read().decode())
"""
"""What a user's tray asks of the system's agent: without a token, and saying that it is somebody else."""


async def shown_to(machine: Debian, account: str) -> tuple[str, list[str]]:
    """For whom the system's agent takes a user of the machine, and the printers it shows them."""
    argv = ["setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups", "python3", "-I", "-c", ASK]
    view = json.loads(await machine.run(*argv))["view"]
    return view["account"], [printer["name"] for printer in view["printers"]]


PROBE = """
import json, socket, sys, time
refused, longest, answered = 0, 0.0, 0
end = time.monotonic() + float(sys.argv[1])
print("looks", flush=True)
while time.monotonic() < end:
    begun = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", 39149), timeout=60) as link:
            link.sendall(b"GET /api/v1/ping HTTP/1.1\\r\\nHost: localhost:39149\\r\\nConnection: close\\r\\n\\r\\n")
            answered += link.recv(100).startswith(b"HTTP/1.1 401")
    except ConnectionRefusedError:
        refused += 1
    except ConnectionResetError:
        pass
    longest = max(longest, time.monotonic() - begun)
    time.sleep(0.005)
print(json.dumps({"refused": refused, "longest_s": round(longest, 3), "answered": answered}))
"""
"""A program that knocks at the agent's port all the time."""
TAKE = """
import socket, time
end = time.monotonic() + float(__import__("sys").argv[1])
while time.monotonic() < end:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, ""), (socket.AF_INET6, "::1")):
        with socket.socket(family) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind((host, 39149))
                taken.listen()
                print("taken at", host or "any")
            except OSError:
                pass
    time.sleep(0.001)
"""
"""Another user who waits for the port to be free."""
LOOK_S = 12


async def watched(machine: Debian, *command: str) -> dict[str, float]:
    """What somebody who prints, and somebody who wants the port, see while a command runs."""
    seen: dict[str, str] = {}

    async def look(name: str, *argv: str) -> None:
        seen[name] = await machine.run(*argv)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look, "probe", "python3", "-I", "-c", PROBE, str(LOOK_S))
        other = ("setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups")
        nursery.start_soon(look, "other", *other, "python3", "-I", "-c", TAKE, str(LOOK_S))
        await trio.sleep(1)
        await machine.run(*command)
    assert seen["other"] == ""
    told: dict[str, float] = json.loads(seen["probe"].splitlines()[-1])
    print(command, told)  # figures of a run by hand
    return told


async def test_its_port_is_held_while_it_is_away_and_whoever_prints_meanwhile_waits(tmp_path: Path) -> None:
    root, opt = clean_debian(), installed(tmp_path)
    async with debian(root, opt, tmp_path / "console") as machine:
        await machine.tympan("service", "install")
        kill = 'kill -KILL "$(systemctl show --property MainPID --value tympan.service)"'
        stop = "systemctl stop tympan.service; sleep 1; systemctl start tympan.service"
        for command in (("systemctl", "restart", "tympan.service"), ("sh", "-c", kill), ("sh", "-c", stop)):
            told = await watched(machine, *command)
            assert told["refused"] == 0
            assert told["answered"] > 100
        await machine.tympan("service", "install")
        assert "tympan.service" in await machine.run("systemctl", "list-sockets", "--no-pager")

        broken = "[Service]\nExecStart=\nExecStart=/bin/false\nEnvironment=TYMPAN_HOME=%S/tympan\n"
        await machine.write("/etc/systemd/system/tympan.service.d/broken.conf", broken)
        await machine.run("systemctl", "daemon-reload")
        await machine.run("systemctl", "restart", "tympan.service", check=False)
        await watched_broken(machine)
        await machine.run("rm", "-r", "/etc/systemd/system/tympan.service.d")
        await machine.run("systemctl", "daemon-reload")
        await wait_until(lambda: answers(machine), "the agent to be back by itself", timeout_s=WAIT_S, every_s=0.5)
        assert "tympan.service" in await machine.run("systemctl", "list-sockets", "--no-pager")

        await machine.tympan("service", "remove")
        assert "tympan" not in await machine.run("systemctl", "list-sockets", "--all", "--no-pager")


async def watched_broken(machine: Debian) -> None:
    """Somebody knocks while the agent dies at each start: it is tried again, at a pace, and for ever."""
    await machine.run("python3", "-I", "-c", PROBE, str(LOOK_S), check=False)
    row = await machine.ask("service", "status")
    assert row["state"] == "activating", row
    assert 3 < row["restarts"] < 2 * LOOK_S, "neither given up nor started in a loop"


async def answers(machine: Debian) -> bool:
    """Whether the agent runs and has its port."""
    return bool((await machine.ask("service", "status"))["state"] == "active")


async def test_installed_it_lives_is_started_again_and_leaves_only_what_is_somebodys(tmp_path: Path) -> None:
    root, opt = clean_debian(), installed(tmp_path)
    async with debian(root, opt, tmp_path / "console") as machine:
        assert (await machine.ask("service", "status"))["installed"] is False
        await machine.tympan("service", "install")
        row = await machine.ask("service", "status")
        assert (row["state"], row["starts_by_itself"], row["restarts"]) == ("active", True, 0)
        assert "plugins run" in row["says"]
        plugins = {row["id"]: row["status"] for row in await machine.ask("plugins")}
        assert set(plugins.values()) <= {"running", "off", "unsupported"}, plugins
        assert (await machine.ask("status"))["keys"] == "credential"
        await machine.tympan("printers", "add", "Lab", "--uri", "ipp://printer.example/ipp/print")
        assert await shown_to(machine, "daemon") == ("daemon", ["Lab"])

        await machine.signal("KILL")
        await until_started(machine, 1)
        assert [row["id"] for row in await machine.ask("printers", "list")] == ["lab"]

        quick = f"[Service]\nWatchdogSec={WATCHDOG_S}\n"
        await machine.write("/etc/systemd/system/tympan.service.d/quick.conf", quick)
        await machine.tympan("service", "install")
        key = await machine.run("sha256sum", "/etc/credstore.encrypted/tympan.store")
        await machine.signal("STOP")
        await until_started(machine, 1)
        assert "watchdog" in (await machine.run("journalctl", "--no-pager", "-u", "tympan")).lower()

        await machine.tympan("service", "install")
        assert await machine.run("sha256sum", "/etc/credstore.encrypted/tympan.store") == key
        assert [row["id"] for row in await machine.ask("printers", "list")] == ["lab"]
        await machine.tympan("service", "remove")
        left = await machine.run("find", "/etc/systemd", "/var/lib", "/etc/credstore.encrypted", "-name", "*tympan*")
        assert sorted(left.split()) == [
            "/etc/credstore.encrypted/tympan.store",
            "/etc/systemd/system/tympan.service.d",
            "/var/lib/private/tympan",
            "/var/lib/tympan",
        ]
        assert "tympan" not in await machine.run("sh", "-c", "cat /proc/[0-9]*/comm")


STILL = """
import pathlib, trio
from tympan.plugin import Contribution, hookimpl

class Still:
    async def run(self, host):
        host.ready()
        await trio.sleep(5)
        while not pathlib.Path("/var/lib/tympan/still").exists():
            await trio.sleep(0.1)
        while True:
            pass

@hookimpl
def register_services():
    return [Contribution(port=Still())]
"""
MANIFEST = """
api = 1
id = "still"
summary = "Keeps the agent from going on"
platforms = ["linux"]
permissions = []
requires = []
[[capabilities]]
key = "test.still"
summary = "A test"
default = "on"
"""


def vendors(ours: Path) -> None:
    """Lays a vendor's plugin that stands still beside ours."""
    package, info = ours / "acme_still", ours / "acme_still-1.0.dist-info"
    files = {
        package / "__init__.py": "",
        package / "plugin.py": STILL,
        package / "plugin.toml": MANIFEST,
        info / "METADATA": "Metadata-Version: 2.1\nName: acme-still\nVersion: 1.0\n",
        info / "entry_points.txt": "[tympan.plugins]\nstill = acme_still.plugin\n",
    }
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (info / "RECORD").write_text("".join(f"{path.relative_to(ours)},,\n" for path in files))


async def test_a_kernel_that_stands_still_is_ended_by_systemd_and_the_plugin_that_did_it_held_off(
    tmp_path: Path,
) -> None:
    root, opt = clean_debian(), installed(tmp_path)
    vendors(opt / "ours")
    async with debian(root, opt, tmp_path / "console") as machine:
        quick = f"[Service]\nWatchdogSec={WATCHDOG_S}\n"
        await machine.write("/etc/systemd/system/tympan.service.d/quick.conf", quick)
        await machine.tympan("service", "install")
        rows = {row["id"]: row for row in await machine.ask("plugins")}
        assert rows["still"]["status"] == "running"
        await machine.write("/var/lib/tympan/still", "")

        async def held_off() -> bool:
            said = await machine.tympan("plugins", "--json", check=False)
            rows = json.loads(said) if said.startswith("[") else []  # between two agents nobody answers
            return any((row["id"], row["status"]) == ("still", "blocked") for row in rows)

        await wait_until(held_off, "the plugin to be held off", timeout_s=3 * WAIT_S, every_s=1.0)
        rows = {row["id"]: row for row in await machine.ask("plugins")}
        assert "it stopped the agent 3 times" in rows["still"]["reason"]
        await until_started(machine, 3)
        said = await machine.run("journalctl", "--no-pager", "-u", "tympan")
        assert said.count("Watchdog timeout") == 3
