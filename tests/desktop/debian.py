"""A clean Debian, booted with its own systemd in a container: what a machine is on which somebody installs the agent.

- Its disk is an overlay in memory over a folder that is never written: each test has a fresh machine.
- It has no network but its own loopback.
- Ended by its id, with everything in it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import psutil
import pytest
import trio
from rig import wait_until

ROOT: Final = Path(__file__).resolve().parents[2]
BOOT_S: Final = 120.0
COMMAND_S: Final = 200.0
TYMPAN: Final = "/opt/tympan/bin/tympan"
_START: Final = """#!/usr/bin/python3 -I
import sys
sys.path[:0] = ["/opt/tympan/ours", "/opt/tympan/theirs"]
from tympan_cli.__main__ import main
main()
"""


@attrs.define(kw_only=True)
class Debian:
    """A running machine.

    Attributes:
        init: The id of its systemd, as seen from here.
        log: What its console said.
        program: The command ``tympan`` there.
    """

    init: int
    log: Path
    program: str = TYMPAN

    async def run(self, *command: str, check: bool = True) -> str:
        """Runs a command on it as root and returns what it printed."""
        enter = ["nsenter", "-t", str(self.init), "-m", "-u", "-i", "-n", "-p", "-C", "--"]
        with trio.fail_after(COMMAND_S):
            done = await trio.run_process(
                [*enter, *command], capture_stdout=True, stderr=subprocess.STDOUT, check=False, stdin=b""
            )
        said = done.stdout.decode(errors="replace")
        assert not check or done.returncode == 0, f"{command} ended with {done.returncode}:\n{said}"
        return said

    async def tympan(self, *arguments: str, check: bool = True) -> str:
        """Runs the command ``tympan`` there, on the service's state folder."""
        return await self.run("env", "TYMPAN_HOME=/var/lib/tympan", self.program, *arguments, check=check)

    async def ask(self, *arguments: str) -> Any:
        """What it answers to scripts, whatever its status."""
        said = await self.tympan(*arguments, "--json", check=False)
        try:
            return json.loads(said)
        except ValueError as error:
            error.add_note(said)
            raise

    async def signal(self, name: str) -> None:
        """Sends the agent's own process a signal, as anybody might: its service is not told."""
        pid = await self.run("systemctl", "show", "--property", "MainPID", "--value", "tympan.service")
        await self.run("sh", "-c", f"kill -{name} {int(pid)}")

    async def write(self, path: str, text: str) -> None:
        """Writes a file there."""
        await self.run("sh", "-c", 'mkdir -p "$(dirname "$1")" && printf %s "$2" > "$1"', "sh", path, text)


def clean_debian() -> Path:
    """The folder of one that was never booted."""
    made = subprocess.run([ROOT / "tools" / "debian.sh"], capture_output=True, text=True, timeout=900)
    if made.returncode:
        pytest.fail(f"no clean Debian can be made here: {made.stderr[-2000:]}")
    return Path(made.stdout.splitlines()[-1])


def installed(folder: Path) -> Path:
    """The agent as a folder for ``/opt/tympan``: wheels of ours unpacked, what they depend on from here."""
    wheels, ours, command = folder / "wheels", folder / "opt" / "ours", folder / "opt" / "bin" / "tympan"
    uv = Path(sys.executable).with_name("uv")
    build = [
        str(uv),
        "build",
        "--quiet",
        "--offline",
        "--wheel",
        "--all-packages",
        "--no-build-isolation",
        "-o",
        str(wheels),
    ]
    subprocess.run([*build, "--python", sys.executable], cwd=ROOT, check=True, timeout=600)
    for wheel in wheels.glob("*.whl"):
        subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, ours], check=True, timeout=60)
    command.parent.mkdir(parents=True)
    command.write_text(_START)
    for path in (folder, folder / "opt", command.parent, command):
        path.chmod(0o755)
    return folder / "opt"


@asynccontextmanager
async def debian(root: Path, opt: Path, log: Path) -> AsyncIterator[Debian]:
    """Boots one with the agent in ``/opt/tympan``."""
    site = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    (opt / "theirs").mkdir(exist_ok=True)
    async with booted(root, log, {opt: "/opt/tympan", site: "/opt/tympan/theirs"}) as machine:
        yield machine


@asynccontextmanager
async def booted(
    root: Path,
    log: Path,
    shown: Mapping[Path, str],
    program: str = TYMPAN,
    *,
    network: Path | None = None,
    kept: bool = False,
) -> AsyncIterator[Debian]:
    """Boots one that sees folders of this machine, by their names there; they cannot be written.

    Args:
        root: The folder with its disk.
        log: Takes what its console says.
        shown: Folders, and their names there.
        program: The command ``tympan`` there.
        network: A network it stands in, besides others or before and after them; one of its own where None.
        kept: Whether its disk is the folder itself, which is written.
    """
    binds = [word for here, there in shown.items() for word in ("--bind-ro", f"{here}:{there}")]
    boot = ["systemd-nspawn", "--quiet", "--boot", "--directory", str(root), "--register=no", "--keep-unit",
            f"--network-namespace-path={network}" if network else "--private-network",
            f"--volatile={'no' if kept else 'overlay'}", "--link-journal=no", "--console=pipe", *binds]  # fmt: skip
    with log.open("wb") as console:
        process = await trio.lowlevel.open_process(boot, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
    try:
        machine = Debian(init=await _init(process.pid), log=log, program=program)
        await wait_until(lambda: _booted(machine), "Debian to be up", timeout_s=BOOT_S, every_s=0.5)
        yield machine
    finally:
        for child in psutil.Process(process.pid).children():
            child.kill()  # its systemd: everything in it goes with it
        with trio.move_on_after(20) as patience, trio.CancelScope(shield=True):
            await process.wait()
        if patience.cancelled_caught:
            process.kill()


async def _init(supervisor: int) -> int:
    async def found() -> int | None:
        children = psutil.Process(supervisor).children()
        return children[0].pid if children else None

    return int(await wait_until(found, "systemd to begin", timeout_s=BOOT_S, every_s=0.1) or 0)


async def _booted(machine: Debian) -> bool:
    said = await machine.run("systemctl", "is-system-running", check=False)
    return said.strip() in ("running", "degraded")
