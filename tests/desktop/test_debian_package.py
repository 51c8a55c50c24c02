"""The package on a clean Debian: installed with a token, joined, prints, upgraded while a job waits, and gone."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from debian import Debian, booted, clean_debian
from office_rig import LOBBY, Office, office
from releases_rig import ROOT, release
from rig import wait_until
from traces import KINDS, traces

pytestmark = [pytest.mark.anyio, pytest.mark.system, pytest.mark.soak, pytest.mark.timeout(5400)]
FIRST, SECOND = "7.1.0", "7.2.0"
WAIT_S = 150.0
DOCUMENT = ROOT / "tests" / "documents" / "01-a4-1p-gray.pdf"


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


async def until(what: str, holds: Callable[[], Awaitable[bool]]) -> None:
    """Waits for something."""
    await wait_until(holds, what, timeout_s=WAIT_S, every_s=0.5)


async def joined(machine: Debian) -> bool:
    """Whether the agent belongs to a hub."""
    row = json.loads(await machine.tympan("hub", "status", "--json", check=False) or "{}")
    return bool(row.get("enrolled"))


async def version(machine: Debian) -> str:
    """Of the agent that runs."""
    said = await machine.tympan("--version")
    return said.split()[-1]


async def states(machine: Debian) -> dict[str, str]:
    """Jobs there by their titles."""
    return {row["name"]: row["state"] for row in await machine.ask("jobs")}


async def install(machine: Debian, which: str) -> str:
    """Installs a version's package."""
    return await machine.run("dpkg", "-i", f"/packages/{which}/{release(which).package.name}")


async def test_installed_joined_printed_upgraded_while_a_job_waits_and_gone(tmp_path: Path) -> None:
    shown = {release(which).folder: f"/packages/{which}" for which in (FIRST, SECOND)} | {
        DOCUMENT.parent: "/packages/documents"
    }
    async with (
        booted(clean_debian(), tmp_path / "console", shown, program="/usr/bin/tympan") as machine,
        office(machine, tmp_path) as here,
    ):
        before = await traces(machine)
        await machine.write("/etc/tympan/enrolment", await here.enrolment())
        await install(machine, FIRST)
        assert (await machine.ask("service", "status"))["state"] == "active"
        await until("the computer to have joined", lambda: joined(machine))
        await until("the file with the token to be gone", lambda: gone(machine, "/etc/tympan/enrolment"))
        assert {row["status"] for row in await machine.ask("plugins")} <= {"running", "off", "unsupported"}
        assert await version(machine) == FIRST
        order = await machine.run("systemd-analyze", "verify", "--man=no", "multi-user.target", check=False)
        assert "cycle" not in order  # systemd would leave out one of our units, by chance

        await installed_from_the_portal(machine, here)
        await prints(machine, here, "first")
        await waits_through_an_upgrade(machine, here)
        assert set((await traces(machine)).beyond(before)) == KINDS
        await machine.run("dpkg", "-P", "tympan")
        assert (await traces(machine)).beyond(before) == {}


async def installed_from_the_portal(machine: Debian, here: Office) -> None:
    """Whoever is at the portal has a queue made on this computer."""
    agent = (await machine.ask("hub", "status"))["agent"]
    await here.ask(f"printers/{LOBBY}/install", agent=agent)

    async def there() -> bool:
        return LOBBY in await machine.run("lpstat", "-v", check=False)

    await until("the queue to be there", there)


async def lp(machine: Debian, title: str) -> None:
    """Prints a page as any program there does."""
    await machine.run("lp", "-d", LOBBY, "-t", title, f"/packages/documents/{DOCUMENT.name}")


async def prints(machine: Debian, here: Office, title: str) -> None:
    """A page comes out at the hub's printer."""

    async def came_out() -> bool:
        return title in here.printed

    await lp(machine, title)
    await until(f"{title} to come out", came_out)


async def waits_through_an_upgrade(machine: Debian, here: Office) -> None:
    """A job for a device that is away is there after the upgrade, and comes out once."""
    await here.device.stop()
    await lp(machine, "waits")

    async def taken() -> bool:
        return (await states(machine)).get("waits") == "waiting"

    await until("the job to wait for its device", taken)
    await install(machine, SECOND)
    assert await version(machine) == SECOND
    links = await machine.run("readlink", "/opt/tympan/current", "/opt/tympan/previous", "/opt/tympan/steady")
    assert links.split() == [f"versions/{SECOND}", f"versions/{FIRST}", f"versions/{SECOND}"]
    assert await joined(machine)
    assert here.printed == ["first"]
    await here.switch_on()

    async def came_out() -> bool:
        return "waits" in here.printed

    await until("what waited to come out", came_out)
    await prints(machine, here, "last")
    assert here.printed == ["first", "waits", "last"]


async def gone(machine: Debian, path: str) -> bool:
    """Whether there is no such file."""
    return (await machine.run("sh", "-c", f"[ ! -e {path} ] && echo gone", check=False)).strip() == "gone"
