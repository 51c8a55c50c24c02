"""Service: opens the loopback listener, authenticates callers, and hands requests to the applications mounted.

Owns: the listening sockets; when the service ends, none is open.
"""

from __future__ import annotations

import errno
import os

import trio

from tympan.plugin import Host, LocalApp, LocalCaller, PortsChanged
from tympan_local_site._control import ControlApp
from tympan_local_site._door import Door, Refusal
from tympan_local_site._errors import PortUnavailable
from tympan_local_site._limits import CONNECTIONS, CONNECTIONS_EACH, CONNECTIONS_OTHERS, PAGES_PORT, PORT
from tympan_local_site._mounts import Mounts
from tympan_local_site._users import spooler_uids, uids_are_known
from tympan_net.http_server import (
    Handler,
    PortTaken,
    Request,
    Response,
    ServerLimits,
    Shares,
    given_addresses,
    given_listeners,
    open_listeners,
    serve,
)

IPV4, IPV6 = "127.0.0.1", "::1"
_NO_IPV6 = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


class LocalSite:
    """The port ``Service`` of this plugin."""

    async def run(self, host: Host) -> None:
        """Serves until cancelled.

        Raises:
            PortUnavailable: The port is taken.
        """
        with host.bus.subscribe(PortsChanged) as changes:
            listeners = await listen(host.settings.integer("port"))
            port = listeners[0].socket.getsockname()[1]
            _tell_held(host, port)
            site = Site(host, _door(host, port))
            try:
                async with trio.open_nursery() as nursery:
                    host.control.announce(port)  # first: whoever waited at the port is refused, and reads it anew
                    await nursery.start(_serve, site.handle, listeners, host)
                    await _serve_pages(host, site, port, nursery)
                    host.ready()
                    async for _ in changes:
                        site.mount()
            finally:
                host.control.withdraw()


class Site:
    """Answers requests, whoever they are for.

    Args:
        host: Where applications come from.
        door: Who may pass.
    """

    def __init__(self, host: Host, door: Door) -> None:
        self._host = host
        self._door = door
        self._control = ControlApp(host.control)
        self._mounts = Mounts()
        self.mount()

    def mount(self) -> None:
        """Mounts what running plugins offer now; what is gone is answered as if it had never been."""
        found = self._host.ports(LocalApp)  # type: ignore[type-abstract]  # a port is asked for by its protocol
        mounts = Mounts((self._control, *found))
        if mounts.refused and mounts.refused != self._mounts.refused:
            self._host.log("some applications cannot be mounted: their paths are taken", paths=mounts.refused)
        self._mounts = mounts

    async def handle(self, request: Request) -> Response:
        """Authenticates, then asks the application mounted at the path."""
        return await self._answer(request, self._door, self._mounts.find(request.path))

    async def handle_page(self, request: Request, door: Door) -> Response:
        """The same at a port for pages alone: what is not for them is not there."""
        app = self._mounts.find(request.path)
        return await self._answer(request, door, app if app and LocalCaller.PORTAL in app.callers else None)

    async def _answer(self, request: Request, door: Door, app: LocalApp | None) -> Response:
        caller = await door.admit(request, request.peer.uid, app.callers if app else frozenset())
        if isinstance(caller, Refusal):
            return _refused(caller) if app else _refused(_hidden(caller, request.method))
        if app is None:
            return _refused(_absent(request.method))
        answer = await app.handle(request)
        return Response(status=answer.status, headers=answer.headers, body=answer.body)


_NOTHING = Refusal(status=404, reason="Nothing is mounted at this path.")
_NOT_NOW = Refusal(status=503, reason="Nothing is mounted at this path; what answers here may be starting, or off.")


def _absent(method: str) -> Refusal:
    """CUPS stops a queue at 404 and tries again at 503, so a spooler is never told 404 while plugins start."""
    return _NOT_NOW if method == "POST" else _NOTHING


def _hidden(refusal: Refusal, method: str) -> Refusal:
    """Where nothing is mounted, a caller that came by the right name learns just that."""
    return refusal if refusal.status == 421 else _absent(method)


_HEADERS = {401: (("www-authenticate", "Bearer"),), 503: (("retry-after", "1"),)}


