"""Whom Mosquitto shuts out, kept by a hub that serves: what stands in its files is what stands in the database.

- Written as soon as this process hears that an agent was revoked, whichever revoked it, and again and again: a word may
  be lost, and a list ends some day.
- Mosquitto reads its files again on SIGHUP, by the id in its pid file; a number there that is no Mosquitto's is sent
  nothing. Where there is no such file, whoever runs the broker watches the files.
- The broker's certificate and its key are not touched: they may be another user's, and are made by
  ``tympan-hub mqtt config``.
"""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.adapters.authority import Authority
from tympan_hub.cli.mosquitto import Revoked, shut_out
from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.errors import HubError
from tympan_hub.domain.limits.brokers import BROKER_FILES_AGAIN_S, BROKER_FILES_S
from tympan_hub.domain.people import CONSOLE
from tympan_hub.ports import Clock
from tympan_hub.service import Services

_log: Final = logging.getLogger("tympan_hub")
_PAGE: Final = 500
_PID_CHARS: Final = 20
_PROGRAM: Final = "mosquitto"


@frozen(kw_only=True)
class BrokerFolder:
    """Mosquitto's files, and the file with the id of its process; None where others have it read them."""

    folder: Path
    pid: Path | None = None


class BrokerFiles:
    """Keeps them.

    Args:
        services: Who knows which agents were revoked.
        authority: Whose list it is.
        clock: The time.
        where: They.
    """

    def __init__(self, services: Services, authority: Authority, clock: Clock, where: BrokerFolder) -> None:
        self._services = services
        self._authority = authority
        self._clock = clock
        self._where = where
        self._due = asyncio.Event()
        self._read = False
        self._said = ""
        services.brokers.on_end(self._due.set)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._due.clear()
            wait_s = BROKER_FILES_S if await self._well() else BROKER_FILES_AGAIN_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), wait_s)

    async def once(self) -> None:
        """Writes what changed, and has the broker read it."""
        revoked = await revoked_of(self._services)
        changed = await asyncio.to_thread(shut_out, self._where.folder, self._authority, revoked, self._clock.now())
        self._read = self._read and not changed
        if not self._read and self._where.pid is not None:
            await asyncio.to_thread(_reload, self._where.pid)
            _log.info("the broker reads its files again: %d agents are shut out", len(revoked))
        self._read = True

    async def _well(self) -> bool:
        try:
            await self.once()
        except (HubError, OSError, ValueError) as error:
            if str(error) != self._said:
                _log.warning("revoked agents may still be at the broker: %s", error)
            self._said = str(error)
            return False
        self._said = ""
        return True


@asynccontextmanager
async def kept(
    services: Services, authority: Authority, clock: Clock, where: BrokerFolder | None
) -> AsyncIterator[None]:
    """Keeps them meanwhile, where there are any."""
    if where is None:
        yield
        return
    keeping = asyncio.create_task(BrokerFiles(services, authority, clock, where).run())
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def revoked_of(services: Services) -> list[Revoked]:
    """The revoked agents of all tenants."""
    found: list[Revoked] = []
    for tenant in await services.tenants.list(CONSOLE):
        wanted = AgentFilter(revoked=True, limit=_PAGE)
        while True:
            page = await services.agents.find(tenant.id, CONSOLE, wanted)
            found += [
                Revoked(agent=shown.agent.id, certificate=shown.agent.certificate, at=shown.agent.revoked_at)
                for shown in page.agents
                if shown.agent.revoked_at is not None
            ]
            if page.first + len(page.agents) >= page.total:
                break
            wanted = attrs.evolve(wanted, first=page.first + len(page.agents))
    return found


def _reload(file: Path) -> None:
    """Raises ``ValueError`` where the file names no Mosquitto: its number may be somebody else's by now."""
    with file.open(encoding="ascii") as opened:
        text = opened.read(_PID_CHARS).strip()
    if not text.isdigit() or int(text) <= 1 or not _is_mosquitto(int(text)):
        raise ValueError(f"{file} names no Mosquitto that runs")
    os.kill(int(text), signal.SIGHUP)


def _is_mosquitto(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/comm").read_text(encoding="utf-8").startswith(_PROGRAM)
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # no Linux: the file is believed
