"""A line to a server that can be cut: a relay on loopback that counts what passes, and ends all of it at once.

A cut is a reset of every connection, with what was in them lost, and a line that takes nobody for a moment. ``move``
is a change of network: what is open falls silent, as it does when an address is gone, and new connections go well.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
import trio

_PIECE_BYTES = 64 * 1024
_DARK_S = 0.05


@attrs.define(kw_only=True, eq=False)
class Line:
    """A line.

    Attributes:
        port: Where it is entered.
        target: The server's port.
        points: When so many bytes passed, both ways together, it is cut.
        cuts: How often it was.
        up: Bytes that came from the agent's side.
        down: Bytes that came from the hub's side.
    """

    port: int
    target: int
    points: list[int] = attrs.field(factory=list)
    cuts: int = 0
    up: int = 0
    down: int = 0
    _open: set[Pair] = attrs.field(factory=set)
    _dark_until: float = 0.0

    @property
    def url(self) -> str:
        """Of the hub, over this line."""
        return f"http://127.0.0.1:{self.port}"

    def cut_at(self, points: Sequence[int]) -> None:
        """Cuts it once so many bytes more have passed, at each of these points."""
        self.points = sorted(self.up + self.down + point for point in points)

    def cut(self) -> None:
        """All that is open ends."""
        self.cuts += 1
        self._dark_until = trio.current_time() + _DARK_S
        for pair in list(self._open):
            pair.reset()

    def move(self) -> None:
        """All that is open falls silent."""
        self.cuts += 1
        for pair in list(self._open):
            pair.silent = True

    async def serve(self, stream: trio.SocketStream) -> None:
        """One connection."""
        if trio.current_time() < self._dark_until:
            _reset(stream)
            return
        try:
            far = await trio.open_tcp_stream("127.0.0.1", self.target)
        except OSError:
            _reset(stream)
            return
        pair = Pair(near=stream, far=far)
        self._open.add(pair)
        try:
            async with trio.open_nursery() as nursery:
                pair.scope = nursery.cancel_scope
                nursery.start_soon(self._carry, pair, stream, far, True)
                nursery.start_soon(self._carry, pair, far, stream, False)
        finally:
            self._open.discard(pair)
            _reset(stream)
            _reset(far)

    async def _carry(self, pair: Pair, source: trio.SocketStream, sink: trio.SocketStream, up: bool) -> None:
        try:
            while data := await source.receive_some(_PIECE_BYTES):
                if pair.silent:
                    await trio.sleep_forever()
                self._count(len(data), up)
                await sink.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        pair.scope.cancel()

    def _count(self, size: int, up: bool) -> None:
        self.up, self.down = self.up + size * up, self.down + size * (not up)
        if self.points and self.up + self.down >= self.points[0]:
            del self.points[0]
            self.cut()


@attrs.define(kw_only=True, eq=False)
class Pair:
    """Both halves of a connection."""

    near: trio.SocketStream
    far: trio.SocketStream
    silent: bool = False
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)

    def reset(self) -> None:
        """Ends it."""
        self.scope.cancel()


def _reset(stream: trio.SocketStream) -> None:
    """Closes so that the other side sees a broken line, and what was not read is lost (socket(7): SO_LINGER)."""
    try:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except (OSError, trio.ClosedResourceError):
        return
    stream.socket.close()


@asynccontextmanager
async def line(target: int) -> AsyncIterator[Line]:
    """A line to a server's port."""
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]
        made = Line(port=port, target=target)
        nursery.start_soon(trio.serve_listeners, made.serve, listeners)
        yield made
        nursery.cancel_scope.cancel()
