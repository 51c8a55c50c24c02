"""The agent as a service of a clean Debian, under its own systemd."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
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
