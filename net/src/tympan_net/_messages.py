"""A request as a handler sees it, and the response a handler returns."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import attrs

from tympan_net._errors import BodyTooLarge
from tympan_net._peer import Peer

HeaderList = tuple[tuple[bytes, bytes], ...]


class BodySource(Protocol):
    """Where the bytes of a request body come from."""

    async def next_piece(self) -> bytes | None:
        """The next piece as received, None at the end."""


class Request:
    """One request on one connection; its body is read at most once, while the handler runs.

    Attributes:
        method: in upper case as sent, such as "POST".
        target: the request target as sent (RFC 9112 section 3.2).
        path: the target's path, percent-encoding untouched; "*" for OPTIONS *.
        query: what follows the "?", without it; empty when there is none.
        headers: (name in lower case, value) pairs in order of arrival.
        peer: the client's end of the connection.
        secure: whether the connection is TLS.
        first: whether no request came before it on its connection.
    """

    __slots__ = ("_source", "first", "headers", "method", "path", "peer", "query", "secure", "target")

    def __init__(
        self,
        *,
        method: str,
        target: str,
        headers: HeaderList,
        peer: Peer,
        secure: bool,
        source: BodySource,
        first: bool = True,
    ) -> None:
        self.method = method
        self.target = target
        self.path, self.query = _split(target)
        self.headers = headers
        self.peer = peer
        self.secure = secure
        self.first = first
        self._source = source

    def __repr__(self) -> str:
        return f"Request({self.method} {self.target} from {self.peer!r})"

    def header(self, name: str) -> str | None:
        """The first header of that name (any case) as text, None when absent."""
        wanted = name.lower().encode("ascii")
        return next((value.decode("latin-1") for key, value in self.headers if key == wanted), None)

    async def uid(self) -> int | None:
        """The user id that owns the client's socket (Linux, loopback); None when it cannot be told."""
        return await self.peer.uid()

    async def stream(self) -> AsyncIterator[bytes]:
        """The body in pieces of up to 256 KiB, as received.

        The first read tells a client that waits for it (Expect: 100-continue) to go on.

        Raises:
            RequestError: the body is malformed, stalled, or the client went away.
        """
        while (piece := await self._source.next_piece()) is not None:
            yield piece

    async def body(self, limit_bytes: int) -> bytes:
        """The whole body.

        Raises:
            BodyTooLarge: it is longer than `limit_bytes`; when its length was declared, before reading any of it.
            RequestError: as `stream`.
        """
        declared = self.header("content-length")
        if declared is not None and int(declared) > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        whole = bytearray()
        while (piece := await self._source.next_piece()) is not None:
            whole += piece
            if len(whole) > limit_bytes:
                raise BodyTooLarge(limit_bytes)
        return bytes(whole)


def _split(target: str) -> tuple[str, str]:
    """Path and query of an origin-form or absolute-form target."""
    if not target.startswith("/") and "://" in target:
        rest = target.split("://", 1)[1]
        slash = rest.find("/")
        target = rest[slash:] if slash >= 0 else "/"
    path, _, query = target.partition("?")
    return path, query


@attrs.frozen(kw_only=True)
class Response:
    """What a handler answers.

    Attributes:
        status: HTTP status code, 200 to 599.
        headers: (name, value) pairs; Date, Content-Length, Transfer-Encoding and Connection are the server's own.
        body: bytes, or an async iterator of pieces, which are sent chunked as they come.
    """

    status: int = attrs.field(default=200, validator=[attrs.validators.ge(200), attrs.validators.le(599)])
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | AsyncIterator[bytes] = b""

    @classmethod
    def json(cls, value: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> "Response":
        """A JSON answer (RFC 8259, UTF-8)."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status=status, headers=(("content-type", "application/json"), *headers), body=body)

    @classmethod
    def text(cls, text: str, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> "Response":
        """A plain-text answer in UTF-8."""
        kind = ("content-type", "text/plain; charset=utf-8")
        return cls(status=status, headers=(kind, *headers), body=text.encode())


Handler = Callable[[Request], Awaitable[Response]]
"""Answers one request.  What it raises becomes an HTTP status: RequestError its own, anything else 500."""

OnError = Callable[[Request, Exception], None]
"""Told of each exception a handler, or the iterator of its body, let through."""
