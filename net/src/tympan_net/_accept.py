"""Takes accepted sockets: keeps the cap, tells TLS from plain HTTP, runs each connection to its end."""

import contextlib
import ssl
from typing import Final

import trio

from tympan_net._channel import BROKEN, Channel
from tympan_net._connection import Connection
from tympan_net._limits import REFUSALS, ServerLimits
from tympan_net._messages import Handler, OnError
from tympan_net._peer import Peer
from tympan_net._slots import Shares, Slot, Slots

_TLS_HANDSHAKE: Final = b"\x16"
"""First byte of every TLS connection (RFC 8446 section 5.1); no HTTP method starts with it."""

_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


class Acceptor:
    """Runs the connections of one server."""

    __slots__ = ("_handler", "_limits", "_on_error", "_refusing", "_shares", "_slots", "_ssl_context")

    def __init__(
        self,
        handler: Handler,
        *,
        ssl_context: ssl.SSLContext | None,
        limits: ServerLimits,
        shares: Shares | None,
        on_error: OnError,
    ) -> None:
        self._handler = handler
        self._ssl_context = ssl_context
        self._limits = limits
        self._on_error = on_error
        self._shares = shares
        self._slots = Slots(limits.connections, shares)
        self._refusing = 0

    async def accept(self, stream: trio.SocketStream) -> None:
        """Serves one accepted socket to its end.

        Owns: the socket, which is closed when this ends, however it ends.
        """
        try:
            with contextlib.suppress(trio.TooSlowError, *BROKEN):
                peer = Peer.of(stream.socket)
                with self._slots.take(await peer.uid() if self._shares else None) as slot:
                    await (self._run(stream, slot, peer) if slot else self._refuse(stream))
        finally:
            await trio.aclose_forcefully(stream)

    async def _run(self, stream: trio.SocketStream, slot: Slot, peer: Peer) -> None:
        secured = await self._secured(stream, slot)
        channel = Channel(secured or stream, self._limits)
        await Connection(
            channel, slot, handler=self._handler, peer=peer, secure=secured is not None, on_error=self._on_error
        ).run()
        if secured:
            with trio.move_on_after(self._limits.linger_timeout_s):
                await secured.aclose()

    async def _secured(self, stream: trio.SocketStream, slot: Slot) -> trio.SSLStream[trio.SocketStream] | None:
        """The stream under TLS when its first byte opens a TLS handshake; None for plain HTTP."""
        if self._ssl_context is None:
            return None
        with slot.idle(self._limits.header_timeout_s) as scope:
            first = await stream.socket.recv(1, trio.socket.MSG_PEEK)
        if scope.cancelled_caught:
            raise trio.TooSlowError
        if first != _TLS_HANDSHAKE:
            return None
        secured = trio.SSLStream(stream, self._ssl_context, server_side=True)
        with trio.fail_after(self._limits.header_timeout_s):
            await secured.do_handshake()
        return secured

    async def _refuse(self, stream: trio.SocketStream) -> None:
        if self._refusing >= REFUSALS:
            return
        self._refusing += 1
        try:
            with trio.move_on_after(self._limits.linger_timeout_s):
                await stream.send_all(_BUSY)
                await stream.send_eof()
                while await stream.receive_some(4096):
                    pass
        finally:
            self._refusing -= 1
