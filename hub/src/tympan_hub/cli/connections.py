"""Connections of HTTP that nobody holds: neither by not ending a sentence, nor by not reading the answer.

uvicorn waits for ever for the first request of a connection, for the rest of a head that has begun, and for a reader to
take what is written; behind a proxy that does not matter. Bodies have a deadline of their own (``http.guards``), and
what is left of a refused one has the same here: who is hung up on while sending would not see the reason.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tympan_hub.domain.limits.requests import ANSWER_S, BODY_BYTES_PER_S
from tympan_wire.hub import MESSAGE_BYTES


class TimelyProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a deadline for each head, and for its reader to take something of an answer.

    Args:
        head_s: Seconds until a head that has begun must be whole, and for the first one to begin and end.
        answer_s: Seconds within which a reader must take as much as ``BODY_BYTES_PER_S`` makes, or all that waits.
    """

    def __init__(self, head_s: float, answer_s: float, **options: Any) -> None:
        super().__init__(**options)
        self._head_s, self._answer_s = head_s, answer_s
        self._deadline: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._begun = self._answering = False
        self._since_s, self._refused_bytes = 0.0, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Waits for the first head from here on."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Whatever comes while no request is answered belongs to a head, or to what is left of a refused body."""
        super().data_received(data)
        if not self._answering:
            self._wait()

    def on_message_begin(self) -> None:
        """A head begins, which may be behind a request that is still answered."""
        super().on_message_begin()
        self._begun = True

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._rest()
        super().on_headers_complete()
        self._begun, self._answering = False, True

    def on_body(self, body: bytes) -> None:
        """A piece of a body, which may be refused already."""
        super().on_body(body)
        if not self._answering:
            self._refused_bytes += len(body)

    def on_message_complete(self) -> None:
        """Behind the rest of a refused body the next head is waited for."""
        super().on_message_complete()
        if not self._answering:
            self._rest()

    def on_response_complete(self) -> None:
        """The next request is answered, or its head is waited for if it has begun."""
        super().on_response_complete()
        self._answering = not self.cycle.response_complete
        if self._begun and not self._answering:
            self._wait()
        self._look_at_the_reader_of_the_last()

    def timeout_keep_alive_handler(self) -> None:
        """Closes, which waits for all that is written to be taken."""
        super().timeout_keep_alive_handler()
        self._look_at_the_reader_of_the_last()

    def pause_writing(self) -> None:
        """More waits for the reader than shall be held for it."""
        super().pause_writing()
        self._look_at_the_reader()

    def resume_writing(self) -> None:
        """The reader took enough for more to be written."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._leave_the_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for."""
        self._rest()
        self._leave_the_reader()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is None:
            self._since_s = self.loop.time()
            self._deadline = self.loop.call_later(self._head_s, self._is_late)

    def _is_late(self) -> None:
        """Hangs up, unless the rest of a refused body, no larger than any may be, goes on as fast as it must."""
        more_s = self._refused_bytes / BODY_BYTES_PER_S if self._refused_bytes <= MESSAGE_BYTES else 0.0
        left_s = self._since_s + self._head_s + more_s - self.loop.time()
        if left_s > 0:
            self._deadline = self.loop.call_later(left_s, self._is_late)
        else:
            self.transport.abort()

    def _rest(self) -> None:
        self._refused_bytes = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _look_at_the_reader(self) -> None:
        if self._reading is None:
            left = self.transport.get_write_buffer_size() - BODY_BYTES_PER_S * self._answer_s
            self._reading = self.loop.call_later(self._answer_s, self._has_taken_enough, left)

    def _look_at_the_reader_of_the_last(self) -> None:
        """A connection that closes is written to no more, so nobody is told to pause."""
        if self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._look_at_the_reader()

    def _has_taken_enough(self, left: float) -> None:
        self._reading = None
        if self.transport.get_write_buffer_size() > left:
            self.transport.abort()
        else:
            self._look_at_the_reader()

    def _leave_the_reader(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None


def timely(head_s: float, answer_s: float = ANSWER_S) -> Callable[..., asyncio.Protocol]:
    """What uvicorn makes a protocol of, for each connection."""
    return partial(TimelyProtocol, head_s, answer_s)
