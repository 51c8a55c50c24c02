"""Receiver: one document as it arrives, decompressed, hashed, counted and, when asked, kept.

- Bounded memory at any size (a PDF is kept up to a limit, to look for hidden page objects).
- A document that is not finished leaves no file behind.
"""

import hashlib
import zlib
from collections.abc import Iterator
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
    """Decompresses in steps of bounded size; nothing may follow the compressed data but another gzip member."""

    def __init__(self, compression: str) -> None:
        self._gzip = compression == "gzip"
        self._z = zlib.decompressobj(GZIP_WINDOW) if self._gzip else None
        self._head = b""
        self._in = self._out = 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Every byte that `piece` brings, zlib's own held ones included: raw deflate has no trailer to fetch them."""
        self._in += len(piece)
        z, piece = self._begun(piece)
        while z is not None and piece:
            yield from self._expand(z, piece)
            z, piece = self._after(z)

    def finish(self) -> None:
        if self._in and not (self._z is not None and self._z.eof):
            raise DocumentUnreadable("its compressed data ends too early")

    def _begun(self, piece: bytes) -> tuple["zlib._Decompress | None", bytes]:
        """Two bytes tell a zlib header (RFC 1950 section 2.2) from raw deflate."""
        if self._z is not None:
            return self._z, piece
        self._head += piece
        if len(self._head) < 2:
            return None, b""
        wrapped = self._head[0] & 0x0F == 8 and int.from_bytes(self._head[:2], "big") % 31 == 0
        self._z = zlib.decompressobj(ZLIB_WINDOW if wrapped else RAW_WINDOW)
        return self._z, self._head

    def _expand(self, z: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
        while True:
            part = self._step(z, piece)
            if part:
                yield part
            # At its end zlib leaves unconsumed_tail as it was before: whatever follows is in unused_data alone.
            if z.eof or not (part or z.unconsumed_tail):
                return
            piece = z.unconsumed_tail

    def _after(self, z: "zlib._Decompress") -> tuple["zlib._Decompress", bytes]:
        rest = z.unused_data
        if rest and not self._gzip:
            raise DocumentUnreadable("other bytes follow its compressed data")
        if rest:
            self._z = z = zlib.decompressobj(GZIP_WINDOW)  # the next member (RFC 1952 section 2.2)
        return z, rest

    def _step(self, z: "zlib._Decompress", piece: bytes) -> bytes:
        try:
            part = z.decompress(piece, PIECE_BYTES)
        except zlib.error as error:
            raise DocumentUnreadable(f"its compressed data is damaged: {error}") from error
        self._out += len(part)
        if self._out > DOCUMENT_BYTES or self._out > self._in * EXPANSION + PIECE_BYTES:
            raise DocumentUnreadable("it grows without end")
        return part
