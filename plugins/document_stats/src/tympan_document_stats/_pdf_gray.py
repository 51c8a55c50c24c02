"""A cheap proof that a page of a PDF is gray, so that it need not be rendered.

- Proved are pages of plain text and paths in grays, and nothing else: whatever may hide a colour is left to rendering.
- PDFium gives patterns the colour of light gray or white, so these two prove nothing.
- A Type 3 font draws in colours of its own; it is known by having no font file, not even a substitute.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

import pypdfium2.raw as pdfium

from tympan_document_stats._limits import GRAY_OBJECTS, GRAY_STEP

_PATTERN_SHADES: Final = ((191, 191, 191), (255, 255, 255))


class GrayProof:
    """Looks at pages, one after the other; holds the cells PDFium writes colours to."""

    def __init__(self) -> None:
        self._cells = tuple(ctypes.c_uint() for _ in range(4))
        self._size = ctypes.c_size_t()

    def holds(self, page: Any) -> bool:
        """Whether the page is surely gray; False means nothing."""
        if pdfium.FPDFPage_GetAnnotCount(page):
            return False
        count = pdfium.FPDFPage_CountObjects(page)
        return 0 <= count <= GRAY_OBJECTS and all(
            self._gray(pdfium.FPDFPage_GetObject(page, index)) for index in range(count)
        )

    def _gray(self, item: Any) -> bool:
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind not in (pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_PATH):
            return False
        if kind == pdfium.FPDF_PAGEOBJ_TEXT and not self._has_font_file(item):
            return False
        return self._shade(pdfium.FPDFPageObj_GetFillColor, item) and self._shade(
            pdfium.FPDFPageObj_GetStrokeColor, item
        )

    def _shade(self, read: Any, item: Any) -> bool:
        red, green, blue, _ = self._cells
        if not read(item, *self._cells):
            return False
        shade = (red.value, green.value, blue.value)
        return max(shade) - min(shade) <= GRAY_STEP and shade not in _PATTERN_SHADES

    def _has_font_file(self, item: Any) -> bool:
        font = pdfium.FPDFTextObj_GetFont(item)
        return bool(font and pdfium.FPDFFont_GetFontData(font, None, 0, self._size) and self._size.value)
