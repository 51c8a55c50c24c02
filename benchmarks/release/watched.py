"""A line to a device that tells when the first byte of a document went over it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

MARK = b"%PDF-"
"""With which every document here begins."""
_PIECE = 65_536
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)


@attrs.define(eq=False, kw_only=True)
class Watched:
    """A port on loopback that leads to a device.

    Attributes:
        port: Where it listens.
        to: Where it leads.
    """

    port: int
    to: int
    _seen: trio.Event = attrs.field(factory=trio.Event)
    _at: float = 0.0

    def watch(self) -> None:
        """Looks for the next document."""
        self._seen = trio.Event()

    async def first_byte(self) -> float:
        """When the first byte of it went by, as `time.perf_counter` tells."""
        await self._seen.wait()
        return self._at

    async def _serve(self, near: trio.SocketStream) -> None:
        async with near, await trio.open_tcp_stream("127.0.0.1", self.to) as far, trio.open_nursery() as nursery:
            nursery.start_soon(self._pump, near, far, True)
            await self._pump(far, near, False)
            nursery.cancel_scope.cancel()

    async def _pump(self, source: trio.SocketStream, sink: trio.SocketStream, looked_at: bool) -> None:
        tail = b""
        try:
            while piece := await source.receive_some(_PIECE):
                if looked_at and not self._seen.is_set() and MARK in tail + piece:
                    self._at = time.perf_counter()
                    self._seen.set()
                tail = (tail + piece)[-len(MARK) + 1 :]
                await sink.send_all(piece)
            await sink.send_eof()
        except _GONE:
            return


@asynccontextmanager
async def watched(to: int) -> AsyncIterator[Watched]:
    """A line to a port of loopback."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    made = Watched(port=listener.socket.getsockname()[1], to=to)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, made._serve, [listener])
        yield made
        nursery.cancel_scope.cancel()
