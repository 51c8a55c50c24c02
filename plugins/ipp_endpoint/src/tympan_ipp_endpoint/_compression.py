"""Expansion of compressed documents: gzip and deflate, a piece at a time, with a bound.

- Only ``PIECE_BYTES`` of expanded data exist at a time.
- A stream that is cut short, damaged, or followed by other bytes is an error: half a document is never printed.
- What a compressed document may become is bounded in ratio and in size (a decompression bomb).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from tympan_ipp_endpoint._errors import Refusal
from tympan_ipp_endpoint._limits import EXPANDED_BYTES, EXPANSION_FREE_BYTES, EXPANSION_RATIO, PIECE_BYTES
from tympan_wire.ipp import Status

COMPRESSIONS = ("none", "gzip", "deflate")
"""Values of ``compression`` (RFC 8011 section 5.4.32)."""

_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15


class Expander:
    """Expands one document.

    Args:
        compression: ``gzip`` or ``deflate``. CUPS sends raw deflate (RFC 1951) under that name where the registry says
            zlib (RFC 1950), so both are taken, told apart by their first two bytes.
    """

    def __init__(self, compression: str) -> None:
        self._compression = compression
        self._head = b""
        self._stream: zlib._Decompress | None = None
        self._taken = 0
        self._given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Takes compressed bytes and gives expanded ones.

        Raises:
            Refusal: compression-error (0x0410).
        """
        self._taken += len(data)
        if self._stream is None:
            self._head += data
            if len(self._head) < 2:
                return
            data, self._head = self._head, b""
            self._stream = zlib.decompressobj(_window_bits(self._compression, data))
        while data:
            yield from self._expand(self._stream, data)
            data = self._stream.unused_data
            if data:
                self._next_member(data)

    def finish(self) -> None:
        """Says that no more bytes will come.

        Raises:
            Refusal: The stream is not complete.
        """
        if self._stream is None or not self._stream.eof:
            raise _damaged("it ends too early")

    def _expand(self, stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = stream.decompress(data, PIECE_BYTES)
            except zlib.error as error:
                raise _damaged(str(error)) from error
            if piece:
                self._count(len(piece))
                yield piece
            # At its end zlib leaves unconsumed_tail as it was before: whatever follows is in unused_data alone.
            if stream.eof or not (piece or stream.unconsumed_tail):
                return
            data = stream.unconsumed_tail

    def _next_member(self, data: bytes) -> None:
        """A gzip file may hold several members one after the other (RFC 1952 section 2.2); nothing else may follow."""
        if self._compression != "gzip":
            raise _damaged("other bytes follow it")
        self._stream = zlib.decompressobj(_GZIP_BITS)

    def _count(self, size: int) -> None:
        self._given += size
        allowed = max(EXPANSION_FREE_BYTES, self._taken * EXPANSION_RATIO)
        if self._given > min(allowed, EXPANDED_BYTES):
            raise _damaged(f"it expands to more than {min(allowed, EXPANDED_BYTES)} bytes")


def _window_bits(compression: str, head: bytes) -> int:
    if compression == "gzip":
        return _GZIP_BITS
    wrapped = head[0] & 0x0F == 8 and head[0] >> 4 <= 7 and int.from_bytes(head[:2], "big") % 31 == 0
    return _ZLIB_BITS if wrapped else _RAW_BITS


def _damaged(why: str) -> Refusal:
    return Refusal(
        Status.CLIENT_ERROR_COMPRESSION_ERROR,
        f"the compressed document cannot be expanded: {why}",
        next_step="Send it uncompressed.",
    )
