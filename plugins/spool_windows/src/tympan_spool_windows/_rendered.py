"""Printing PDF and pictures page by page: pdfium renders, and what it rendered is drawn on a sheet of the driver's.

- Pages are drawn as pictures, in bands: so it looks the same through every driver, and a page takes 5 MB and not 100.
- A band without a mark is not drawn. Most of a letter is none, and the spooler's file stays small.
- Nothing is ended that was not drawn whole: a page that does not render takes the whole job back.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable
from typing import Final, Protocol

import pypdfium2
import pypdfium2.raw

from tympan_spool_windows._frames import JPEG, Order
from tympan_spool_windows._layout import POINTS, Band, Place, Sheet, bands, chosen_pages, picture_of, place
from tympan_spool_windows._limits import DOCUMENT_BYTES, DOCUMENT_PAGES
from tympan_spool_windows._plate import PressError

_PRINTING: Final = pypdfium2.raw.FPDF_PRINTING | pypdfium2.raw.FPDF_ANNOT
_QUARTER: Final = 3
"""Of a turn, counted clockwise: three make a landscape page's top the left edge, as drivers turn it."""
_WHITE: Final = 0xFFFFFFFF


class Surface(Protocol):
    """The driver's sheets of one job."""

    number: int
    sheet: Sheet

    def begin_page(self) -> None:
        """A new sheet side."""

    def draw(self, where: Place, band: Band, pixels: bytes, *, width: int, gray: bool) -> None:
        """Draws lines of a picture of that width, each a multiple of 4 bytes: gray, or blue, green, red and nothing."""

    def end_page(self) -> None:
        """That side is whole."""

    def finish(self) -> None:
        """The job is whole."""

    def abort(self) -> None:
        """Takes the job back."""


class RenderedPlate:
    """Satisfies ``Plate``: holds the document until it is whole, for a PDF is read from its end.

    Args:
        order: How to print.
        surface: Where to.
    """

    def __init__(self, order: Order, surface: Surface) -> None:
        self._order = order
        self._surface = surface
        self._data = bytearray()
        self.number = surface.number

    def write(self, data: bytes) -> None:
        """Keeps a piece."""
        if len(self._data) + len(data) > DOCUMENT_BYTES:
            raise PressError("The document is too big to be rendered on this computer; print it in parts")
        self._data += data

    def finish(self, page: Callable[[], None]) -> None:
        """Renders and draws every page, as often as asked, and ends the job."""
        document = self._opened()
        chosen = chosen_pages(len(document), self._order.pages)
        if not chosen:
            raise PressError(f"None of the pages asked for exist: the document has {len(document)}")
        if len(chosen) > DOCUMENT_PAGES:
            raise PressError(f"The document has more than {DOCUMENT_PAGES} pages; print it in parts")
        for _ in range(self._order.copies):
            for number in chosen:
                self._print(document, number)
                page()
        self._surface.finish()

    def abort(self) -> None:
        """Takes the job back."""
        self._surface.abort()

    def _opened(self) -> pypdfium2.PdfDocument:
        try:
            if self._order.media_type == JPEG:
                return picture_document(bytes(self._data), self._surface.sheet)
            document = pypdfium2.PdfDocument(bytes(self._data))
            if document.get_formtype():
                document.init_forms()
            return document
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise PressError("The PDF is locked with a password; print it without one") from error
            raise PressError("The document is damaged; make it anew") from error

    def _print(self, document: pypdfium2.PdfDocument, number: int) -> None:
        told = number + 1
        try:
            page = document[number]
        except pypdfium2.PdfiumError as error:
            raise PressError(f"Page {told} of the document is damaged; make it anew") from error
        try:
            if min(page.get_size()) <= 0:
                raise PressError(f"Page {told} of the document has no extent; make it anew")
            self._surface.begin_page()
            self._draw(page)
            self._surface.end_page()
        finally:
            page.close()

    def _draw(self, page: pypdfium2.PdfPage) -> None:
        wide, high = page.get_size()
        where = place(wide, high, self._surface.sheet)
        width, height = picture_of(where, self._surface.sheet, self._order.dpi)
        for band in bands(where, height):
            pixels = rendered_band(page, where, band, width=width, height=height, gray=self._order.gray)
            if band.height and pixels.count(b"\xff") != len(pixels):
                self._surface.draw(where, band, pixels, width=width, gray=self._order.gray)


def rendered_band(page: pypdfium2.PdfPage, where: Place, band: Band, *, width: int, height: int, gray: bool) -> bytes:
    """The pixels of some lines of a page that is rendered in that width and height."""
    raw = pypdfium2.raw
    form = raw.FPDFBitmap_Gray if gray else raw.FPDFBitmap_BGRx
    bitmap = raw.FPDFBitmap_CreateEx(width, band.lines, form, None, 0)
    if not bitmap:
        raise PressError("There is not enough memory to render the document; print it in parts")
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, band.lines, _WHITE)
        tone = raw.FPDF_GRAYSCALE if gray else 0
        box = (0, -band.first, width, height, _QUARTER if where.turned else 0, _PRINTING | tone)
        raw.FPDF_RenderPageBitmap(bitmap, page, *box)
        if page.formenv:
            raw.FPDF_FFLDraw(page.formenv, bitmap, page, *box)
        size = raw.FPDFBitmap_GetStride(bitmap) * band.lines
        return ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), size)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


def picture_document(data: bytes, sheet: Sheet) -> pypdfium2.PdfDocument:
    """A document of one page that a JPEG fills as far as the device can print, turned if that fits better."""
    document = pypdfium2.PdfDocument.new()
    image = pypdfium2.PdfImage.new(document)
    image.load_jpeg(io.BytesIO(data), inline=True)
    width, height = image.get_px_size()
    if min(width, height) <= 0:
        raise PressError("The picture is damaged; make it anew")
    area = sheet.printable_width * POINTS / sheet.dpi_across, sheet.printable_height * POINTS / sheet.dpi_down
    if (width > height) != (area[0] > area[1]):
        area = area[1], area[0]
    scale = min(area[0] / width, area[1] / height)
    image.set_matrix(pypdfium2.PdfMatrix().scale(width * scale, height * scale))
    page = document.new_page(width * scale, height * scale)
    page.insert_obj(image)
    page.gen_content()
    page.close()
    return document
