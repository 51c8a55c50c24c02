"""One accepted connection as h11 events: receives, sends, and closes without losing the answer."""

import contextlib
from collections.abc import Iterable

import h11
import trio

from tympan_net._limits import RECEIVE_BYTES, ServerLimits

Event = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]

BROKEN = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)
"""What a socket raises when the other end is gone."""


class Channel:
    """The h11 side of a server connection.

    Owns: nothing; whoever opened `stream` closes it.

    Attributes:
        http: the h11 state machine.
        ended: whether the client has sent its last byte.
    """

    __slots__ = ("_stream", "ended", "http", "limits")

    def __init__(self, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream], limits: ServerLimits) -> None:
        self._stream = stream
        self.limits = limits
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.header_bytes)
        self.ended = False

    async def receive(self) -> None:
        """Waits for bytes, whatever they are; the deadline is the caller's."""
        data = await self._stream.receive_some(RECEIVE_BYTES)
        self.ended = not data
        self.http.receive_data(bytes(data))

    async def next_event(self) -> Event:
        """The next event, receiving as needed; the deadline is the caller's.

        Raises:
            h11.RemoteProtocolError: the bytes are not HTTP/1.1.
        """
        while (event := self.http.next_event()) is h11.NEED_DATA:
            await self.receive()
        return event

    async def send(self, *events: h11.Event) -> None:
        """Sends events in one write.

        Raises:
            trio.TooSlowError: the client does not take them within the send timeout.
        """
        data = b"".join(self.http.send(event) or b"" for event in events)
        if data:
            with trio.fail_after(self.limits.send_timeout_s):
                await self._stream.send_all(data)

    async def send_body(self, pieces: Iterable[bytes]) -> None:
        """Sends a body piece by piece, each with its own deadline, so that a slow but honest client gets it all."""
        for piece in pieces:
            await self.send(h11.Data(data=piece))

    @property
    def unread(self) -> bool:
        """Whether the client may still be sending a request that nobody will read."""
        return not self.ended and self.http.their_state in (h11.SEND_BODY, h11.ERROR)

    async def linger(self) -> None:
        """Half-closes, then drops what still arrives for a bounded time (RFC 9112 section 9.6).

        Closing at once with unread bytes makes the kernel send a reset, which destroys the answer at the client.
        """
        transport = self._stream.transport_stream if isinstance(self._stream, trio.SSLStream) else self._stream
        dropped = 0
        with trio.move_on_after(self.limits.linger_timeout_s), contextlib.suppress(*BROKEN):
            await transport.send_eof()
            while dropped < self.limits.linger_bytes and (data := await transport.receive_some(RECEIVE_BYTES)):
                dropped += len(data)
