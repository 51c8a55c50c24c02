"""Statistics of PDF (ISO 32000): pages and sizes first, then colour within bounds."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, Final

import attrs
import pypdfium2
import pypdfium2.raw as pdfium

from tympan_document_stats._color import has_color
from tympan_document_stats._limits import COLOR_PX, COLOR_SCALE, COLOR_SIDE_PX, DOCUMENT_PAGES, DOCUMENT_SIZES
from tympan_document_stats._model import LONG_EDGE, ONE_SIDED, SHORT_EDGE, Bounds, Facts, unreadable
from tympan_document_stats._pdf_gray import GrayProof
from tympan_document_stats._pdf_scan import scan
from tympan_document_stats._sizes import name_points
from tympan_document_stats._sniff import Format
from tympan_document_stats._source import Source

_SIDES: Final = {
    pdfium.Simplex: ONE_SIDED,
    pdfium.DuplexFlipShortEdge: SHORT_EDGE,
    pdfium.DuplexFlipLongEdge: LONG_EDGE,
}
_LOCKED: Final = (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
_UNSEARCHED: Final = "partly read: the search for colour did not end"


def read_pdf(source: Source, bounds: Bounds) -> Iterator[Facts]:
    """Facts, each fuller than the one before."""
    try:
        document = pypdfium2.PdfDocument(source.hold() or source.stream)
    except pypdfium2.PdfiumError as error:
        yield scan(source, locked=error.err_code in _LOCKED)
        return
    try:
        found = layout(document)
        yield found
        if found.pages is not None:
            yield _with_color(document, found, bounds)
    finally:
        document.close()


def layout(document: pypdfium2.PdfDocument) -> Facts:
    """Pages, sizes and sides; colour is not searched for."""
    pages = len(document)
    measured: dict[tuple[float, float], None] = {}
    try:
        for index in range(min(pages, DOCUMENT_PAGES)):
            measured[document.get_page_size(index)] = None
    except pypdfium2.PdfiumError:
        return unreadable(Format.PDF, f"page {index + 1} of the PDF is missing or damaged", _names(measured))
    return Facts(
        format=Format.PDF,
        pages=pages,
        sizes=_names(measured),
        duplex=_SIDES.get(pdfium.FPDF_VIEWERREF_GetDuplex(document.raw)),
        problem=_UNSEARCHED,
    )


def _names(measured: dict[tuple[float, float], None]) -> tuple[str, ...]:
    names = dict.fromkeys(name_points(*size) for size in measured)
    return tuple(names)[:DOCUMENT_SIZES]


def _with_color(document: pypdfium2.PdfDocument, found: Facts, bounds: Bounds) -> Facts:
    pages = found.pages or 0
    if pages > bounds.color_pages_max:
        problem = f"partly read: colour is searched for in PDFs of up to {bounds.color_pages_max} pages"
        return attrs.evolve(found, problem=problem)
    if document.get_formtype():
        document.init_forms()
    end = time.monotonic() + bounds.color_s
    colored, proof = [], GrayProof()
    for index in range(pages):
        if time.monotonic() > end:
            problem = f"partly read: the search for colour took longer than {bounds.color_s:g} s"
            return attrs.evolve(found, problem=problem)
        try:
            if page_has_color(document, index, proof):
                colored.append(index + 1)
        except (pypdfium2.PdfiumError, MemoryError, ValueError):
            return attrs.evolve(found, problem=f"partly read: page {index + 1} cannot be rendered")
    return attrs.evolve(found, color_pages=tuple(colored), problem="")


def page_has_color(document: pypdfium2.PdfDocument, index: int, proof: GrayProof) -> bool:
    """Whether a page shows colour: rendered small, unless it is proved gray."""
    page = document[index]
    try:
        if proof.holds(page.raw):
            return False
        return _shown(page.render(scale=_scale(*page.get_size()), rev_byteorder=True))
    finally:
        page.close()


def _scale(width: float, height: float) -> float:
    width, height = max(width, 1.0), max(height, 1.0)
    return min(COLOR_SCALE, math.sqrt(COLOR_PX / (width * height)), COLOR_SIDE_PX / max(width, height))


def _shown(bitmap: Any) -> bool:
    """The bitmap's rows may be padded, or its pixels have a fourth byte; then Pillow puts them together."""
    plain = bitmap.n_channels == 3 and bitmap.stride == bitmap.width * 3
    return has_color(bytes(bitmap.buffer) if plain else bitmap.to_pil().convert("RGB").tobytes())
