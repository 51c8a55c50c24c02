"""``tympan-hub serve``: the hub as one process, or one of several, ended in order by SIGTERM or SIGINT."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import uvicorn

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.smtp import MailServer, Smtp
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.errors import HubError
from tympan_hub.domain.limits import HOUSEKEEPING_S, PRESENCE_S
from tympan_hub.http.app import create_app
from tympan_hub.http.portal import portal
from tympan_hub.service.housekeeping import Housekeeping
from tympan_hub.service.presence import PresenceService

_GRACE_S = 5
_BACKLOG = 4096
_log = logging.getLogger("tympan_hub")


class HubServer(uvicorn.Server):
    """uvicorn that says when it is ready, hangs up on streams before it waits for them, and ends with status 0."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[str], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says where."""
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                self._ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hangs up on everybody who would never leave, then waits for the rest."""
        self._stopping()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals end the serving, and are not raised again: what is open is still to be closed."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def serve(
    home: Home,
    *,
    host: str,
    port: int,
    public_url: str,
    bridge_ports: Sequence[int],
    ready: Callable[[str], None],
    descriptor: int | None = None,
    smtp: str = "",
) -> None:
    """Serves until a signal comes.

    Args:
        home: The state folder.
        host: Address to listen on.
        port: Port to listen on; 0 for a free one.
        public_url: Where people and agents reach it; "" for where it listens.
        bridge_ports: Ports at which the portal's page looks for the agent on its own machine.
        smtp: Address of the mail server; "" for none.
        ready: Told the address once it answers.
        descriptor: A socket that listens already, of the process that watches this one.
    """
    mail = Smtp(MailServer.at(smtp)) if smtp else None
    async with hub(home, serving=True, mail=mail) as services:
        app = create_app(services, public_url=public_url, mounts=[portal(SystemClock(), public_url, bridge_ports)])
        config = uvicorn.Config(app, **_settings(host, port))
        server = HubServer(config, ready=ready, stopping=services.notices.end_all)
        beside = [asyncio.create_task(_tidy(services.housekeeping))]
        if home.address:
            beside.append(asyncio.create_task(_tell_who_is_here(services.presence)))
        if descriptor is not None:
            _end_with_the_watcher(server)
        try:
            await server.serve(None if descriptor is None else [socket.socket(fileno=descriptor)])
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)


def _end_with_the_watcher(server: uvicorn.Server) -> None:
    """Standard input ends when the process that watches this one is gone, however it went."""

    def gone() -> None:
        asyncio.get_running_loop().remove_reader(0)
        server.should_exit = True

    asyncio.get_running_loop().add_reader(0, gone)


def _settings(host: str, port: int) -> dict[str, Any]:
    return {
        "host": host,
        "port": port,
        "backlog": _BACKLOG,
        "lifespan": "off",
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": _GRACE_S,
        "timeout_keep_alive": 75,
    }


async def _tell_who_is_here(presence: PresenceService) -> None:
    try:
        while True:
            try:
                await presence.write()
            except HubError:
                _log.exception("other processes do not know who is connected here; it is tried again")
            await asyncio.sleep(PRESENCE_S)
    finally:
        with contextlib.suppress(HubError):  # who cannot say goodbye is taken for dead a little later
            await presence.leave()


async def _tidy(housekeeping: Housekeeping) -> None:
    while True:
        try:
            await housekeeping.tidy()
        except HubError:
            _log.exception("housekeeping failed; it is tried again")
        await asyncio.sleep(HOUSEKEEPING_S)
