"""Documents compressed on their way: what a reader gets back, and when its input ends."""

import zlib
from collections.abc import AsyncIterator

import pytest

from tympan_net.compression import Compression, compressed

pytestmark = pytest.mark.anyio

WINDOW = {Compression.GZIP: 31, Compression.DEFLATE: -15}
LONGEST_COPY = 258
"""RFC 1951 section 3.2.5."""


async def packed(pieces: list[bytes], compression: Compression) -> bytes:
    async def source() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return b"".join([piece async for piece in compressed(source(), compression)])


@pytest.mark.parametrize("compression", Compression)
@pytest.mark.parametrize("pieces", [[], [b"x"], [b"%PDF-1" + b"y" * 10_000] * 64, [bytes(range(256)) * 300]])
async def test_gives_the_document_back(compression: Compression, pieces: list[bytes]) -> None:
    reader = zlib.decompressobj(WINDOW[compression])
    assert reader.decompress(await packed(pieces, compression)) == b"".join(pieces)
    assert reader.eof


@pytest.mark.parametrize("compression", Compression)
async def test_its_last_byte_comes_after_all_its_meaning(compression: Compression) -> None:
    """A reader that stops when its input is used up, as CUPS does, has got the whole document, whatever its buffer."""
    pieces = [b"%PDF-1" + b"y" * 10_000] * 64
    whole = sum(map(len, pieces))
    sent = await packed(pieces, compression)
    for room in range(whole - LONGEST_COPY, whole):
        reader = zlib.decompressobj(WINDOW[compression])
        assert len(reader.decompress(sent, room)) == room
        assert reader.unconsumed_tail, f"with room for {room} bytes it would lose {whole - room}"
