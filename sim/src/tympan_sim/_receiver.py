"""Receiver: one document as it arrives, decompressed, hashed, counted and, when asked, kept.

- Bounded memory at any size (a PDF is kept up to a limit, to look for hidden page objects).
- A document that is not finished leaves no file behind.
"""

import hashlib
import zlib
from pathlib import Path
from typing import BinaryIO

from tympan_sim._errors import DocumentUnreadable
from tympan_sim._jobs import Document
from tympan_sim._limits import DOCUMENT_BYTES, EXPANSION, PIECE_BYTES
from tympan_sim._pages import PageCounter, counter_for

GZIP_WINDOW = 31
ZLIB_WINDOW = 15
RAW_WINDOW = -15
"""CUPS sends "deflate" raw (RFC 1951), others wrapped (RFC 1950)."""
_SNIFF_BYTES = 8


class Receiver:
    """Takes the bytes of one document.

    Owns: the file at `path` until `finish` or `drop`.
    """

    def __init__(self, *, compression: str, path: Path | None) -> None:
        self._inflate = _Inflater(compression) if compression != "none" else None
        self._path = path
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self._counter: PageCounter | None = None
        self._start = b""
        self.wire_bytes = 0
        """Document bytes as they came, before decompression."""
        self.bytes = 0
        """Document bytes, decompressed."""

    def feed(self, piece: bytes) -> None:
        """Take the next bytes as they came.

        Raises:
            DocumentUnreadable: They do not decompress, or grow beyond the limit.
        """
        self.wire_bytes += len(piece)
        if self._inflate is None:
            self._take(piece)
            return
        for part in self._inflate.feed(piece):
            self._take(part)

    def finish(self, media_type: str) -> Document | None:
        """The whole document; None where there was not a byte of it.

        Raises:
            DocumentUnreadable: The compressed data ends too early.
        """
        if self._inflate is not None:
            self._inflate.finish()
        if self._file is not None:
            self._file.close()
        if not self.bytes:
            return None
        pages = (self._counter or self._count(self._start)).pages()
        return Document(
            format=media_type, bytes=self.bytes, sha256=self._hash.hexdigest(), pages=pages, file=self._path
        )

    def drop(self) -> None:
        """Forget the document and its file."""
        if self._file is not None and self._path is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)

    def _take(self, piece: bytes) -> None:
        if not piece:
            return
        self.bytes += len(piece)
        if self.bytes > DOCUMENT_BYTES:
            raise DocumentUnreadable(f"it is longer than {DOCUMENT_BYTES} bytes")
        self._hash.update(piece)
        self._keep(piece)
        if self._counter is not None:
            self._counter.feed(piece)
            return
        self._start += piece
        if len(self._start) >= _SNIFF_BYTES:
            self._count(self._start)

    def _count(self, start: bytes) -> PageCounter:
        self._counter = counter = counter_for(start)
        counter.feed(start)
        self._start = b""
        return counter

    def _keep(self, piece: bytes) -> None:
        if self._path is not None:
            if self._file is None:
                self._file = self._path.open("wb")
            self._file.write(piece)


class _Inflater:
    """Decompresses in steps of bounded size."""

    def __init__(self, compression: str) -> None:
        self._raw_allowed = compression == "deflate"
        self._z = zlib.decompressobj(GZIP_WINDOW if compression == "gzip" else ZLIB_WINDOW)
        self._head = b""
        self._in = self._out = 0

    def feed(self, piece: bytes) -> list[bytes]:
        self._in += len(piece)
        if self._raw_allowed:
            piece = self._choose(piece)
        parts: list[bytes] = []
        while piece:
            parts.append(self._step(piece))
            piece = self._z.unconsumed_tail
        return parts

    def finish(self) -> None:
        if self._in and not self._z.eof:
            raise DocumentUnreadable("its compressed data ends too early")

    def _choose(self, piece: bytes) -> bytes:
        """Two bytes tell a zlib header (RFC 1950 section 2.2) from raw deflate."""
        self._head += piece
        if len(self._head) < 2:
            return b""
        self._raw_allowed = False
        head, self._head = self._head, b""
        if head[0] & 0x0F != 8 or int.from_bytes(head[:2], "big") % 31:
            self._z = zlib.decompressobj(RAW_WINDOW)
        return head

    def _step(self, piece: bytes) -> bytes:
        try:
            part = self._z.decompress(piece, PIECE_BYTES)
        except zlib.error as error:
            raise DocumentUnreadable(f"its compressed data is damaged: {error}") from error
        self._out += len(part)
        if self._out > DOCUMENT_BYTES or self._out > self._in * EXPANSION + PIECE_BYTES:
            raise DocumentUnreadable("it grows without end")
        return part
