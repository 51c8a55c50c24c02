"""Pages: how many a document has, told from its bytes as they pass, without rendering.

- A count is a plain look at the bytes: right for ordinary files, never a reason to refuse one.
- An unreadable document counts as one page, as a device that prints an error sheet.
"""

import re
import zlib
from typing import Protocol

from tympan_sim._limits import KEPT_PDF_BYTES, OBJECT_STREAM_BYTES, PAGES
from tympan_wire.raster import RasterError, RasterWalker

_PDF_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm[^>]*>>\s*stream\r?\n")
_DSC_PAGE = re.compile(rb"(?m)^%%Page: ")
_FORM_FEED = re.compile(rb"\f(?=.)", re.DOTALL)
_CARRY_BYTES = 64
"""Longest match that may lie across two pieces."""


class PageCounter(Protocol):
    """Counts the pages of one document fed to it in pieces."""

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""

    def pages(self) -> int:
        """Pages seen, at least 1."""


class PatternCounter:
    """Counts non-overlapping places where a pattern of few bytes matches."""

    def __init__(self, pattern: re.Pattern[bytes], more: int = 0) -> None:
        self._pattern = pattern
        self._carry = b""
        self._found = more

    def feed(self, piece: bytes) -> None:
        """Take the next bytes; the last few wait for the next piece, where a match may end."""
        data = self._carry + piece
        safe = max(0, len(data) - _CARRY_BYTES)
        end = 0
        for match in self._pattern.finditer(data):
            if match.start() >= safe:
                break
            self._found += 1
            end = match.end()
        self._carry = data[max(safe, end) :]

    def pages(self) -> int:
        """Pages seen, at least 1."""
        return min(PAGES, max(1, self.seen()))

    def seen(self) -> int:
        """Places seen, 0 if none."""
        return self._found + sum(1 for _ in self._pattern.finditer(self._carry))


class PdfCounter:
    """Counts page objects; where none is in the open, those in compressed object streams (PDF 1.5)."""

    def __init__(self) -> None:
        self._plain = PatternCounter(_PDF_PAGE)
        self._kept = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._plain.feed(piece)
        if len(self._kept) < KEPT_PDF_BYTES:
            self._kept += piece

    def pages(self) -> int:
        """Pages seen, at least 1."""
        return min(PAGES, max(1, self._plain.seen() + self._hidden()))

    def _hidden(self) -> int:
        whole = bytes(self._kept)
        return sum(len(_PDF_PAGE.findall(_inflated(whole, match.end()))) for match in _OBJECT_STREAM.finditer(whole))


def _inflated(data: bytes, start: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data[start:], OBJECT_STREAM_BYTES)
    except zlib.error:
        return b""


class OnePage:
    """A picture, or a format nobody looks into: one page."""

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""

    def pages(self) -> int:
        """Always 1."""
        return 1


class RasterCounter:
    """Counts the pages of PWG raster and URF by walking them."""

    def __init__(self) -> None:
        self._walker: RasterWalker | None = RasterWalker()
        self._found = 0

    def feed(self, piece: bytes) -> None:
        """Take the next bytes; past the first damage nothing more is counted."""
        if self._walker is None:
            return
        try:
            self._walker.feed(piece)
        except RasterError:
            self._found, self._walker = self._walker.page_count, None

    def pages(self) -> int:
        """Pages seen, at least 1."""
        return min(PAGES, max(1, self._walker.page_count if self._walker else self._found))


def counter_for(start: bytes) -> PageCounter:
    """The counter for a document that starts with these bytes; what it is claimed to be does not matter."""
    if start.startswith((b"RaS2", b"UNIRAST\0")):
        return RasterCounter()
    if start[:1024].find(b"%PDF-") >= 0:
        return PdfCounter()
    if start.startswith(b"%!"):
        return PatternCounter(_DSC_PAGE)
    if start.startswith((b"\xff\xd8", b"\x89PNG")):
        return OnePage()
    return PatternCounter(_FORM_FEED, more=1)
