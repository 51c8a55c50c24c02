"""The line between agent and hub: passes everything on, counts the pieces, and may keep the n-th back for ever.

What it is told to lose does not reach the agent; all else does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import trio

_PIECE = 65_536
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)


def _nothing(_: bytes) -> bool:
    return False


@attrs.define(eq=False, kw_only=True)
class Line:
    """A port on loopback that leads to another.

    Attributes:
        port: Where it listens.
        to: Where it leads.
        loses: Whether a piece from the hub is lost.
    """

    port: int = 0
    to: int
    loses: Callable[[bytes], bool] = _nothing
    _until: int = 0
    _held: bool = False
    _reached: trio.Event = attrs.field(factory=trio.Event)

    def watch(self, pieces: int, *, held: bool) -> trio.Event:
        """Set when so many pieces have come, from either side; ``held``: the last of them arrives nowhere."""
        self._until, self._held, self._reached = pieces, held, trio.Event()
        return self._reached

    def open(self) -> None:
        """Passes all on again."""
        self._until, self._held = 0, False

    async def _passes(self) -> None:
        """Returns when a piece may go on."""
        if not self._until:
            return
        self._until -= 1
        if not self._until:
            self._reached.set()
            if self._held:
                await trio.sleep_forever()  # until one of both is dead

    async def serve(self, near: trio.SocketStream) -> None:
        """One connection."""
        try:
            far = await trio.open_tcp_stream("127.0.0.1", self.to)
        except OSError:
            await trio.aclose_forcefully(near)
            return
        async with near, far, trio.open_nursery() as nursery:
            nursery.start_soon(self._pump, near, far, nursery.cancel_scope, _nothing)
            nursery.start_soon(self._pump, far, near, nursery.cancel_scope, lambda piece: self.loses(piece))

    async def _pump(
        self,
        source: trio.SocketStream,
        sink: trio.SocketStream,
        both: trio.CancelScope,
        loses: Callable[[bytes], bool],
    ) -> None:
        async with trio.open_nursery() as nursery:
            pieces: trio.MemorySendChannel[bytes]
            pieces, waiting = trio.open_memory_channel(16)
            nursery.start_soon(self._pass_on, waiting, sink)
            try:
                while piece := await source.receive_some(_PIECE):
                    if not loses(piece):
                        await pieces.send(piece)
            except _GONE:
                pass
            both.cancel()  # who talks HTTP with its side closed is dead

    async def _pass_on(self, waiting: trio.MemoryReceiveChannel[bytes], sink: trio.SocketStream) -> None:
        async for piece in waiting:
            await self._passes()
            try:
                await sink.send_all(piece)
            except _GONE:
                return


@asynccontextmanager
async def line(to: int) -> AsyncIterator[Line]:
    """A line to a port of loopback."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    made = Line(port=listener.socket.getsockname()[1], to=to)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, made.serve, [listener])
        yield made
        nursery.cancel_scope.cancel()
