"""A print system that comes after Tympan: the queues that were ordered meanwhile come by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from debian import Debian, booted, clean_debian
from office_rig import LOBBY, office
from releases_rig import ROOT, release
from rig import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.system, pytest.mark.soak, pytest.mark.timeout(5400)]
VERSION: Final = "7.1.0"
WAIT_S: Final = 150.0
DOCUMENT: Final = ROOT / "tests" / "documents" / "01-a4-1p-gray.pdf"
PACKAGES: Final = "/srv/print-system"


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


async def without_a_print_system(machine: Debian) -> None:
    """As a computer is that never had one."""
    names = [Path(path).name.partition("_")[0] for path in (await machine.run("ls", PACKAGES)).split()]
    await machine.run("dpkg", "--purge", "--force-depends", *names)
    await machine.run("groupdel", "lpadmin")


async def test_queues_come_with_the_print_system(tmp_path: Path) -> None:
    made = release(VERSION)
    shown = {made.folder: "/packages", DOCUMENT.parent: "/documents"}
    async with (
        booted(clean_debian(), tmp_path / "console", shown, program="/usr/bin/tympan") as machine,
        office(machine, tmp_path) as here,
    ):
        await without_a_print_system(machine)
        await machine.write("/etc/tympan/enrolment", await here.enrolment())
        await machine.run("dpkg", "-i", f"/packages/{made.package.name}")

        async def joined() -> bool:
            return bool((await machine.ask("hub", "status")).get("enrolled"))

        await wait_until(joined, "the computer to have joined", timeout_s=WAIT_S, every_s=0.5)
        assert "tympan:" not in await machine.run("cat", "/etc/passwd")
        await here.ask(f"printers/{LOBBY}/install", agent=(await machine.ask("hub", "status"))["agent"])

        async def in_vain() -> bool:
            [place] = (await here.ask(f"printers/{LOBBY}/computers"))["items"]
            return bool(place["standing"] == "not-installed")

        await wait_until(in_vain, "the queue not to have come", timeout_s=WAIT_S, every_s=0.5)
        await machine.run("sh", "-c", f"dpkg -i {PACKAGES}/*.deb")

        async def there() -> bool:
            return LOBBY in await machine.run("lpstat", "-v", check=False)

        await wait_until(there, "the queue to be there", timeout_s=WAIT_S, every_s=0.5)
        await machine.run("lp", "-d", LOBBY, "-t", "first", f"/documents/{DOCUMENT.name}")

        async def printed() -> bool:
            return here.printed == ["first"]

        await wait_until(printed, "the page to come out", timeout_s=WAIT_S, every_s=0.5)
