"""Stage: a hub served as a process of its own on loopback, with as many agents in its database as a figure needs.

Agents are written to the database as enrolment writes them, and get access tokens made with the hub's own keys: making
ten thousand by enrolling them would measure P-256.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs

from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.adapters.sql import Database, SqlUnits
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.agents import Agent
from tympan_hub.domain.ids import AgentId, TenantId, new_id
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.printers import DeviceSeen, QueueSeen
from tympan_hub.ports import Bearer

BIN = Path(sys.executable).parent
ADMINISTRATOR = "administrator@bench.example"
PASSWORD = "correct horse battery"
ENDED_S = 20
_READY = "tympan-hub answers on "
_SAID: dict[str, Any] = {
    "make_and_model": "Acme Laser 4000",
    "formats": ("application/pdf", "image/pwg-raster", "image/urf"),
    "color": True,
    "duplex": True,
    "media": ("iso_a4_210x297mm", "na_letter_8.5x11in"),
}
"""What a device tells of itself."""


@attrs.frozen(kw_only=True)
class Served:
    """A program that answers on loopback."""

    pid: int
    url: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 0


@attrs.frozen(kw_only=True)
class Estate:
    """A tenant in a state folder, and its agents."""

    home: Path
    tenant: TenantId
    agents: tuple[AgentId, ...] = ()
    database: str = ""

    def tokens(self) -> list[str]:
        """An access token for each agent, good for ten minutes from now."""
        secrets, now = FileSecrets(Home(self.home).secrets), dt.datetime.now(dt.UTC)
        until = now + dt.timedelta(minutes=10)
        return [secrets.access_token(Bearer(tenant=self.tenant, agent=agent), now, until) for agent in self.agents]


@contextmanager
def estate(*, agents: int = 0, printers: int = 0, database: str = "") -> Iterator[Estate]:
    """A state folder with one tenant, its administrator, agents and printers; in a PostgreSQL where one is named.

    Where there are both, every agent has seen every device, and has a queue for each printer.
    """
    with tempfile.TemporaryDirectory(prefix="tympan-bench-") as folder:
        yield asyncio.run(_furnished(Home(Path(folder) / "hub", database), agents, printers))


async def _furnished(home: Home, agents: int, printers: int) -> Estate:
    async with hub(home) as services:
        tenant = (await services.tenants.add(CONSOLE, "Bench")).id
        ada = await services.people.add(
            tenant, CONSOLE, email=ADMINISTRATOR, name="Ada", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        for number in range(printers):
            name, uri = f"Printer {number:04}", f"ipps://device-{number:04}.example:631/ipp/print"
            await services.printers.add(tenant, ada.actor, name=name, uri=uri, location=f"Room {number}")
    names = await _enrolled(home, tenant, agents)
    await _looked(home, tenant, names if printers else ())
    return Estate(home=home.root, tenant=tenant, agents=names, database=home.address)


async def _enrolled(home: Home, tenant: TenantId, count: int) -> tuple[AgentId, ...]:
    database = Database(home.where)
    names = tuple(AgentId(new_id()) for _ in range(count))
    now = dt.datetime.now(dt.UTC)
    try:
        async with SqlUnits(database).writing() as unit:
            for number, name in enumerate(names):
                made = Agent(
                    id=name,
                    tenant=tenant,
                    name=f"desk-{number:05}",
                    public_key=number.to_bytes(91, "big"),
                    certificate="",
                    enrolled_at=now,
                    seen_at=now,
                )
                await unit.agents.add(tenant, made)
    finally:
        await database.close()
    return names


async def _looked(home: Home, tenant: TenantId, agents: Sequence[AgentId]) -> None:
    database, now = Database(home.where), dt.datetime.now(dt.UTC)
    try:
        async with SqlUnits(database).writing() as unit:
            for agent, printer in itertools.product(agents, await unit.printers.names(tenant)):
                seen = DeviceSeen(printer=printer.id, agent=agent, reachable=True, observed_at=now, **_SAID)
                await unit.printers.saw_device(tenant, seen)
                queue = QueueSeen(printer=printer.id, agent=agent, installed=True, usable=True, observed_at=now)
                await unit.printers.saw_queue(tenant, queue)
    finally:
        await database.close()


@contextmanager
def served_hub(place: Estate) -> Iterator[Served]:
    """``tympan-hub serve`` on an estate."""
    database = ["--database", place.database] if place.database else []
    command = [str(BIN / "tympan-hub"), "--home", str(place.home), *database, "serve", "--port", "0"]
    with _served(command, place.home.parent) as program:
        yield program


@contextmanager
def served_peer() -> Iterator[Served]:
    """The bare uvicorn stream that notices are measured beside."""
    with tempfile.TemporaryDirectory(prefix="tympan-bench-") as folder:
        script = Path(__file__).with_name("bare_streams.py")
        with _served([sys.executable, str(script)], Path(folder)) as program:
            yield program


@contextmanager
def _served(command: Sequence[str], place: Path) -> Iterator[Served]:
    log = place / "served.log"
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=dict(os.environ))
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith(_READY):
            raise RuntimeError(f"{command[0]} does not answer: {log.read_text()}")
        yield Served(pid=process.pid, url=line.removeprefix(_READY).strip())
    finally:
        process.terminate()
        try:
            process.wait(ENDED_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
