"""One client's connection: requests read, handed over, and answered, one after the other.

* Every request read gets exactly one answer, or the connection is closed.
* After an answer the connection is used again only if the whole request was read; else it lingers and closes.
* No exception of a handler or a client leaves `run`; only cancellation does.
"""

import contextlib
import http
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from email.utils import formatdate

import h11
import trio

from tympan_net._body import RequestBody
from tympan_net._channel import BROKEN, Channel
from tympan_net._errors import HangUp, RequestError
from tympan_net._limits import RECEIVE_BYTES, ServerLimits
from tympan_net._messages import Handler, OnError, Request, Response
from tympan_net._peer import Peer
from tympan_net._slots import Slot

_BODILESS = frozenset({204, 304})


class Connection:
    """Serves the requests of one connection until either side ends it."""

    __slots__ = ("_channel", "_first", "_handler", "_on_error", "_peer", "_secure", "_slot")

    def __init__(
        self, channel: Channel, slot: Slot, *, handler: Handler, peer: Peer, secure: bool, on_error: OnError
    ) -> None:
        self._channel = channel
        self._slot = slot
        self._handler = handler
        self._peer = peer
        self._secure = secure
        self._on_error = on_error
        self._first = True

    async def run(self) -> None:
        """Serves until the connection ends; the caller closes the stream."""
        try:
            while (head := await self._next_head()) and await self._serve(head):
                self._channel.http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            await self._refuse(error.error_status_hint)
        except (trio.TooSlowError, HangUp, *BROKEN):
            pass

    async def _next_head(self) -> h11.Request | None:
        if not self._channel.http.trailing_data[0] and not await self._wait_for_first_byte():
            return None
        with trio.move_on_after(self._channel.limits.header_timeout_s):
            event = await self._channel.next_event()
            return _checked(event, self._channel.limits) if isinstance(event, h11.Request) else None
        await self._refuse(408)
        return None

    async def _wait_for_first_byte(self) -> bool:
        with self._slot.idle(self._channel.limits.idle_timeout_s) as scope:
            await self._channel.receive()
        return not scope.cancelled_caught

    async def _serve(self, head: h11.Request) -> bool:
        """Answers one request; whether the connection can take another."""
        body = RequestBody(self._channel)
        request = Request(
            method=head.method.decode("ascii"),
            target=head.target.decode("latin-1"),
            headers=tuple(head.headers),
            peer=self._peer,
            secure=self._secure,
            source=body,
            first=self._first,
        )
        self._first = False
        response, start = await self._ask(request)
        body.finish()
        await self._answer(request, response, start)
        if self._channel.unread:
            await self._channel.linger()
        states = self._channel.http.states
        return states[h11.SERVER] is h11.DONE and states[h11.CLIENT] is h11.DONE

    async def _ask(self, request: Request) -> tuple[Response, h11.Response]:
        """The handler's response, or the one that stands for what it raised."""
        try:
            if request.method == "CONNECT":
                return _stated(Response.text("This server is no proxy.\n", status=405), close=True)
            return _stated(await self._handler(request))
        except HangUp:
            raise
        except RequestError as error:
            return _stated(Response.text(f"{error}\n", status=error.status))
        except Exception as error:
            self._on_error(request, error)
            failed = Response.text("The server failed; its log says why.\n", status=500)
            return _stated(failed, close=True)

    async def _answer(self, request: Request, response: Response, start: h11.Response) -> None:
        channel = self._channel
        if channel.http.their_state in (h11.SEND_BODY, h11.ERROR):
            start = h11.Response(
                status_code=start.status_code, headers=[*start.headers, (b"connection", b"close")], reason=start.reason
            )
        silent = request.method == "HEAD" or response.status in _BODILESS
        body = response.body
        if isinstance(body, bytes):
            if silent or len(body) <= RECEIVE_BYTES:
                await channel.send(start, *([h11.Data(data=body)] if body and not silent else []), h11.EndOfMessage())
                return
            await channel.send(start)
            await channel.send_body(body[at : at + RECEIVE_BYTES] for at in range(0, len(body), RECEIVE_BYTES))
            await channel.send(h11.EndOfMessage())
            return
        async with _closing(body):
            await channel.send(start)
            if not silent:
                await self._send_pieces(request, body)
        await channel.send(h11.EndOfMessage())

    async def _send_pieces(self, request: Request, pieces: AsyncIterator[bytes]) -> None:
        """Sends an iterator's pieces; if it fails the answer is cut off, which the client can tell by its framing."""
        try:
            async for piece in pieces:
                if piece:
                    await self._channel.send(h11.Data(data=piece))
        except (HangUp, trio.TooSlowError, *BROKEN):
            raise
        except Exception as error:
            self._on_error(request, error)
            raise HangUp from error

    async def _refuse(self, status: int) -> None:
        """Answers what is not a request, if nothing was answered yet, and lets the connection end."""
        if self._channel.http.our_state not in (h11.IDLE, h11.SEND_RESPONSE) or self._channel.ended:
            return
        text = b"This is not a request.\n"
        _, start = _stated(Response(status=status, body=text), close=True)
        with contextlib.suppress(trio.TooSlowError, *BROKEN):
            await self._channel.send(start, h11.Data(data=text), h11.EndOfMessage())
            await self._channel.linger()


def _checked(head: h11.Request, limits: ServerLimits) -> h11.Request:
    """The head, unless it is one that h11 takes and a server must not.

    * Two framings: something in front of us may have believed the other one (smuggling, RFC 9112 section 6.1).
    * h11 bounds a head that is incomplete; one that came whole in a single read is bounded here.
    """
    names = {name for name, _ in head.headers}
    if b"content-length" in names and b"transfer-encoding" in names:
        raise h11.RemoteProtocolError("the request has two framings", error_status_hint=400)
    if not head.http_version.startswith(b"1."):
        raise h11.RemoteProtocolError("the request is of another HTTP", error_status_hint=505)
    if len(head.target) + sum(len(name) + len(value) for name, value in head.headers) > limits.header_bytes:
        raise h11.RemoteProtocolError("the head is too long", error_status_hint=431)
    return head


def log_error(request: Request, error: Exception) -> None:
    """Where failures of handlers go when nobody else wants them."""
    logging.getLogger("tympan_net").error("handler failed on %r", request, exc_info=error)


def _stated(response: Response, *, close: bool = False) -> tuple[Response, h11.Response]:
    """A response with its status line and headers; made before anything is sent, so that a bad header is a 500."""
    headers = [(b"date", _date()), *((name.encode(), value.encode("latin-1")) for name, value in response.headers)]
    if isinstance(response.body, bytes) and response.status not in _BODILESS:
        headers.append((b"content-length", b"%d" % len(response.body)))
    if close:
        headers.append((b"connection", b"close"))
    return response, h11.Response(
        status_code=response.status, headers=headers, reason=_REASONS.get(response.status, b"")
    )


@contextlib.asynccontextmanager
async def _closing(pieces: AsyncIterator[bytes]) -> AsyncIterator[None]:
    """Lets a generator clean up as soon as it is not wanted any more, and not when the collector finds it."""
    try:
        yield
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


_REASONS = {status.value: status.phrase.encode() for status in http.HTTPStatus}


_date_cache = (0, b"")


def _date() -> bytes:
    """The Date header (RFC 9110 section 6.6.1), formatted once a second."""
    global _date_cache
    now = int(time.time())
    if _date_cache[0] != now:
        _date_cache = (now, formatdate(now, usegmt=True).encode())
    return _date_cache[1]
