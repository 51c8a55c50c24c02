"""The whole life of the agent on a clean Debian: from the portal's package, up to date while people print, and gone.

It is cut off once in the midst of an update, and comes back from a broken version by itself.

The package is built once. The versions after it are the same tree under other numbers: the last one does in its
self-check and ends at once when it is to run, as a version does that breaks on one kind of machine alone.
"""

from __future__ import annotations

import os
import re
import tarfile
from pathlib import Path
from typing import Any, Final

import pytest
import trio
from debian import Debian, booted, clean_debian
from desk_rig import Workshop
from office_rig import LOBBY, Office, office
from releases_rig import EPOCH, ROOT, Made, release
from rig import wait_until
from traces import traces

from tympan_packages._debian import make_package
from tympan_packages._release import Release
from tympan_release._making import add

pytestmark = [pytest.mark.anyio, pytest.mark.system, pytest.mark.soak, pytest.mark.timeout(5400)]
FIRST, SECOND, THIRD = "7.1.0", "7.1.1", "7.1.2"
WAIT_S: Final = 300.0
DOCUMENT: Final = ROOT / "tests" / "documents" / "01-a4-1p-gray.pdf"
BROKEN: Final = '#!/bin/sh\n[ "$1" != run ] || exit 1\nexec "$(dirname "$(readlink -f "$0")")/tympan.real" "$@"\n'
LOGIN: Final = "/srv/login"
GIVEN: Final = Path("/var/lib/dpkg/info/tympan.enrolment")


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


def trusting(made: Made, workshop: Workshop, folder: Path) -> Path:
    """The package as whoever publishes makes it: it says whose updates are trusted."""
    trust = folder / "root.json"
    trust.write_bytes(workshop.root)
    this = Release(sources=ROOT, version=made.version, epoch=int(EPOCH))
    return make_package(this, made.tree, folder / "packed", workshop.files, trust=trust)


async def test_from_the_portal_up_to_date_back_from_a_broken_version_and_gone(tmp_path: Path) -> None:
    workshop, made, taken = Workshop(tmp_path / "made"), release(FIRST), tmp_path / "taken"
    taken.mkdir()
    async with (
        booted(clean_debian(), tmp_path / "console", {DOCUMENT.parent: "/srv/documents", taken: "/srv/taken"},
               program="/usr/bin/tympan") as machine,
        office(machine, tmp_path) as here,
    ):  # fmt: skip
        before = await traces(machine)
        workshop.public = here.published
        package = trusting(made, workshop, tmp_path)
        add(workshop.shop(), package)
        workshop.publish()
        await installed_from_the_portal(machine, here, taken / package.name)
        await signed_in(machine, here)
        await queue_there(machine, here)

        titles: list[str] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(print_on, machine, titles)
            add(workshop.shop(), bundle(made, SECOND, workshop.files))
            workshop.name(SECOND)
            await machine.run("systemctl", "restart", "tympan.service")  # an agent looks a minute after its start
            await cut_off(machine)
            await until_agent(machine, SECOND)
            assert (await standing(machine))["previous"] == FIRST
            add(workshop.shop(), bundle(made, THIRD, workshop.files, broken=True))
            workshop.name(THIRD)
            await machine.run("systemctl", "restart", "tympan.service")
            await until_told(machine, THIRD, "returned")
            nursery.cancel_scope.cancel()

        row = await standing(machine)
        assert (row["agent"], row["steady"], row["under_way"]) == (SECOND, SECOND, None)
        assert (await machine.ask("service", "status"))["state"] == "active"
        assert (await machine.ask("hub", "status"))["enrolled"]
        await printed(machine, here, titles)
        assert (await machine.run("systemctl", "is-active", "tympan-update.service", check=False)).strip() == "inactive"
        await machine.run("dpkg", "-P", "tympan")
        assert (await traces(machine)).beyond(before) == {}


async def installed_from_the_portal(machine: Debian, here: Office, file: Path) -> None:
    """Ben presses the button at the portal and installs what he gets; nothing else is told to the computer."""

    async def joined() -> bool:
        return bool((await machine.ask("hub", "status")).get("enrolled"))

    await here.send("/install/package", file)
    await machine.run("dpkg", "-i", f"/srv/taken/{file.name}")
    assert (await machine.ask("service", "status"))["state"] == "active"
    await wait_until(joined, "the computer to have joined", timeout_s=WAIT_S, every_s=0.5)

    async def forgotten() -> bool:
        return not (await machine.run("sh", "-c", f"ls -d /etc/tympan {GIVEN} 2>/dev/null || :")).split()

    await wait_until(forgotten, "nothing to have a token any more", timeout_s=WAIT_S, every_s=0.5)


async def signed_in(machine: Debian, here: Office) -> None:
    """Ben signs in on the computer: it shows a code, and he approves it at the portal."""

    async def code() -> str | None:
        found = re.search(r"^\s*([B-Z]{4}-[B-Z]{4})\s*$", await machine.run("cat", LOGIN, check=False), re.MULTILINE)
        return found and found[1]

    async def done() -> bool:
        return "Ben" in await machine.tympan("whoami", check=False)

    login = f"TYMPAN_HOME=/var/lib/tympan setsid /usr/bin/tympan login >{LOGIN} 2>&1 </dev/null &"
    await machine.run("sh", "-c", login)
    shown = await wait_until(code, "a code to be shown", timeout_s=WAIT_S, every_s=0.5)
    await here.send("/activate", Path(os.devnull), code=str(shown), decision="approve")
    await wait_until(done, "Ben to be signed in", timeout_s=WAIT_S, every_s=0.5)


async def queue_there(machine: Debian, here: Office) -> None:
    """Ben presses Install on the printer's page, for the computer he has just let in."""

    async def there() -> bool:
        return LOBBY in await machine.run("lpstat", "-v", check=False)

    agent = (await machine.ask("hub", "status"))["agent"]
    await here.send(f"/printers/{LOBBY}/install", Path(os.devnull), agent=agent)
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
