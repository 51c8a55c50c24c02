"""Requests as they come in: first the message, then the document behind it, in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tympan_ipp_endpoint._compression import Expander
from tympan_ipp_endpoint._limits import MESSAGE
from tympan_wire.ipp import Decoder, IppProtocolError, Message

HEADER_BYTES = 8


class Incoming:
    """One request body, read once from its beginning to its end.

    Args:
        stream: The body, piece by piece.
    """

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._first = b""
        self.header = b""
        """The first 8 bytes: enough to answer a message that cannot be decoded."""

    async def message(self) -> Message:
        """Reads up to the end of the attributes.

        Raises:
            IppProtocolError: The body does not begin with an IPP message.
        """
        decoder = Decoder(MESSAGE)
        async for piece in self._stream:
            if len(self.header) < HEADER_BYTES:
                self.header = (self.header + piece)[:HEADER_BYTES]
            message = decoder.feed(piece)
            if message is not None:
                self._first = decoder.rest
                return message
        decoder.eof()
        raise IppProtocolError("the message ends before its end tag", 0)

    async def has_document(self) -> bool:
        """Whether document bytes follow; reads no further than the first of them."""
        while not self._first:
            piece = await anext(self._stream, None)
            if piece is None:
                return False
            self._first = piece
        return True

    async def document(self, compression: str) -> AsyncIterator[bytes]:
        """The document, expanded.

        Raises:
            Refusal: It cannot be expanded.
        """
        expander = Expander(compression) if compression != "none" else None
        async for piece in self._pieces():
            if expander is None:
                yield piece
            else:
                for expanded in expander.feed(piece):
                    yield expanded
        if expander is not None:
            expander.finish()

    async def _pieces(self) -> AsyncIterator[bytes]:
        if self._first:
            yield self._first
            self._first = b""
        async for piece in self._stream:
            if piece:
                yield piece
