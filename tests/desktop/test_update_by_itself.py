"""A clean Debian that brings itself up to date while people print, cut off once, and comes back from a broken version.

The package is built once. The versions after it are the same tree under other numbers: the last one does in its
self-check and ends at once when it is to run, as a version does that breaks on one kind of machine alone.
"""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any, Final

import pytest
import trio
from debian import Debian, booted, clean_debian
from desk_rig import Workshop
from office_rig import LOBBY, Office, office
from releases_rig import ROOT, Made, release
from rig import wait_until

from tympan_release._making import add

pytestmark = [pytest.mark.anyio, pytest.mark.system, pytest.mark.soak, pytest.mark.timeout(5400)]
FIRST, SECOND, THIRD = "7.1.0", "7.1.1", "7.1.2"
WAIT_S: Final = 300.0
DOCUMENT: Final = ROOT / "tests" / "documents" / "01-a4-1p-gray.pdf"
BROKEN: Final = '#!/bin/sh\n[ "$1" != run ] || exit 1\nexec "$(dirname "$(readlink -f "$0")")/tympan.real" "$@"\n'
SETTINGS: Final = '[updater]\nrepository = "/srv/updates"\n'


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


def bundle(made: Made, version: str, folder: Path, *, broken: bool = False) -> Path:
    """The tree of a release under another number."""
    path = folder / f"tympan-{version}-linux-x86_64.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for each in sorted(made.tree.iterdir()):
            tar.add(each, "tympan.real" if broken and each.name == "tympan" else each.name)
        if broken:
            script = folder / "broken"
            script.write_text(BROKEN)
            script.chmod(0o755)
            tar.add(script, "tympan")
    return path


async def standing(machine: Debian) -> dict[str, Any]:
    """What ``tympan update status`` says."""
    row: dict[str, Any] = await machine.ask("update", "status")
    return row


async def lp(machine: Debian, title: str) -> None:
    """Prints a page as any program there does."""
    await machine.run("lp", "-d", LOBBY, "-t", title, f"/srv/documents/{DOCUMENT.name}")


async def print_on(machine: Debian, titles: list[str]) -> None:
    """A page every second, until cancelled."""
    while True:
        title = f"page {len(titles)}"
        await lp(machine, title)
        titles.append(title)
        await trio.sleep(1)


async def test_it_goes_to_the_next_version_and_comes_back_from_a_broken_one_while_people_print(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "made")
    workshop.public.mkdir()
    made = release(FIRST)
    add(workshop.shop(), bundle(made, SECOND, workshop.files))
    shown = {made.folder: "/srv/packages", DOCUMENT.parent: "/srv/documents", workshop.public: "/srv/updates"}
    async with (
        booted(clean_debian(), tmp_path / "console", shown, program="/usr/bin/tympan") as machine,
        office(machine, tmp_path) as here,
    ):
        await machine.write("/etc/tympan/enrolment", await here.enrolment())
        await machine.run("dpkg", "-i", f"/srv/packages/{made.package.name}")
        await machine.write("/opt/tympan/trust/root.json", workshop.root.decode())
        await queue_there(machine, here)
        await machine.write("/var/lib/private/tympan/settings.toml", SETTINGS)
        await machine.run("systemctl", "restart", "tympan.service")

        titles: list[str] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(print_on, machine, titles)
            workshop.name(SECOND)
            await cut_off(machine)
            await until_agent(machine, SECOND)
            assert (await standing(machine))["previous"] == FIRST
            add(workshop.shop(), bundle(made, THIRD, workshop.files, broken=True))
            workshop.name(THIRD)
            await machine.run("systemctl", "restart", "tympan.service")  # an agent looks a minute after its start
            await until_told(machine, THIRD, "returned")
            nursery.cancel_scope.cancel()

        row = await standing(machine)
        assert (row["agent"], row["steady"], row["under_way"]) == (SECOND, SECOND, None)
        assert (await machine.ask("service", "status"))["state"] == "active"
        assert (await machine.ask("hub", "status"))["enrolled"]
        await printed(machine, here, titles)
        assert (await machine.run("systemctl", "is-active", "tympan-update.service", check=False)).strip() == "inactive"


async def queue_there(machine: Debian, here: Office) -> None:
    """The computer has joined, and has the queue that somebody at the portal ordered."""

    async def joined() -> bool:
        return bool((await machine.ask("hub", "status")).get("enrolled"))

    async def there() -> bool:
        return LOBBY in await machine.run("lpstat", "-v", check=False)

    await wait_until(joined, "the computer to have joined", timeout_s=WAIT_S, every_s=0.5)
    await here.ask(f"printers/{LOBBY}/install", agent=(await machine.ask("hub", "status"))["agent"])
    await wait_until(there, "the queue to be there", timeout_s=WAIT_S, every_s=0.5)


async def cut_off(machine: Debian) -> None:
    """The updater is killed in the midst of its work, as by a power cut; the journal has it started again."""

    async def at_work() -> bool:
        return (await standing(machine))["under_way"] is not None

    await wait_until(at_work, "the updater to be at work", timeout_s=WAIT_S, every_s=0.2)
    await machine.run("systemctl", "kill", "--signal=KILL", "tympan-update.service")


async def until_agent(machine: Debian, version: str) -> None:
    """The version runs and proved itself."""

    async def there() -> bool:
        row = await standing(machine)
        return bool(row["steady"] == version and row["under_way"] is None)

    await wait_until(there, f"{version} to run", timeout_s=WAIT_S, every_s=1.0)


async def until_told(machine: Debian, version: str, ending: str) -> None:
    """The last update ended so."""

    async def told() -> bool:
        return [(row["version"], row["ending"]) for row in (await standing(machine))["outcomes"]] == [(version, ending)]

    await wait_until(told, f"{version} to be {ending}", timeout_s=WAIT_S, every_s=1.0)


async def printed(machine: Debian, here: Office, titles: list[str]) -> None:
    """Every page came out, once."""

    async def out() -> bool:
        return set(titles) <= set(here.printed)

    await wait_until(out, "every page to come out", timeout_s=WAIT_S, every_s=1.0)
    assert sorted(title for title in here.printed if title in titles) == sorted(titles)
