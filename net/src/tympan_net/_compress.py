"""Compresses a document as it streams by (RFC 8011 section 5.4.32)."""

import enum
import zlib
from collections.abc import AsyncIterator


class Compression(enum.StrEnum):
    """The IPP compression keywords this client speaks."""

    GZIP = "gzip"
    DEFLATE = "deflate"


_WINDOW_BITS = {Compression.GZIP: 31, Compression.DEFLATE: -15}
"""gzip is RFC 1952; deflate is raw RFC 1951, as CUPS sends and takes it."""

_LEVEL = 1
"""Documents are mostly compressed already, and a printer's link is seldom slower than level 1."""


async def compressed(pieces: AsyncIterator[bytes], compression: Compression) -> AsyncIterator[bytes]:
    """The pieces compressed, in bounded memory; empty output is held back."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS[compression])
    async for piece in pieces:
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()
