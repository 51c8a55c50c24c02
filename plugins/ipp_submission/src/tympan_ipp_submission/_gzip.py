"""A document compressed as it streams by (RFC 1952, IPP ``compression`` keyword ``gzip``)."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Final

_GZIP_WINDOW: Final = 31
_FAST: Final = 1
"""Level: text shrinks to a third already, and a slow link is still faster than a better level."""


async def gzipped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces compressed, in bounded memory."""
    packer = zlib.compressobj(_FAST, zlib.DEFLATED, _GZIP_WINDOW)
    async for piece in pieces:
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()
