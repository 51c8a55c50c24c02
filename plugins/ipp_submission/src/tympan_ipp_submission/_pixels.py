"""Pages of a PDF as rows of pixels, a strip at a time.

Runs in the renderer's process only: pdfium is not thread-safe.
"""

from __future__ import annotations

from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from tympan_ipp_submission._layout import Placement
from tympan_ipp_submission._limits import STRIP_BYTES

_WHITE = 0xFFFFFFFF


class Strips:
    """The bitmap that pages are drawn in, one strip after the other.

    Kept from page to page: memory that is new each time costs more than most pages cost to draw.
    """

    def __init__(self) -> None:
        self._shape = (0, 0, 0)
        self._bitmap: pypdfium2.PdfBitmap | None = None

    def blank(self, width: int, lines: int, kind: int) -> pypdfium2.PdfBitmap:
        """A white bitmap of this shape; the one given before is void."""
        if self._bitmap is None or self._shape != (width, lines, kind):
            if self._bitmap is not None:
                self._bitmap.close()
            self._bitmap, self._shape = pypdfium2.PdfBitmap.new_native(width, lines, kind), (width, lines, kind)
        pdfium.FPDFBitmap_FillRect(self._bitmap, 0, 0, width, lines, _WHITE)
        return self._bitmap


class PagePixels:
    """One page, drawn as often as asked.

    Args:
        page: Loaded page.
        place: Where it goes on its paper.
        color: Three bytes a pixel (RGB), or one (gray).
        grays: Whether colours are drawn as grays.
        strips: Where to draw.
    """

    def __init__(self, page: pypdfium2.PdfPage, place: Placement, *, color: bool, grays: bool, strips: Strips) -> None:
        self._page = page
        self._place = place
        self._strips = strips
        self._samples = 3 if color else 1
        # pdfium traps when told to reverse the bytes of a gray bitmap.
        order = pdfium.FPDF_REVERSE_BYTE_ORDER if color else 0
        tone = pdfium.FPDF_GRAYSCALE if grays or not color else 0
        self._flags = pdfium.FPDF_PRINTING | pdfium.FPDF_ANNOT | order | tone

    def rows(self, transform: tuple[int, int] = (1, 1)) -> Iterator[bytes]:
        """Rows from top to bottom, or turned as a back side needs them: (cross-feed, feed), each 1 or -1."""
        strips = self._cuts()
        for top, lines in strips if transform[1] == 1 else reversed(strips):
            rows = self._strip(top, lines)
            for row in rows if transform[1] == 1 else reversed(rows):
                yield row if transform[0] == 1 else self._mirrored(row)

    def _cuts(self) -> list[tuple[int, int]]:
        lines = self._lines
        return [(top, min(lines, self._place.height - top)) for top in range(0, self._place.height, lines)]

    @property
    def _lines(self) -> int:
        """Of a whole strip."""
        return min(self._place.height, max(1, STRIP_BYTES // (self._place.width * self._samples)))

    def _strip(self, top: int, lines: int) -> list[bytes]:
        kind = pdfium.FPDFBitmap_BGR if self._samples == 3 else pdfium.FPDFBitmap_Gray
        # As many lines each time, so that the last strip needs no bitmap of its own.
        bitmap = self._strips.blank(self._place.width, self._lines, kind)
        self._draw(bitmap, top)
        return self._copied(bitmap, lines)

    def _draw(self, bitmap: pypdfium2.PdfBitmap, top: int) -> None:
        place = self._place
        where = (place.left, place.top - top, place.page_width, place.page_height, place.quarter_turns, self._flags)
        pdfium.FPDF_RenderPageBitmap(bitmap, self._page, *where)
        form = self._page.formenv
        if form is not None:
            pdfium.FPDF_FFLDraw(form, bitmap, self._page, *where)

    def _copied(self, bitmap: pypdfium2.PdfBitmap, lines: int) -> list[bytes]:
        """Pdfium pads lines to four bytes."""
        size = self._place.width * self._samples
        data = memoryview(bitmap.buffer).cast("B")
        return [bytes(data[line * bitmap.stride : line * bitmap.stride + size]) for line in range(lines)]

    def _mirrored(self, row: bytes) -> bytes:
        backwards = row[::-1]
        if self._samples == 1:
            return backwards
        swapped = bytearray(len(row))
        for sample in range(3):
            swapped[sample::3] = backwards[2 - sample :: 3]
        return bytes(swapped)
