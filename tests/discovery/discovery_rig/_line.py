"""The way to the hub: a port on each host's own loopback that leads to the hub's port, and counts what goes by.

The hub listens on the loopback of the machine. So no network lies between it and the agents, nothing multicast could
cross, and their address of it is the same as everybody's.
"""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
import trio

from discovery_rig._world import Host

_PIECE = 65_536
_BACKLOG = 64
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)
_REQUEST = re.compile(rb"(GET|POST|PUT|DELETE|PATCH|HEAD) (/[^ ?]*)[^ ]* HTTP/1.1\r\n")


@attrs.define
class Traffic:
    """What one host sent to the hub.

    Attributes:
        requests: How many, by path.
        sent: Bytes to the hub.
        received: Bytes from it.
    """

    requests: Counter[str] = attrs.field(factory=Counter)
    sent: int = 0
    received: int = 0

    def copy(self) -> Traffic:
        """As it stands now."""
        return Traffic(Counter(self.requests), self.sent, self.received)


@attrs.define
class Lines:
    """Ways to one port.

    Attributes:
        port: Of the hub, and on each host.
        by_host: What each sent, by its name.
    """

    port: int
    by_host: dict[str, Traffic] = attrs.field(factory=dict)

    @property
    def total(self) -> Traffic:
        """Of all of them."""
        whole = Traffic()
        for one in self.by_host.values():
            whole.requests.update(one.requests)
            whole.sent += one.sent
            whole.received += one.received
        return whole

    async def serve(self, near: trio.SocketStream, traffic: Traffic) -> None:
        """One connection."""
        try:
            far = await trio.open_tcp_stream("127.0.0.1", self.port)
        except OSError:
            await trio.aclose_forcefully(near)
            return
        async with near, far, trio.open_nursery() as nursery:
            nursery.start_soon(_up, near, far, traffic, nursery.cancel_scope)
            nursery.start_soon(_down, far, near, traffic, nursery.cancel_scope)


async def _up(near: trio.SocketStream, far: trio.SocketStream, traffic: Traffic, both: trio.CancelScope) -> None:
    try:
        while piece := await near.receive_some(_PIECE):
            traffic.sent += len(piece)
            traffic.requests.update(found[2].decode() for found in _REQUEST.finditer(piece))
            await far.send_all(piece)
    except _GONE:
        pass
    both.cancel()


async def _down(far: trio.SocketStream, near: trio.SocketStream, traffic: Traffic, both: trio.CancelScope) -> None:
    try:
        while piece := await far.receive_some(_PIECE):
            traffic.received += len(piece)
            await near.send_all(piece)
    except _GONE:
        pass
    both.cancel()


@asynccontextmanager
async def lines(port: int, hosts: Sequence[Host]) -> AsyncIterator[Lines]:
    """A way to the hub's port from each of these hosts."""
    made = Lines(port)
    async with trio.open_nursery() as nursery:
        for host in hosts:
            listener = trio.SocketListener(trio.socket.from_stdlib_socket(host.namespace.inside(lambda: _door(port))))
            traffic = made.by_host.setdefault(host.name, Traffic())
            nursery.start_soon(_serve, made, listener, traffic)
        try:
            yield made
        finally:
            nursery.cancel_scope.cancel()


async def _serve(made: Lines, listener: trio.SocketListener, traffic: Traffic) -> None:
    async def one(near: trio.SocketStream) -> None:
        await made.serve(near, traffic)

    await trio.serve_listeners(one, [listener])


def _door(port: int) -> socket.socket:
    made = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG, reuse_port=False)
    made.setblocking(False)
    return made
