"""The sealed document as a worker reads it: chunk by chunk, or opened at once for a reader that jumps about."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

from tympan_document_stats._limits import HELD_BYTES, PIECE_BYTES
from tympan_document_stats._model import Order
from tympan_wire.sealed import RandomReader


class Source:
    """Plain bytes of one document.

    Owns: the sealed file, until ``close``.

    Raises:
        SealedError, OSError: At construction and from every read.
    """

    def __init__(self, order: Order, key: bytes, sealed: bytes) -> None:
        self._file = os.open(order.path, os.O_RDONLY | getattr(os, "O_BINARY", 0)) if order.path else -1
        try:
            size = os.fstat(self._file).st_size if order.path else len(sealed)
            read_at = self._read_at if order.path else lambda at, count: sealed[at : at + count]
            reader = RandomReader(key, read_at, size, document=order.document)
            self.size_bytes = reader.seek(0, io.SEEK_END)
            reader.seek(0)
            self.stream: io.RawIOBase | io.BytesIO = reader
        except BaseException:
            self.close()
            raise

    def hold(self) -> bytes | None:
        """All bytes of a small document, which is read from memory from then on; None of a large one."""
        if self.size_bytes > HELD_BYTES:
            return None
        if not isinstance(self.stream, io.BytesIO):
            self.stream.seek(0)
            self.stream = io.BytesIO(self.stream.read(self.size_bytes) or b"")
        return self.stream.getvalue()

    def head(self, count: int) -> bytes:
        """The first bytes."""
        self.stream.seek(0)
        return self.stream.read(count) or b""

    def pieces(self) -> Iterator[bytes]:
        """From the first byte to the last."""
        self.stream.seek(0)
        while piece := self.stream.read(PIECE_BYTES):
            yield piece

    def close(self) -> None:
        """Closes the sealed file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read_at(self, at: int, count: int) -> bytes:
        os.lseek(self._file, at, os.SEEK_SET)
        return os.read(self._file, count)
