"""One client connection: requests out, answers in.

* Sending and reading are apart, so that `Upload` can do both at once.
* A link that did anything but finish one whole exchange is never used again.
"""

import math

import attrs
import h11
import trio

from tympan_net._channel import BROKEN
from tympan_net._errors import AnswerTooLarge, NetError, PeerMisbehaved, TimedOut, Unreachable
from tympan_net._limits import LAST_WORDS_S, RECEIVE_BYTES, ClientLimits

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]


@attrs.frozen(kw_only=True)
class HttpAnswer:
    """An HTTP answer, whole.

    Attributes:
        status: HTTP status code.
        headers: (name in lower case, value) pairs.
        body: at most the limit's bytes.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Link:
    """A connected stream and its h11 state.

    Owns: the stream.

    Attributes:
        heard: whether any byte of an answer to the present request has arrived.
        idle_since: trio time at which the last exchange ended.
    """

    __slots__ = ("_http", "_limits", "_peer", "_stream", "heard", "idle_since")

    def __init__(self, stream: Stream, *, peer: str, limits: ClientLimits) -> None:
        self._stream = stream
        self._peer = peer
        self._limits = limits
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.header_bytes)
        self.heard = False
        self.idle_since = -math.inf

    def finish(self) -> bool:
        """Ends an exchange; whether the link may be kept for another."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self.idle_since = trio.current_time()
        return True

    @property
    def fresh(self) -> bool:
        """Whether a kept link can still be used: not for too long, and the server has not hung up."""
        if trio.current_time() - self.idle_since > self._limits.keep_idle_s:
            return False
        transport = self._stream.transport_stream if isinstance(self._stream, trio.SSLStream) else self._stream
        return not transport.socket.is_readable()

    async def aclose(self) -> None:
        """Closes at once."""
        await trio.aclose_forcefully(self._stream)

    async def exchange(self, head: h11.Request, body: bytes) -> HttpAnswer:
        """One request whose body is at hand.

        Raises:
            PeerError: no usable answer in time.
        """
        self.heard = False
        try:
            await self.send(head, *([h11.Data(data=body)] if body else []), h11.EndOfMessage())
        except NetError as error:
            return await self._last_words(error)
        return await self._answer(trio.current_time() + self._limits.answer_timeout_s)

    async def _last_words(self, broken: NetError) -> HttpAnswer:
        """The answer of a server that stopped reading: it may stand in the receive buffer already."""
        try:
            return await self._answer(trio.current_time() + LAST_WORDS_S)
        except NetError:
            raise broken from None

    async def send(self, *events: h11.Event) -> None:
        """Sends events in one write.

        Raises:
            TimedOut: the server does not take them in time.
            Unreachable: the connection broke.
        """
        data = b"".join(self._http.send(event) or b"" for event in events)
        try:
            with trio.fail_after(self._limits.send_timeout_s):
                await self._stream.send_all(data)
        except trio.TooSlowError as error:
            raise TimedOut(self._peer, "take the request", self._limits.send_timeout_s) from error
        except BROKEN as error:
            raise Unreachable(self._peer, "the connection broke") from error

    async def _answer(self, deadline: float) -> HttpAnswer:
        with trio.CancelScope(deadline=deadline) as scope:
            answer = await self.read_answer()
        if scope.cancelled_caught:
            raise TimedOut(self._peer, "answer", self._limits.answer_timeout_s)
        return answer

    async def read_answer(self) -> HttpAnswer:
        """The final answer, whenever it comes; the deadline is the caller's.

        Raises:
            PeerError: the connection ended, or what came is not HTTP, or too much of it.
        """
        start: h11.Response | None = None
        body = bytearray()
        while True:
            event = await self._next_event()
            if isinstance(event, h11.Response):
                start = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._limits.answer_bytes:
                    raise AnswerTooLarge(self._peer, self._limits.answer_bytes)
            elif isinstance(event, h11.EndOfMessage) and start:
                break
            elif not isinstance(event, h11.InformationalResponse):
                raise Unreachable(self._peer, "it closed the connection without an answer")
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start.headers)
        return HttpAnswer(status=start.status_code, headers=headers, body=bytes(body))

    async def _next_event(self) -> object:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                data = await self._stream.receive_some(RECEIVE_BYTES)
                self.heard = self.heard or bool(data)
                self._http.receive_data(bytes(data))
        except h11.RemoteProtocolError as error:
            if self._http.trailing_data[1] and not self._http.trailing_data[0]:
                raise Unreachable(self._peer, "it closed the connection in the middle of its answer") from error
            raise PeerMisbehaved(self._peer, str(error)) from error
        except BROKEN as error:
            raise Unreachable(self._peer, "the connection broke") from error
        return event
