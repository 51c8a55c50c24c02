"""Virtual devices on a host, announced by mDNS or silent."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
from rig import Program, private_directory
from rig._limits import START_S
from rig._programs import ending

from discovery_rig._world import Host

_SIM = str(Path(sys.executable).with_name("tympan-sim"))


@attrs.define(kw_only=True)
class Simulated:
    """Virtual devices.

    Attributes:
        host: Where they are.
        program: The process of all of them.
    """

    host: Host
    program: Program

    @property
    def uris(self) -> dict[str, str]:
        """Where each prints, by its name."""
        said = next(line for line in self.program.tail().splitlines()[::-1] if line.startswith("{"))
        return {each["name"]: each["uri"] for each in json.loads(said)["printers"]}

    async def start(self) -> None:
        """Starts them; returns when they can be reached."""
        begun = len(self.program.log.read_bytes()) if self.program.log.exists() else 0

        async def ready() -> bool:
            return b"}\n" in self.program.log.read_bytes()[begun:]

        await self.program.start(ready, timeout_s=START_S)


@asynccontextmanager
async def simulated(host: Host, *options: str, address: str = "") -> AsyncIterator[Simulated]:
    """``tympan-sim printer`` on a host's own address, or another it has, at port 631."""
    with private_directory("sim") as root:
        argv = [_SIM, "printer", "--host", address or str(host.address), "--port", "631", "--json", *options]
        running = Simulated(host=host, program=Program(argv=argv, log=root / "sim.out", ground=host))
        async with ending(running.program):
            await running.start()
            yield running
