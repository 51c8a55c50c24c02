"""Many computers from one image: each has a key, a place at the hub and jobs of its own, however the image was made."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from debian import Debian, booted, clean_debian
from discovery_rig._namespaces import Namespace
from office_rig import HOSTS, LOBBY, network_of_machines, office_in
from releases_rig import Made, release
from rig import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.system, pytest.mark.soak, pytest.mark.timeout(5400)]
VERSION: Final = "7.1.0"
WAIT_S: Final = 150.0
PROGRAM: Final = "/usr/bin/tympan"
STORE: Final = "/etc/credstore.encrypted/tympan.store"


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@contextmanager
def disk() -> Iterator[Path]:
    """A clean Debian whose disk can be written, as an image begins."""
    with tempfile.TemporaryDirectory(prefix="tympan-image-") as folder:
        root = Path(folder, "root")
        subprocess.run(["cp", "-a", clean_debian(), root], check=True, timeout=300)
        (root / "etc/hosts").write_text(HOSTS)
        yield root


def sealed(root: Path, enrolment: str) -> None:
    """What everybody does to an image last: it is no computer; and each is told with what token it joins."""
    (root / "etc/machine-id").write_text("")
    (root / "var/lib/dbus/machine-id").unlink(missing_ok=True)
    (root / "etc/tympan").mkdir(exist_ok=True)
    (root / "etc/tympan/enrolment").write_text(enrolment)


async def identity(machine: Debian) -> tuple[str, str]:
    """The place at the hub and the key of a computer that has joined."""

    async def joined() -> bool:
        said = await machine.tympan("hub", "status", "--json", check=False)
        return said.startswith("{") and bool(json.loads(said).get("enrolled"))  # no agent is there in the beginning

    try:
        await wait_until(joined, "the computer to have joined", timeout_s=WAIT_S, every_s=0.5)
    except TimeoutError as error:
        error.add_note(await machine.run("journalctl", "--no-pager", "--lines=200", "--unit=tympan*"))
        raise
    return (await machine.ask("hub", "status"))["agent"], await machine.run("sha256sum", STORE)


async def rolled_out(root: Path, network: Namespace, logs: Path, how_many: int) -> list[tuple[str, str]]:
    """Starts computers of an image, one after the other, for the first time each."""
    found = []
    for number in range(how_many):
        log = logs / f"console-{number}"
        async with booted(root, log, {}, program=PROGRAM, network=network.path) as machine:
            found.append(await identity(machine))
            assert (await machine.ask("service", "status"))["state"] == "active"
            assert [row["id"] for row in await machine.ask("printers", "list")] == [LOBBY], "and nobody's own"
    return found


def all_differ(found: list[tuple[str, str]]) -> None:
    """No two have the same place or the same key."""
    for each in zip(*found, strict=True):
        assert len(set(each)) == len(found)


async def test_an_image_that_never_ran_makes_computers_of_their_own(tmp_path: Path) -> None:
    made = release(VERSION)
    with disk() as root, network_of_machines() as network:
        async with office_in(network, tmp_path) as here:
            install(made, root)
            sealed(root, await here.enrolment(2))
            all_differ(await rolled_out(root, network, tmp_path, 2))


def install(made: Made, root: Path) -> None:
    """As whoever builds images does: without a running systemd."""
    shutil.copyfile(made.package, root / "srv" / made.package.name)
    inside = ["systemd-nspawn", "--quiet", "--pipe", "--register=no", "--keep-unit", "--directory", str(root)]
    done = subprocess.run([*inside, "dpkg", "-i", f"/srv/{made.package.name}"], capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (root / STORE[1:]).exists()


async def test_an_image_of_a_computer_that_was_used_makes_computers_that_are_not_that_one(tmp_path: Path) -> None:
    made = release(VERSION)
    with disk() as root, network_of_machines() as network:
        async with office_in(network, tmp_path) as here:
            shown = {made.folder: "/packages"}
            log = tmp_path / "console"
            async with booted(root, log, shown, program=PROGRAM, network=network.path, kept=True) as machine:
                await machine.write("/etc/tympan/enrolment", await here.enrolment())
                await machine.run("dpkg", "-i", f"/packages/{made.package.name}")
                first = await identity(machine)
                await machine.tympan("printers", "add", "Lab", "--uri", "ipp://printer.example/ipp/print")
                await machine.run("systemctl", "stop", "tympan.service")
            sealed(root, await here.enrolment(2))
            all_differ([first, *await rolled_out(root, network, tmp_path, 2)])
