"""The agent as a service of a clean Debian, under its own systemd."""

from __future__ import annotations

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
