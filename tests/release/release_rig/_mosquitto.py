"""A Mosquitto of our own, on the configuration that the hub writes."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio
from joined_rig import COMMAND
from rig import Program, free_port, run
from rig._programs import ending

from release_rig._waits import WAIT_S
from tympan_hub.cli.mosquitto import CONF


@attrs.define(kw_only=True)
class Mosquitto:
    """A broker.

    Attributes:
        folder: What the hub writes for it.
        port: Where it listens on loopback.
        program: Its process.
    """

    folder: Path
    port: int
    program: Program

    @property
    def serve(self) -> Sequence[str]:
        """Arguments of ``tympan-hub serve`` that name it."""
        return ("--mqtt", f"mqtts://localhost:{self.port}")

    async def configure(self, home: Path) -> None:
        """Has the hub of a state folder write its files."""
        where = ("--host", "localhost", "--port", str(self.port), "--bind", "127.0.0.1")
        await run([COMMAND, "--home", str(home), "mqtt", "config", str(self.folder), *where])

    def let_all(self) -> None:
        """Takes the rights out of its configuration: whoever it lets in says and hears what they like."""
        conf = self.folder / CONF
        conf.write_text("".join(line for line in conf.read_text().splitlines(True) if not line.startswith("acl_file")))

    async def start(self) -> None:
        """Starts it, again on the same port; returns when it listens."""
        await self.program.start(self._listens, timeout_s=WAIT_S)

    async def _listens(self) -> bool:
        try:
            stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        except OSError:
            return False
        await trio.aclose_forcefully(stream)
        return True

    def said_on(self, topic: str) -> int:
        """How often it passed something on to whoever listens on a topic."""
        return sum(
            "Sending PUBLISH" in line and f"'{topic}'" in line for line in self.program.log.read_text().splitlines()
        )


@asynccontextmanager
async def mosquitto(folder: Path, home: Path) -> AsyncIterator[Mosquitto]:
    """A broker below a folder for the hub of another, started."""
    main = folder / "mosquitto.conf"
    made = folder / "broker"
    main.write_text(f"user {getpass.getuser()}\ninclude_dir {made}\nlog_dest stderr\nlog_type all\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    broker = Mosquitto(
        folder=made, port=free_port(), program=Program(argv=[program, "-c", str(main)], log=folder / "mosquitto.log")
    )
    await broker.configure(home)
    async with ending(broker.program):
        await broker.start()
        yield broker
