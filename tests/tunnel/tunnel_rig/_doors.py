"""Ways to a port of a host's loopback: with TLS before it for agents elsewhere, plain for the test's own programs."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import attrs
import trio
import trustme
from discovery_rig import Host
from rig import connected, standing_on

PIECE: Final = 65_536
_BACKLOG: Final = 64
_PORT: Final = 8443
GONE: Final = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)


@attrs.frozen
class Authority:
    """Who certifies the door.

    Attributes:
        root: PEM of it: what agents trust.
    """

    root: Path
    _made: trustme.CA

    def context(self, address: str) -> ssl.SSLContext:
        """Of a server at an address."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._made.issue_cert(str(ip_address(address))).configure_cert(made)
        return made


def authority(folder: Path) -> Authority:
    """A new one, whose PEM is in the folder."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(folder / "authority.pem"))
    return Authority(folder / "authority.pem", made)


async def _serve(host: Host, port: int, near: trio.abc.Stream) -> None:
    """One connection to the port of the host's loopback."""
    try:
        with standing_on(host):
            far = await connected("127.0.0.1", port)
    except OSError:
        await trio.aclose_forcefully(near)
        return
    await pass_on(near, far)


async def pass_on(near: trio.abc.Stream, far: trio.abc.Stream) -> None:
    """Passes on what either side says until one of them is gone; then both are."""
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_pump, near, far, nursery.cancel_scope)
            nursery.start_soon(_pump, far, near, nursery.cancel_scope)
    finally:
        await trio.aclose_forcefully(near)
        await trio.aclose_forcefully(far)


async def _pump(source: trio.abc.Stream, sink: trio.abc.Stream, both: trio.CancelScope) -> None:
    try:
        while piece := await source.receive_some(PIECE):
            await sink.send_all(piece)
    except GONE:
        pass
    both.cancel()  # who talks HTTP with its side closed is dead


@asynccontextmanager
async def tls_door(host: Host, port: int, context: ssl.SSLContext) -> AsyncIterator[str]:
    """A door at the host's own address, over TLS; gives its URL."""

    async def one(near: trio.SocketStream) -> None:
        await _serve(host, port, trio.SSLStream(near, context, server_side=True, https_compatible=True))

    async with tls_listener(host, one) as url:
        yield url


@asynccontextmanager
async def tls_listener(host: Host, one: Callable[[trio.SocketStream], Awaitable[None]]) -> AsyncIterator[str]:
    """What does one connection after the other at the host's own address; gives the URL over TLS."""
    made = host.namespace.inside(lambda: socket.create_server((str(host.address), _PORT), backlog=_BACKLOG))
    made.setblocking(False)
    async with _open([trio.SocketListener(trio.socket.from_stdlib_socket(made))], one):
        yield f"https://{host.address}:{_PORT}"


@asynccontextmanager
async def plain_door(host: Host, port: int) -> AsyncIterator[str]:
    """A door on the same port of the machine's own loopback, for the test; gives its URL."""

    async def one(near: trio.SocketStream) -> None:
        await _serve(host, port, near)

    listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
    async with _open(listeners, one):
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def _open(
    listeners: list[trio.SocketListener], one: Callable[[trio.SocketStream], Awaitable[None]]
) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, one, listeners)
        yield
        nursery.cancel_scope.cancel()
