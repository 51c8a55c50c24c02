"""Compresses a document as it streams by (RFC 8011 section 5.4.32).

* Raw deflate ends in bytes of no meaning. CUPS and printers built on it stop reading when their input is used up,
  though zlib may still hold back up to 258 bytes of the last copy for want of room: the input must not end before the
  output does. gzip's own trailer sees to the same.
"""

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
    # The sync flush adds an empty stored block (RFC 1951 section 3.2.4): the bytes of no meaning.
    yield packer.flush(zlib.Z_SYNC_FLUSH) + packer.flush()