def _refused(refusal: Refusal) -> Response:
    headers = _HEADERS.get(refusal.status, ())
    body = f"{refusal.reason}\n".encode()
    return Response(status=refusal.status, headers=(("content-type", "text/plain; charset=utf-8"), *headers), body=body)


async def listen(port: int) -> list[trio.SocketListener]:
    """Listens on both loopback addresses, or on IPv4 alone where the machine has no IPv6.

    What the service manager holds for this port is used; the rest is opened. Both or none otherwise: if another program
    had the port on ``::1``, ``localhost`` could lead to it.

    Raises:
        PortUnavailable: The port is taken or may not be opened.
    """
    given = given_listeners(os.environ, port)
    missing = tuple(host for host in (IPV4, IPV6) if host not in given)
    try:
        return [*given.values(), *await _open(missing, port)]
    except BaseException:
        for listener in given.values():
            listener.socket.close()
        raise


async def _open(hosts: tuple[str, ...], port: int) -> list[trio.SocketListener]:
    try:
        return await open_listeners(hosts, port)
    except PortTaken as error:
        raise _unavailable(error) from error
    except OSError as error:
        if error.errno not in _NO_IPV6:
            raise
    return await _open((IPV4,), port) if hosts == (IPV4, IPV6) else []


def _tell_held(host: Host, port: int) -> None:
    """A port that is held for this agent, and that it does not listen at, keeps whoever connects waiting for ever."""
    held = {at for _, at in given_addresses(os.environ)} - {port, pages_port(port, host.settings.integer("pages_port"))}
    if held:
        step = "install the service again: it holds the port that is set"
        host.log("the service manager holds ports that nobody answers", ports=sorted(held), next=step)


def _unavailable(error: PortTaken) -> PortUnavailable:
    cause, _, _ = str(error).partition(";")
    return PortUnavailable(
        f"the loopback site cannot listen: {cause[:1].lower()}{cause[1:]}",
        next_step="Stop the other program or agent, or set another `port` for local_site (`tympan run --port`); "
        "queues made before lead to the old port and must be installed again.",
    )


def _door(host: Host, port: int) -> Door:
    uids, missing = spooler_uids(host.settings.texts("users"))
    if missing:
        host.log("accounts in the setting `users` do not exist on this machine", users=", ".join(missing))
    if not uids_are_known():
        host.log("this system does not tell which user owns a connection: every local program may print")
    return Door(port=port, token=host.control.token, uids=uids, uids_are_known=uids_are_known())


async def _serve_pages(host: Host, site: Site, port: int, nursery: trio.Nursery) -> None:
    """Answers pages at the second port too; where it is taken, the first one has to do."""
    second = pages_port(port, host.settings.integer("pages_port"))
    if second is None:
        return
    try:
        listeners = await listen(second)
    except PortUnavailable as error:
        host.log("the second port for pages of the portal is not open", port=second, error=error.cause)
        return
    at_pages = _door(host, listeners[0].socket.getsockname()[1])

    async def handle(request: Request) -> Response:
        return await site.handle_page(request, at_pages)

    await nursery.start(_serve, handle, listeners, host)


def pages_port(port: int, wanted: int) -> int | None:
    """Where pages are answered besides: as set; 39150 beside 39149; nowhere beside any other port."""
    if wanted:
        return wanted if wanted != port else None
    return PAGES_PORT if port == PORT else None


async def _serve(
    handler: Handler,
    listeners: list[trio.SocketListener],
    host: Host,
    task_status: trio.TaskStatus[object] = trio.TASK_STATUS_IGNORED,
) -> None:
    def on_error(request: Request, error: Exception) -> None:
        host.log("an application failed", path=request.path, error=repr(error))

    limits = ServerLimits(connections=CONNECTIONS)
    await serve(
        handler, listeners=listeners, limits=limits, shares=_shares(host), on_error=on_error, task_status=task_status
    )


def _shares(host: Host) -> Shares | None:
    """No account keeps the others, or the spooler, from being answered, where the system tells who connects."""
    if not uids_are_known():
        return None
    trusted, _ = spooler_uids(host.settings.texts("users"))
    return Shares(trusted=trusted, each=CONNECTIONS_EACH, others=CONNECTIONS_OTHERS)
