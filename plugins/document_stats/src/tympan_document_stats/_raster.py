"""Statistics of PWG raster (PWG 5102.4) and URF, whose pages are the sides to be printed."""

from __future__ import annotations

from typing import Final

from tympan_document_stats._limits import DOCUMENT_SIZES
from tympan_document_stats._model import LONG_EDGE, SHORT_EDGE, Facts, unreadable
from tympan_document_stats._sizes import name_points, name_um
from tympan_document_stats._sniff import Format
from tympan_document_stats._source import Source
from tympan_wire.raster import PageHeader, RasterError, RasterPage, RasterWalker, TruncatedRaster

_LEAST_POINTS: Final = 18
"""A page size below a quarter of an inch is a driver's zero."""


def read_raster(source: Source, kind: Format) -> Facts:
    """Facts of a raster document, walked without decoding."""
    walker = RasterWalker()
    pages: list[RasterPage] = []
    try:
        for piece in source.pieces():
            pages += walker.feed(piece)
        walker.finish()
    except TruncatedRaster:
        return unreadable(kind, "the raster document ends early", _sizes(pages))
    except RasterError:
        return unreadable(kind, f"the raster document is damaged after page {walker.page_count}", _sizes(pages))
    return Facts(
        format=kind,
        pages=len(pages),
        sizes=_sizes(pages),
        color_pages=tuple(page.number for page in pages if page.has_color),
        duplex=_sides(pages[0].header),
        binding=True,
        laid_out=True,
    )


def _sizes(pages: list[RasterPage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_size(page.header) for page in pages))[:DOCUMENT_SIZES]


def _size(header: PageHeader) -> str:
    if min(header.page_size_points) >= _LEAST_POINTS:
        return name_points(*header.page_size_points)
    return name_um(*header.size_um)


def _sides(header: PageHeader) -> str | None:
    if not header.duplex:
        return None
    return SHORT_EDGE if header.tumble else LONG_EDGE
