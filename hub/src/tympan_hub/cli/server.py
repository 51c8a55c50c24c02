"""The hub as it serves: one process, or one of several, ended in order by SIGTERM or SIGINT."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from importlib.metadata import version
from typing import Any

import uvicorn

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.metrics import Metrics
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.adapters.smtp import MailServer, Smtp
from tympan_hub.cli.addresses import listener, public_address
from tympan_hub.cli.broker_files import BrokerFolder, kept
from tympan_hub.cli.connections import timely
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.cli.mail_door import MailDoor, said
from tympan_hub.cli.memory import give_back_blocks
from tympan_hub.cli.rounds import going
from tympan_hub.domain.brokers import BrokerPlace
from tympan_hub.domain.limits.requests import API_REQUESTS, REQUEST_S
from tympan_hub.http.app import create_app
from tympan_hub.http.operations import operations
from tympan_hub.http.portal import portal
from tympan_hub.ports import Meter
from tympan_hub.ports.mail import Words
from tympan_hub.service import Services

_GRACE_S = 5
_BACKLOG = 4096


class SaidServer(uvicorn.Server):
    """uvicorn that says where it listens, and leaves signals to whoever runs beside it."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says where."""
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                self._ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


class HubServer(SaidServer):
    """uvicorn that hangs up on streams before it waits for them, and ends with status 0."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[str], None], stopping: Callable[[], None]) -> None:
        super().__init__(config, ready=ready)
        self._stopping = stopping

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


def run(serving: Coroutine[Any, Any, None]) -> None:
    """Runs it on uvloop; where there is none, on asyncio's own loop, which needs twice the time for a request."""
    with asyncio.Runner(loop_factory=uvicorn.Config("", loop="auto").get_loop_factory()) as runner:
        runner.run(serving)


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
    metrics_port: int | None = None,
    metrics_ready: Callable[[str], None] = lambda _: None,
    api_requests: int = API_REQUESTS,
    webhooks_to_private: bool = False,
    providers_to_private: bool = False,
    request_s: float = REQUEST_S,
    broker: BrokerPlace | None = None,
    broker_folder: BrokerFolder | None = None,
    mail_door: MailDoor | None = None,
    mail_ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serves until a signal comes.

    Args:
        home: The state folder.
        host: Address to listen on.
        port: Port to listen on; 0 for a free one.
        public_url: Where people and agents reach it; "" for where it listens.
        bridge_ports: Ports at which the portal's page looks for the agent on its own machine.
        ready: Told the address once it answers.
        smtp: Address of the mail server; "" for none.
        descriptor: A socket that listens already, of the process that watches this one.
        metrics_port: Loopback port for metrics and health; None for no such listener.
        metrics_ready: Told the address of that one.
        api_requests: What one token of the API may ask within a minute.
        webhooks_to_private: Webhooks may lead into private networks and to this machine itself.
        providers_to_private: So may tenants' sign-in providers.
        request_s: Seconds for the head of a request to be whole, and for its body to come.
        broker: Through which notices also reach agents.
        broker_folder: Its files, in which revoked agents are shut out.
        mail_door: Where letters to be printed come in; None for nowhere.
        mail_ready: Told where that is.
    """
    give_back_blocks()
    meter, public_url = Metrics(version("tympan-hub")), public_address(public_url)
    mail = Smtp(MailServer.at(smtp)) if smtp else None
    async with hub(
        home,
        serving=True,
        mail=mail,
        meter=meter,
        webhooks_to_private=webhooks_to_private,
        providers_to_private=providers_to_private,
        api_requests=api_requests,
        broker=broker,
        mail_place=mail_door.place if mail_door else None,
        words=_letter_words() if mail_door else None,
    ) as services:
        pages = portal(SystemClock(), public_url, bridge_ports)
        app = create_app(
            services, public_url=public_url, mounts=[pages], meter=meter, request_s=request_s, updates=home.updates
        )
        config = uvicorn.Config(app, **_settings(host, port, request_s))
        server = HubServer(config, ready=ready, stopping=services.notices.end_all)
        if descriptor is not None:
            _end_with_the_watcher(server)
        told = _watched(services, meter, metrics_port, metrics_ready)
        shutting_out = kept(services, FileSecrets(home.secrets).authorities, SystemClock(), broker_folder)
        letters = _letters(services, mail_door, mail_ready)
        async with going(services, meter, shared=bool(home.address)), told, shutting_out, letters:
            await server.serve([listener(host, port) if descriptor is None else socket.socket(fileno=descriptor)])


def _letter_words() -> Words:
    from tympan_hub.http.portal._letter_words import LetterWords  # the portal's catalogues, only where letters come

    return LetterWords()


@contextlib.asynccontextmanager
async def _letters(services: Services, door: MailDoor | None, ready: Callable[[str], None]) -> AsyncIterator[None]:
    """Takes letters meanwhile; without a mail door, none."""
    if door is None:
        yield
        return
    from tympan_hub.mail.listening import taking_letters  # aiosmtpd, only where letters come

    listening = door.listening()
    async with taking_letters(services.letters, door.place.domain, listening):
        ready(said(listening))
        yield


@contextlib.asynccontextmanager
async def _watched(
    services: Services, meter: Meter, port: int | None, ready: Callable[[str], None]
) -> AsyncIterator[None]:
    """Answers those who run the hub on a loopback port of their own meanwhile; with None, nobody."""
    if port is None:
        yield
        return
    config = uvicorn.Config(operations(services.health, meter), **_settings("127.0.0.1", port, REQUEST_S))
    server = SaidServer(config, ready=ready)
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _end_with_the_watcher(server: uvicorn.Server) -> None:
    """Standard input ends when the process that watches this one is gone, however it went."""

    def gone() -> None:
        asyncio.get_running_loop().remove_reader(0)
        server.should_exit = True

    asyncio.get_running_loop().add_reader(0, gone)


def _settings(host: str, port: int, request_s: float) -> dict[str, Any]:
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
        "http": timely(request_s),
    }
