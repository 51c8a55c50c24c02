"""Connections of HTTP that nobody holds by not ending a sentence: a head that is not whole in time is not waited for.

uvicorn waits for ever for the first request of a connection, and for the rest of a head that has begun; behind a proxy
that does not matter. Bodies have a deadline of their own (``http.guards``).
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class TimelyProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a deadline for each head.

    Args:
        head_s: Seconds until a head that has begun must be whole, and for the first one to begin and end.
    """

    def __init__(self, head_s: float, **options: Any) -> None:
        super().__init__(**options)
        self._head_s = head_s
        self._deadline: asyncio.TimerHandle | None = None
        self._begun = self._answering = False

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

    def on_response_complete(self) -> None:
        """The next request is answered, or its head is waited for if it has begun."""
        super().on_response_complete()
        self._answering = not self.cycle.response_complete
        if self._begun and not self._answering:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for."""
        self._rest()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._head_s, self.transport.abort)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def timely(head_s: float) -> Callable[..., asyncio.Protocol]:
    """What uvicorn makes a protocol of, for each connection."""
    return partial(TimelyProtocol, head_s)
