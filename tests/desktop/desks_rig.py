"""Desks whose real agents update themselves: an installation of theirs each, and whoever starts the agent again.

A version is a script that runs the agent of these sources, or one that ends at once when it is to run: versions differ
in nothing else, so nobody builds them. A program ``systemctl`` before all others asks the test to start an agent again,
which does so as systemd would and says whether it got ready.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import trio
from rig import Agent, ProgramFailed, agent

from tympan_release._shop import replace
from tympan_updater._installation import Installation, Pointer
from tympan_wire.updates import Version

FIRST: Final = "1.0.0"
STOP_S: Final = 60.0
_RUN: Final = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
case "$1 $2" in
    "update check") echo '{{"faults": []}}'; exit 0 ;;  # as an account that may not read these sources
    "run "*) {ends} ;;
esac
TYMPAN_INSTALL=$(dirname "$(dirname "$here")") exec {program} "$@"
"""
_ENDS: Final = "exit 1"
_MANAGER: Final = """#!/bin/sh
exec {python} -S -c '
import socket, sys
asked = socket.socket(socket.AF_UNIX)
asked.connect(sys.argv[1])
asked.sendall((" ".join(sys.argv[2:]) + "\\n").encode())
said = asked.makefile().readline().strip()
sys.exit(said or None)
' {socket} "$@"
"""
_SETTINGS: Final = "[transport_https]\necho_interval_s = 0.5\nretry_first_s = 0.05\nretry_last_s = 0.5\n"


def version(folder: Path, number: str, *, broken: bool = False) -> Path:
    """A version as it is published."""
    path = folder / f"tympan-{number}-linux-x86_64.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        text = _script(broken=broken).encode()
        member = tarfile.TarInfo("tympan")
        member.size, member.mode = len(text), 0o755
        tar.addfile(member, io.BytesIO(text))
    return path


def _script(*, broken: bool) -> str:
    program = Path(sys.executable).with_name("tympan")
    return _RUN.format(ends=_ENDS if broken else ":", program=program)


@attrs.define(kw_only=True)
class Desk:
    """A computer.

    Attributes:
        name: Its name.
        place: Its installation.
        agent: The process.
        id: The agent's, at the hub.
    """

    name: str
    place: Installation
    agent: Agent
    id: str = ""

    @property
    def runs(self) -> str:
        """The version that is meant."""
        return str(self.place.running().agent)

    @property
    def took(self) -> set[str]:
        """Versions that were ever laid down here, and are still."""
        return {path.name for path in (self.place.root / "versions").iterdir()}

    async def join(self, address: str, token: str) -> None:
        """Joins a hub."""
        await self.agent.tympan("hub", "enrol", address, f"--token={token}")
        self.id = (await self.agent.ask("hub.status"))["agent"]

    def outcomes(self) -> str:
        """What is written down of its updates."""
        paths = [path for path in (self.place.root / "update").glob("*.json") if path.is_file()]
        return "\n".join(f"{path.name}: {path.read_text()}" for path in paths)

    async def thinks(self) -> str:
        """What its updater says of how things stand."""
        rows: list[dict[str, Any]] = await self.agent.ask("plugins")
        return next(str(row) for row in rows if row["id"] == "updater")

    async def start_again(self) -> str:
        """Starts what ``current`` means now; why it did not get ready, "" where it did."""
        if self.agent.program.running:  # by its id, and not with its children: the updater is one of them
            os.kill(self.agent.pid, signal.SIGTERM)
            with trio.fail_after(STOP_S):
                while self.agent.program.running:
                    await trio.sleep(0.02)
        try:
            await self.agent.start()
        except ProgramFailed:
            return "it ended at once"
        return ""


@contextmanager
def floor() -> Iterator[Path]:
    """A folder that everybody may look into: a new version is tried as an account that nobody has."""
    with tempfile.TemporaryDirectory(prefix="desks-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@asynccontextmanager
async def desk(folder: Path, name: str, root: bytes) -> AsyncIterator[Desk]:
    """A computer with the first version, whose agent runs; ``root`` is whom it trusts with updates."""
    home = folder / name
    place = _installed(home / "install", root)
    environment = _environment(home, place)
    started = agent(home / "state", env=environment, settings=_SETTINGS, command=place.root / "current" / "tympan")
    async with started as running, trio.open_nursery() as nursery:
        made = Desk(name=name, place=place, agent=running)
        listener = await _listen(home / "manager")
        nursery.start_soon(partial(trio.serve_listeners, partial(_manage, made), [listener]))
        yield made
        nursery.cancel_scope.cancel()


def _installed(folder: Path, root: bytes) -> Installation:
    place, number = Installation(folder), Version(FIRST)
    place.tree(number).mkdir(parents=True)
    place.program(number).write_text(_script(broken=False))
    place.program(number).chmod(0o755)
    (place.tree(number) / "complete").touch()
    for pointer in (Pointer.CURRENT, Pointer.STEADY):
        place.point(pointer, number)
    replace(place.trust, root)
    return place


def _environment(home: Path, place: Installation) -> dict[str, str]:
    manager, units = home / "bin" / "systemctl", home / "config" / "systemd" / "user"
    manager.parent.mkdir()
    manager.write_text(_MANAGER.format(python=sys.executable, socket=home / "manager"))
    manager.chmod(0o755)
    units.mkdir(parents=True)
    (units / "tympan.service").touch()
    return {
        "PATH": f"{manager.parent}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(home / "config"),
        "TYMPAN_INSTALL": str(place.root),
        "TYMPAN_KEYS": "file",
    }


async def _listen(path: Path) -> trio.SocketListener:
    socket = trio.socket.socket(trio.socket.AF_UNIX)
    await socket.bind(str(path))
    socket.listen()
    return trio.SocketListener(socket)


async def _manage(made: Desk, stream: trio.SocketStream) -> None:
    """Answers one ``systemctl``: a line for what went wrong, empty for nothing."""
    asked = (await stream.receive_some()).decode()
    said = await made.start_again() if " restart " in asked else ""
    await stream.send_all(f"{said}\n".encode())
    await stream.aclose()
