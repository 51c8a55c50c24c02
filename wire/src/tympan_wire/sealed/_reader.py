"""A sealed document as a seekable file, without holding it.

- Bytes come from verified chunks only.
- The last chunk is opened first, so a cut document fails at once and not at its end.
"""

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from tympan_wire.sealed._cipher import ChunkCipher
from tympan_wire.sealed._errors import Truncated
from tympan_wire.sealed._layout import CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES, chunk_count, plain_size

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined]  # from Python 3.12 on

CACHED_CHUNKS: Final = 16
"""Opened chunks kept: 1 MiB, enough for a renderer that jumps between a table and what it points to."""


class RandomReader(io.RawIOBase):
    """Reads a sealed document at any place.

    Args:
        key: The document's key, 32 bytes.
        read_at: Gives up to `size` sealed bytes from an offset: `read_at(offset, size)`.
        size: How many sealed bytes there are.
        document: The UUID the document must have; None takes any.

    Raises:
        SealedError: At construction and from every read, when what is there does not verify.
    """

    def __init__(
        self, key: bytes, read_at: Callable[[int, int], bytes], size: int, *, document: UUID | None = None
    ) -> None:
        super().__init__()
        self._read_at = read_at
        self._cipher = ChunkCipher.accept(key, read_at(0, HEADER_BYTES), document)
        self._plain_bytes = plain_size(size)
        self._chunks = chunk_count(self._plain_bytes)
        self._sealed_bytes = size
        self._opened: OrderedDict[int, bytes] = OrderedDict()
        self._position = 0
        self._chunk(self._chunks - 1)

    def readable(self) -> bool:
        """Always true."""
        return True

    def seekable(self) -> bool:
        """Always true."""
        return True

    def tell(self) -> int:
        """The position in the document, in bytes."""
        self._must_be_open()
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a position, which may lie beyond the end."""
        self._must_be_open()
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._plain_bytes}
        if whence not in origins:
            raise ValueError(f"whence {whence} is not one of 0, 1, 2")
        if origins[whence] + offset < 0:
            raise ValueError("a position before the document's beginning")
        self._position = origins[whence] + offset
        return self._position

    def readinto(self, buffer: "Buffer", /) -> int:
        """Fill `buffer` from the current position; gives how many bytes, 0 at the end."""
        self._must_be_open()
        target = memoryview(buffer).cast("B")
        wanted = max(0, min(len(target), self._plain_bytes - self._position))
        done = 0
        while done < wanted:
            index, start = divmod(self._position, CHUNK_BYTES)
            piece = memoryview(self._chunk(index))[start : start + wanted - done]
            target[done : done + len(piece)] = piece
            done += len(piece)
            self._position += len(piece)
        return done

    def close(self) -> None:
        """Forget every opened chunk."""
        self._opened.clear()
        super().close()

    def _must_be_open(self) -> None:
        if self.closed:
            raise ValueError("the document was closed")

    def _chunk(self, index: int) -> bytes:
        plain = self._opened.get(index)
        if plain is None:
            plain = self._opened[index] = self._open(index)
            if len(self._opened) > CACHED_CHUNKS:
                self._opened.popitem(last=False)
        else:
            self._opened.move_to_end(index)
        return plain

    def _open(self, index: int) -> bytes:
        at = HEADER_BYTES + index * SEALED_CHUNK_BYTES
        size = min(SEALED_CHUNK_BYTES, self._sealed_bytes - at)
        sealed = self._read_at(at, size)
        if len(sealed) != size:
            raise Truncated(f"chunk {index} gave {len(sealed)} of {size} bytes")
        return self._cipher.open_framed(index, sealed, last=index == self._chunks - 1)
