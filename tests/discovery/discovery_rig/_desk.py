"""An agent on a host: a real process, as on a computer of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import psutil
import trio
from rig import Program, run, standing_on, wait_until
from rig._limits import START_S
from rig._programs import ending

from discovery_rig._avahi import listens
from discovery_rig._world import Host

_TYMPAN = str(Path(sys.executable).with_name("tympan"))
_PORT = 39_149
"""The usual one: every host has a loopback of its own."""
_USUAL = {
    "transport_https": "echo_interval_s = 0.5\nretry_first_s = 0.05\nretry_last_s = 0.5",
    "hub_sync": "settle_s = 0.05",
}
_MIB = 1 << 20


@attrs.define(kw_only=True)
class Desk:
    """An agent.

    Attributes:
        host: Its computer.
        home: Its state folder.
        program: Its process.
    """

    host: Host
    home: Path
    program: Program

    async def start(self) -> None:
        """Starts it; returns when its listener takes connections."""
        await self.program.start(self._ready, timeout_s=START_S)

    async def tympan(self, *arguments: str, check: bool = True) -> str:
        """What ``tympan`` on this computer printed."""
        with standing_on(self.host):
            return await run([_TYMPAN, *arguments], env=self.program.env, check=check)

    async def told(self, *arguments: str) -> Any:
        """What ``tympan ... --json`` printed."""
        return json.loads(await self.tympan(*arguments, "--json"))

    @property
    def resident_mib(self) -> float:
        """Memory of its process."""
        return float(psutil.Process(self.program.pid).memory_info().rss) / _MIB

    @property
    def cpu_s(self) -> float:
        """Processor time of its process and those below it."""
        process = psutil.Process(self.program.pid)
        times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
        return float(sum(time.user + time.system for time in times))

    async def enrol(self, address: str, token: str) -> None:
        """Lets it join a hub, once it can."""

        async def can() -> bool:
            return "running" in [row["status"] for row in await self.told("plugins") if row["id"] == "transport_https"]

        await wait_until(can, f"{self.host.name} to be able to join", timeout_s=START_S)
        await self.tympan("hub", "enrol", address, f"--token={token}")

    async def _ready(self) -> bool:
        return await listens(self.host, _PORT)


@asynccontextmanager
async def desk(host: Host, folder: Path, *, settings: str = "", started: bool = True) -> AsyncIterator[Desk]:
    """An agent on a host, with more ``settings`` (TOML) of its plugins."""
    home = folder / host.name
    await trio.Path(home).mkdir(parents=True)
    await trio.Path(home / "settings.toml").write_text(_with_usual(settings))
    env = {"TYMPAN_SETTINGS": "", "TYMPAN_KEYS": "file", "TYMPAN_HOME": str(home), "CUPS_SERVER": "127.0.0.1:1"}
    argv = [_TYMPAN, "run", "--port", str(_PORT)]
    program = Program(argv=argv, log=folder / f"{host.name}.out", env=env, ground=host)
    running = Desk(host=host, home=home, program=program)
    async with ending(program):
        if started:
            await running.start()
        yield running


def _with_usual(settings: str) -> str:
    usual = (f"[{plugin}]\n{lines}\n" for plugin, lines in _USUAL.items() if f"[{plugin}]" not in settings)
    return f"{settings}\n{''.join(usual)}"
