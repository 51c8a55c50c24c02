"""IPP messages over HTTP (RFC 8010 section 4): one request out, one answer back, checked."""

import ssl
from collections.abc import AsyncIterator, Callable

import h11
import trio

from tympan_net._endpoint import Endpoint
from tympan_net._errors import HttpStatusError, PeerMisbehaved, Unreachable
from tympan_net._ipp_calls import repeatable
from tympan_net._limits import ClientLimits
from tympan_net._link import HttpAnswer
from tympan_net._links import Links
from tympan_net._pieces import Document, pieces_of
from tympan_net._upload import Upload
from tympan_wire.ipp import Decoder, IppProtocolError, Limits, Message, encode

OnSent = Callable[[int], None]

FIRST_ERROR_STATUS = 0x0400
"""From here on an IPP status says no (RFC 8011 appendix B)."""

_MEDIA_TYPE = b"application/ipp"


class Carriage:
    """Carries IPP to one endpoint.

    Owns: its connections; `aclose` closes them.
    """

    __slots__ = ("_endpoint", "_headers", "_ipp_limits", "_limits", "_links")

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        context: ssl.SSLContext | None,
        socket_path: str | None,
        limits: ClientLimits,
        ipp_limits: Limits,
        user_agent: str,
        opened: trio.SocketStream | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._ipp_limits = ipp_limits
        self._links = Links(endpoint, context=context, socket_path=socket_path, limits=limits, opened=opened)
        host = "localhost" if socket_path else endpoint.authority
        self._headers = [
            (b"host", host.encode("idna") if not host.isascii() else host.encode()),
            (b"user-agent", user_agent.encode("ascii")),
            (b"content-type", _MEDIA_TYPE),
        ]

    @property
    def peer(self) -> str:
        """How errors name the other side."""
        return self._links.peer

    async def aclose(self) -> None:
        """Closes what is open."""
        await self._links.aclose()

    async def carry(self, message: Message, document: Document | None, on_sent: OnSent | None) -> Message:
        """Sends a request and reads its answer.

        Raises:
            PeerError: no usable answer.
        """
        if document is not None:
            async with self._links.link() as (link, _):
                upload = Upload(link, peer=self.peer, limits=self._limits, refuses=self._refuses)
                head = self._head((b"transfer-encoding", b"chunked"))
                answer = await upload.run(head, encode(message), _counted(pieces_of(document), on_sent))
        else:
            answer = await self._post(message)
        return self._read(answer, message.request_id)[0]

    async def fetch(self, message: Message) -> tuple[Message, bytes]:
        """Sends a request and reads its answer with the data that follows it.

        Raises:
            PeerError: no usable answer.
        """
        return self._read(await self._post(message), message.request_id)

    async def _post(self, message: Message) -> HttpAnswer:
        body = encode(message)
        head = self._head((b"content-length", b"%d" % len(body)))
        for new in (False, True):
            async with self._links.link(new=new) as (link, used):
                try:
                    return await link.exchange(head, body)
                except Unreachable:
                    # A server may close a kept connection just as the request leaves (RFC 9112 section 9.3.1).
                    if new or not used or link.heard or not repeatable(message):
                        raise
        raise Unreachable(self.peer, "the connection broke")

    def _head(self, framing: tuple[bytes, bytes]) -> h11.Request:
        return h11.Request(method="POST", target=self._endpoint.path, headers=[*self._headers, framing])

    def _refuses(self, answer: HttpAnswer) -> bool:
        """Whether an early answer is a no; what cannot be read is one too."""
        code = int.from_bytes(answer.body[2:4], "big")
        return answer.status != 200 or len(answer.body) < 4 or code >= FIRST_ERROR_STATUS

    def _read(self, answer: HttpAnswer, request_id: int) -> tuple[Message, bytes]:
        if answer.status != 200:
            raise HttpStatusError(self.peer, answer.status, answer.headers)
        kind = dict(answer.headers).get("content-type", "application/ipp").partition(";")[0].strip().lower()
        if kind.encode() != _MEDIA_TYPE:
            raise PeerMisbehaved(self.peer, f"it sent {kind[:60]!r} in place of application/ipp")
        decoder = Decoder(self._ipp_limits)
        try:
            message = decoder.feed(answer.body)
            decoder.eof()
        except IppProtocolError as error:
            raise PeerMisbehaved(self.peer, str(error)) from error
        if message is None or message.request_id != request_id:
            raise PeerMisbehaved(self.peer, "it answered another request")
        return message, decoder.rest


async def _counted(pieces: AsyncIterator[bytes], on_sent: OnSent | None) -> AsyncIterator[bytes]:
    """Tells how many bytes have been sent: asking for the next piece means the last one is on its way."""
    total = 0
    async for piece in pieces:
        yield piece
        total += len(piece)
        if on_sent is not None:
            on_sent(total)
