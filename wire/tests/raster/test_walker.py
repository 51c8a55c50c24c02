"""The walker counts pages and sees colour, whatever pieces come, and says no to everything malformed."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tympan_wire.raster import (
    PWG_HEADER_BYTES,
    ColorSpace,
    PageHeader,
    RasterError,
    RasterFormat,
    RasterLimits,
    RasterPage,
    RasterWalker,
    RasterWriter,
    TruncatedRaster,
    encode_header,
)

SAMPLES = Path(__file__).parents[3] / "tests" / "documents"
COLORS = {ColorSpace.CMYK: 4, ColorSpace.SGRAY: 1, ColorSpace.BLACK: 1, ColorSpace.DEVICE_W: 1, ColorSpace.DEVICE_N: 5}
URF, PWG = RasterFormat.URF, RasterFormat.PWG


def header(
    space: ColorSpace = ColorSpace.SRGB, width: int = 20, height: int = 6, bits: int = 8, kind: RasterFormat = PWG
) -> PageHeader:
    colors = COLORS.get(space, 3)
    return PageHeader(
        format=kind,
        width_px=width,
        height_px=height,
        x_dpi=150,
        y_dpi=150,
        color_space=space,
        bits_per_pixel=bits * colors,
        num_colors=colors,
    )


def document(*pages: tuple[PageHeader, bytes]) -> bytes:
    """Pages of one pixel, repeated everywhere."""
    writer = RasterWriter(pages[0][0].format)
    return b"".join(
        part for head, pixel in pages for part in writer.page(head, [pixel * head.width_px] * head.height_px)
    )


def coded(head: PageHeader, codes: bytes) -> bytes:
    """A one-page document of hand-made line codes."""
    return b"RaS2" + encode_header(head) + codes


def walk(data: bytes, limits: RasterLimits | None = None) -> list[RasterPage]:
    walker = RasterWalker(limits)
    pages = walker.feed(data)
    walker.finish()
    return pages


@pytest.mark.parametrize("name", ["13-srgb8-a4-150dpi-duplex.pwg", "15-srgb24-a4-150dpi.urf"])
def test_the_samples_are_what_their_truth_says(name: str) -> None:
    truth = json.loads((SAMPLES / "truth.json").read_text())[name]
    walker = RasterWalker()
    pages = walker.feed((SAMPLES / name).read_bytes())
    walker.finish()
    assert walker.format == truth["format"]
    assert len(pages) == walker.page_count == truth["pages"]
    assert [page.number for page in pages if page.has_color] == truth["color_pages"]
    assert all(page.header.duplex and not page.header.tumble for page in pages)
    assert all(page.header.x_dpi == truth["dpi"] and page.header.total_page_count == 0 for page in pages)
    width, height = pages[0].header.size_um
    assert abs(width - 210_000) < 200
    assert abs(height - 297_000) < 200


@pytest.mark.parametrize("name", ["13-srgb8-a4-150dpi-duplex.pwg", "15-srgb24-a4-150dpi.urf"])
def test_a_sample_byte_by_byte_is_the_same(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    walker = RasterWalker()
    pages = [page for at in range(len(data)) for page in walker.feed(data[at : at + 1])]
    walker.finish()
    assert pages == walk(data)


MIXED = document((header(), b"\x10\x20\x30"), (header(), b"\x50\x50\x50"), (header(ColorSpace.CMYK), bytes(4)))
MIXED_URF = document((header(kind=URF), b"\x10\x20\x30"), (header(kind=URF), b"\x50\x50\x50"))


@pytest.mark.parametrize("data", [MIXED, MIXED_URF], ids=["pwg", "urf"])
@given(points=st.lists(st.integers(0, len(MIXED)), max_size=12))
def test_any_split_gives_equal_pages(data: bytes, points: list[int]) -> None:
    ends = [0, *sorted(min(point, len(data)) for point in points), len(data)]
    walker = RasterWalker()
    pages = [page for start, end in itertools.pairwise(ends) for page in walker.feed(memoryview(data)[start:end])]
    walker.finish()
    assert pages == walk(data)


@settings(max_examples=300)
@given(
    base=st.sampled_from([MIXED, MIXED_URF]),
    edits=st.lists(st.tuples(st.integers(0, len(MIXED)), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, len(MIXED)),
)
def test_mutated_bytes_raise_nothing_but_a_raster_error(base: bytes, edits: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(base)
    for at, value in edits:
        data[at % len(data)] = value
    walker = RasterWalker(RasterLimits(side_px=1 << 20))
    try:
        walker.feed(bytes(data[:cut]))
        walker.feed(bytes(data[cut:]))
        walker.finish()
    except RasterError as error:
        assert 0 <= error.offset <= len(data)
        with pytest.raises(RasterError):
            walker.feed(b"")
    assert walker.page_count <= 3


@settings(max_examples=300)
@given(codes=st.binary(max_size=300), space=st.sampled_from([ColorSpace.SRGB, ColorSpace.SGRAY, ColorSpace.CMYK]))
def test_random_codes_raise_nothing_but_a_raster_error(codes: bytes, space: ColorSpace) -> None:
    walker = RasterWalker()
    try:
        walker.feed(coded(header(space, width=300, height=40), codes))
        walker.finish()
    except RasterError as error:
        assert error.offset <= 4 + PWG_HEADER_BYTES + len(codes)
    assert walker.page_count <= 1


@pytest.mark.parametrize(
    ("space", "bits", "pixel", "has_color"),
    [
        (ColorSpace.SGRAY, 8, b"\x80", False),
        (ColorSpace.SGRAY, 16, b"\x80\x12", False),
        (ColorSpace.BLACK, 1, None, False),
        (ColorSpace.SRGB, 8, b"\x80\x80\x80", False),
        (ColorSpace.SRGB, 8, b"\x80\x84\x80", False),
        (ColorSpace.SRGB, 8, b"\x80\x85\x80", True),
        (ColorSpace.ADOBE_RGB, 16, b"\x80\x01\x80\xff\x82\x00", False),
        (ColorSpace.RGB, 16, b"\x80\x01\x80\xff\x90\x00", True),
        (ColorSpace.CMYK, 8, b"\0\0\0\x90", False),
        (ColorSpace.CMYK, 8, b"\0\x30\0\x90", True),
        (ColorSpace.CMYK, 16, b"\0\xff\0\0\0\0\x90\0", False),
        (ColorSpace.CMYK, 16, b"\0\0\0\0\x30\0\0\0", True),
        (ColorSpace.DEVICE_N, 8, bytes(5), False),
        (ColorSpace.DEVICE_N, 8, b"\0\0\0\0\x40", True),
    ],
)
def test_colour_is_seen_in_every_space(space: ColorSpace, bits: int, pixel: bytes | None, has_color: bool) -> None:
    head = header(space, bits=bits, width=16)
    data = document((head, pixel)) if pixel else coded(head, b"\x05" + b"\x01\xaa")
    assert [page.has_color for page in walk(data)] == [has_color]


def test_lab_neutrals_are_gray_in_urf() -> None:
    head = header(ColorSpace.CIELAB, kind=URF)
    assert [page.has_color for page in walk(document((head, b"\x40\x80\x80"), (head, b"\x40\xa0\x80")))] == [
        False,
        True,
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 9, 10, 11, 12, 127, 128])
@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_one_coloured_pixel_in_a_literal_is_seen(count: int, place: float) -> None:
    grays = b"".join(bytes([n, n, n]) for n in range(count))
    at = round((count - 1) * place) * 3
    tinted = grays[:at] + b"\x00\x90\x00" + grays[at + 3 :]
    code = bytes([257 - count]) if count > 1 else b"\0"
    head = header(width=count + 1, height=1)
    assert [page.has_color for page in walk(coded(head, b"\0" + code + grays + b"\0\xff\xff\xff"))] == [False]
    assert [page.has_color for page in walk(coded(head, b"\0" + code + tinted + b"\0\xff\xff\xff"))] == [True]


def test_colour_in_the_middle_of_a_line_cut_anywhere_is_seen() -> None:
    data = coded(
        header(width=30, height=1),
        b"\0\x09\x01\x01\x01\xfe\x02\x02\x02\x07\x99\x07\x04\x04\x04\x04\x0a\xff\xff\xff\0\0\0\0",
    )
    data = data[:-4].replace(b"\x07\x99\x07\x04", b"\x07\x99\x07" + b"\xfe" + b"\x05" * 9 + b"\x04")
    for at in range(len(data)):
        walker = RasterWalker()
        assert [page.has_color for page in walker.feed(data[:at]) + walker.feed(data[at:])] == [True]


def test_code_128_blanks_the_rest_of_a_line() -> None:
    head = header(width=1000, height=300)
    pages = walk(coded(head, b"\xff\x80" + b"\x2b\x00\x20\x20\x20\x80"))
    assert len(pages) == 1
    assert not pages[0].has_color


@pytest.mark.parametrize(
    ("codes", "what"),
    [
        (b"\0\x14\0\0\0", "longer than"),
        (b"\0\x13\0\0\0\x06\x13\0\0\0", "times with 5 left"),
        (b"\x06\x13\0\0\0", "times with 6 left"),
        (b"\0\x12\0\0\0\xff" + bytes(6), "longer than"),
    ],
)
def test_codes_that_do_not_fit_the_page_are_malformed(codes: bytes, what: str) -> None:
    with pytest.raises(RasterError, match=what) as caught:
        walk(coded(header(), codes))
    assert not isinstance(caught.value, TruncatedRaster)
    assert 4 + PWG_HEADER_BYTES <= caught.value.offset <= 4 + PWG_HEADER_BYTES + len(codes)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 100, 1799, 1800, 1804, 1806, len(MIXED) - 1])
def test_a_cut_document_is_truncated_and_its_whole_pages_stay_counted(size: int) -> None:
    walker = RasterWalker()
    pages = walker.feed(MIXED[:size])
    with pytest.raises(TruncatedRaster):
        walker.finish()
    assert walker.page_count == len(pages)
    assert walker.page_count == (2 if size > 5000 else 1 if size > 1805 else 0)


@pytest.mark.parametrize("data", [b"RaS3", b"3SaR", b"2SaR", b"RaSt", b"%PDF", b"UNIRAST\x01", b"\0"])
def test_another_format_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(RasterError, match="neither"):
        RasterWalker().feed(data)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, 0x50777250),
        (276, 0),
        (372, 0),
        (372, 21),
        (376, 0),
        (384, 4),
        (388, 32),
        (392, 61),
        (396, 1),
        (400, 17),
        (404, 1),
        (420, 4),
        (372, 0xFFFFFFFF),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(at: int, value: int) -> None:
    data = bytearray(MIXED)
    data[4 + at : 8 + at] = value.to_bytes(4, "big")
    with pytest.raises(RasterError) as caught:
        walk(bytes(data))
    assert 4 <= caught.value.offset < 4 + PWG_HEADER_BYTES


@pytest.mark.parametrize(("at", "value"), [(0, 23), (1, 7), (2, 4)])
def test_a_urf_header_that_is_none_is_refused(at: int, value: int) -> None:
    data = bytearray(MIXED_URF)
    data[12 + at] = value
    with pytest.raises(RasterError):
        walk(bytes(data))


@pytest.mark.parametrize(
    "limits",
    [RasterLimits(pages=2), RasterLimits(side_px=19), RasterLimits(page_px=119), RasterLimits(line_bytes=59)],
)
def test_every_limit_stops_a_document_beyond_it(limits: RasterLimits) -> None:
    with pytest.raises(RasterError):
        walk(MIXED, limits)
    assert len(walk(MIXED, RasterLimits(pages=3, side_px=20, page_px=120, line_bytes=80))) == 3


def test_what_is_held_between_calls_stays_small() -> None:
    line = b"\0" + (b"\x81" + bytes(128 * 8)) * 100
    head = header(ColorSpace.CMYK, bits=16, width=12_800, height=4)
    data = coded(head, line * 4)
    walker, held = RasterWalker(), 0
    for at in range(0, len(data), 97):
        walker.feed(data[at : at + 97])
        held = max(held, len(walker._held))
    walker.finish()
    assert held <= max(PWG_HEADER_BYTES, 1 + 128 * 8)
