"""HTTP requests to servers elsewhere; the one module that uses httpx, and no type of httpx leaves it.

* The operating system's trust store decides, or a pin; the system's proxy is used, but never for loopback.
* Every step has a deadline and every answer a bound; nothing is decompressed and no redirect followed unasked.
* Importing this module costs several megabytes: import it where a request is made, not before.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import AsyncIterator, Iterator, Mapping
from types import TracebackType
from typing import Self

import attrs
import trio

from tympan_net._dial import caused_by_tls, tls_failure
from tympan_net._errors import (
    AnswerTooLarge,
    CertificateChanged,
    NetError,
    PeerError,
    PeerMisbehaved,
    Retry,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from tympan_net._httpx import httpx
from tympan_net._limits import ClientLimits
from tympan_net._link import HttpAnswer
from tympan_net._pieces import Document, pieces_of
from tympan_net.tls import ClientTls, FirstUse, OsStore, Pinned, Trust

__all__ = [
    "AnswerTooLarge",
    "CertificateChanged",
    "ClientLimits",
    "FirstUse",
    "HttpAnswer",
    "HttpClient",
    "HttpStream",
    "NetError",
    "OsStore",
    "PeerError",
    "PeerMisbehaved",
    "Pinned",
    "Retry",
    "TimedOut",
    "TlsFailed",
    "Trust",
    "Unreachable",
]


class HttpClient:
    """Requests to any number of servers over kept connections; used as an async context manager.

    A `Pinned` or `FirstUse` trust holds for all servers, so such a client is for one server.
    """

    def __init__(
        self,
        *,
        trust: Trust | None = None,
        limits: ClientLimits | None = None,
        user_agent: str = "tympan",
        direct: bool = False,
    ) -> None:
        """Prepares a client; nothing is connected yet.

        Args:
            trust: whom to believe over TLS; the operating system's store when None.
            limits: deadlines and sizes.
            user_agent: of the requests.
            direct: whether the system's proxy is passed by: for devices on the same link.
        """
        self._limits = limits or ClientLimits()
        self._tls = ClientTls.of(trust or OsStore())
        self._user_agent = user_agent
        self._direct = direct
        self._clients: dict[bool, httpx.AsyncClient] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the kept connections; the client can still be used and then opens new ones."""
        while self._clients:
            await self._clients.popitem()[1].aclose()

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the certificate this client is bound to; None with the OS store or before the first is seen."""
        return self._tls.fingerprint

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> HttpAnswer:
        """A GET request.

        Raises:
            PeerError: no usable answer.
            ValueError: `url` is no http or https URL.
        """
        return await self.request("GET", url, headers)

    async def post_stream(self, url: str, headers: Mapping[str, str] | None, content: Document) -> HttpAnswer:
        """A POST request; bytes go out with their length, an iterator chunked, read at the server's pace.

        Raises:
            PeerError: no usable answer.
            ValueError: `url` is no http or https URL.
            Exception: whatever the iterator raises.
        """
        return await self.request("POST", url, headers, content)

    async def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, content: Document | None = None
    ) -> HttpAnswer:
        """A request of any method; any HTTP status is an answer, not an error.

        Raises:
            PeerError: no usable answer.
            ValueError: `url` is no http or https URL.
            Exception: whatever the iterator raises.
        """
        peer = _host(url)
        body = content if content is None or isinstance(content, bytes) else self._paced(content)
        with _translated(peer, self._limits):
            client = self._client(direct=self._direct or _is_loopback(peer))
            asked = {"accept-encoding": "identity", **(headers or {})}
            async with client.stream(method, url, headers=asked, content=body) as response:
                names = tuple((name.lower(), value) for name, value in response.headers.items())
                whole = await self._whole(peer, response)
                return HttpAnswer(status=response.status_code, headers=names, body=whole)

    @contextlib.asynccontextmanager
    async def stream(self, url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[HttpStream]:
        """A GET request whose answer is read as it comes, for ever if need be.

        The head has a deadline; between two pieces there is none, for nobody knows when there will be news: whoever
        reads proves by a round trip of his own that the stream is alive.

        Raises:
            PeerError: no usable head.
            ValueError: `url` is no http or https URL.
        """
        peer = _host(url)
        asked = {"accept-encoding": "identity", **(headers or {})}
        with _translated(peer, self._limits):
            response = await self._open(peer, url, asked)
        try:
            names = tuple((name.lower(), value) for name, value in response.headers.items())
            yield HttpStream(status=response.status_code, headers=names, pieces=self._coming(peer, response))
        finally:
            with trio.move_on_after(self._limits.connect_timeout_s, shield=True):
                await response.aclose()

    async def _open(self, peer: str, url: str, headers: Mapping[str, str]) -> httpx.Response:
        client = self._client(direct=self._direct or _is_loopback(peer))
        request = client.build_request("GET", url, headers=headers, timeout=self._patient())
        with trio.fail_after(self._limits.connect_timeout_s + self._limits.answer_timeout_s):
            return await client.send(request, stream=True)

    async def _coming(self, peer: str, response: httpx.Response) -> AsyncIterator[bytes]:
        with _translated(peer, self._limits):
            async for piece in response.aiter_raw():
                yield piece

    def _patient(self) -> httpx.Timeout:
        limits = self._limits
        return httpx.Timeout(limits.answer_timeout_s, connect=limits.connect_timeout_s, read=None)

    def _client(self, *, direct: bool) -> httpx.AsyncClient:
        """Made when first needed; the direct one looks at no proxy setting."""
        if direct not in self._clients:
            limits = self._limits
            timeout = httpx.Timeout(
                limits.answer_timeout_s,
                connect=limits.connect_timeout_s,
                write=limits.send_timeout_s,
                pool=limits.answer_timeout_s,
            )
            self._clients[direct] = httpx.AsyncClient(
                verify=self._tls.context,
                timeout=timeout,
                limits=httpx.Limits(max_connections=limits.connections, keepalive_expiry=limits.keep_idle_s),
                trust_env=not direct,
                follow_redirects=False,
                headers={"user-agent": self._user_agent},
            )
        return self._clients[direct]

    async def _paced(self, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        pieces = pieces_of(content)
        while True:
            try:
                with trio.fail_after(self._limits.document_timeout_s):
                    piece = await anext(pieces, None)
            except trio.TooSlowError as error:
                source = "The content's source"
                raise TimedOut(source, "give its next piece", self._limits.document_timeout_s) from error
            if piece is None:
                return
            yield piece

    async def _whole(self, peer: str, response: httpx.Response) -> bytes:
        body = bytearray()
        with trio.fail_after(self._limits.answer_timeout_s):
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > self._limits.answer_bytes:
                    raise AnswerTooLarge(peer, self._limits.answer_bytes)
        return bytes(body)


@attrs.frozen(kw_only=True)
class HttpStream:
    """An answer that is still coming.

    Attributes:
        status: HTTP status code.
        headers: (name in lower case, value) pairs.
        pieces: the body as received; raises `PeerError` when the stream breaks.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    pieces: AsyncIterator[bytes]


def _host(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"not a URL: {url!r} ({error})") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError(f"not an http or https URL: {url!r}")
    return parsed.host


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def _translated(peer: str, limits: ClientLimits) -> Iterator[None]:
    """What httpx and trio raise, as errors of this distribution."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise TimedOut(peer, "connect", limits.connect_timeout_s) from error
    except httpx.WriteTimeout as error:
        raise TimedOut(peer, "take the request", limits.send_timeout_s) from error
    except (httpx.TimeoutException, trio.TooSlowError) as error:
        raise TimedOut(peer, "answer", limits.answer_timeout_s) from error
    except httpx.RemoteProtocolError as error:
        raise PeerMisbehaved(peer, str(error)) from error
    except httpx.HTTPError as error:
        if caused_by_tls(error):
            raise tls_failure(peer, error) from error
        raise Unreachable(peer, str(error) or type(error).__name__) from error
