"""PWG raster and URF: pages are sides, sizes come from headers."""

from __future__ import annotations

import attrs
import pytest

from tympan.testing import FakeDocument
from tympan_document_stats._inspector import DocumentInspector
from tympan_wire.raster import ColorSpace, PageHeader, PwgWriter

pytestmark = pytest.mark.anyio
A4 = PageHeader(
    width_px=595,
    height_px=842,
    x_dpi=72,
    y_dpi=72,
    color_space=ColorSpace.SRGB,
    bits_per_pixel=24,
    num_colors=3,
    page_size_points=(595, 842),
)
LETTER = attrs.evolve(A4, width_px=612, height_px=792, page_size_points=(0, 0))
GRAY, RED = b"\x80\x80\x80", b"\xff\x00\x00"


def document(*pages: tuple[PageHeader, bytes]) -> FakeDocument:
    writer = PwgWriter()
    content = b"".join(
        piece for header, pixel in pages for piece in writer.page(header, [pixel * header.width_px] * header.height_px)
    )
    return FakeDocument(content=content, media_type="image/pwg-raster")


async def test_sizes_come_from_points_or_pixels_in_order(inspector: DocumentInspector) -> None:
    found = await inspector.inspect(document((LETTER, GRAY), (A4, RED), (LETTER, GRAY)), b"")
    assert found.sizes == ("na_letter_8.5x11in", "iso_a4_210x297mm")
    assert (found.pages, found.color_pages, found.color_impressions) == (3, (2,), 1)


@pytest.mark.parametrize(
    ("duplex", "tumble", "sides", "sheets"),
    [
        (False, False, None, 3),
        (True, False, "two-sided-long-edge", 2),
        (True, True, "two-sided-short-edge", 2),
        (False, True, None, 3),
    ],
)
async def test_sides_of_the_header_decide_the_sheets(
    inspector: DocumentInspector, duplex: bool, tumble: bool, sides: str | None, sheets: int
) -> None:
    header = attrs.evolve(A4, duplex=duplex, tumble=tumble)
    found = await inspector.inspect(document(*[(header, GRAY)] * 3), b"")
    assert (found.duplex, found.sheets, found.impressions) == (sides, sheets, 3)


async def test_pages_before_the_damage_tell_their_sizes(inspector: DocumentInspector) -> None:
    whole = document((A4, GRAY), (LETTER, GRAY)).content
    damaged = attrs.evolve(document((A4, GRAY)), content=whole[:-5])
    found = await inspector.inspect(damaged, b"")
    assert (found.pages, found.sizes) == (None, ("iso_a4_210x297mm",))
    assert found.problem == "unreadable: the raster document ends early"
