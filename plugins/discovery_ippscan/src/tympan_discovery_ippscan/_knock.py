"""A connection begun to one port of one address: taken, refused, or not known yet."""

from __future__ import annotations

import errno
import socket
from typing import Final, Self

import attrs
import trio

from tympan_discovery_ippscan._pace import Place

_UNDER_WAY: Final = (errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", errno.EWOULDBLOCK))


@attrs.define(kw_only=True, eq=False)
class Knock:
    """Owns: the connection and its place among all; ``close`` gives up both.

    Attributes:
        address: Where.
        port: Which.
        failure: Why it was refused, an ``errno``; 0 when it was taken, None while that is not known.
    """

    address: str
    port: int
    _place: Place
    _connection: socket.socket
    failure: int | None = None

    @classmethod
    def begin(cls, address: str, port: int, place: Place) -> Self:
        """Asks for a connection; who refuses at once is known to."""
        connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        knock = cls(address=address, port=port, place=place, connection=connection)
        knock.failure = knock._begun(connection.connect_ex((address, port)))
        return knock

    async def taken(self, within_s: float) -> bool:
        """Whether the port takes the connection."""
        if self.failure is None:
            with trio.move_on_after(within_s):
                await trio.lowlevel.wait_writable(self._connection)
                self.failure = self._error()
        return self.failure == 0

    def stream(self) -> trio.SocketStream:
        """The connection that was taken, to speak over; it stays this one's to close."""
        return trio.SocketStream(trio.socket.from_stdlib_socket(self._connection))

    def close(self) -> None:
        """Gives up the connection, and its place."""
        self._connection.close()
        self._place.give_back()

    def _begun(self, failure: int) -> int | None:
        if failure in _UNDER_WAY:
            return self._error() or None  # a refusal by this computer is there already
        return failure

    def _error(self) -> int:
        return self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
