"""What the writer writes decodes to the rows it was given, and headers come back as they went."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_wire.raster import (
    ColorSpace,
    PageHeader,
    PwgWriter,
    RasterFormat,
    RasterLimits,
    RasterWalker,
    RasterWriter,
    UnwritablePage,
    decode_pwg_header,
    decode_urf_header,
    encode_header,
    encode_line,
    encode_rows,
)


def header(width: int, height: int, unit: int = 3, **more: object) -> PageHeader:
    space = {1: ColorSpace.SGRAY, 3: ColorSpace.SRGB, 4: ColorSpace.CMYK}[unit]
    values = {"width_px": width, "height_px": height, "x_dpi": 300, "y_dpi": 300, "color_space": space}
    return PageHeader(**(values | {"bits_per_pixel": 8 * unit, "num_colors": unit} | more))  # type: ignore[arg-type]


def decode_line(codes: bytes, unit: int) -> bytes:
    at, line = 0, b""
    while at < len(codes):
        code = codes[at]
        size = unit if code < 128 else unit * (257 - code)
        assert code != 128
        line += codes[at + 1 : at + 1 + size] * (code + 1 if code < 128 else 1)
        at += 1 + size
    return line


pieces = st.lists(st.tuples(st.sampled_from([0, 1, 254, 255]), st.integers(1, 300)), max_size=12)


@pytest.mark.parametrize("unit", [1, 2, 3, 4, 6, 8])
@given(runs=pieces, noise=st.binary(max_size=40))
def test_a_line_decodes_to_itself(unit: int, runs: list[tuple[int, int]], noise: bytes) -> None:
    line = b"".join(bytes([value]) * unit * count for value, count in runs) + noise[: len(noise) // unit * unit]
    assert decode_line(encode_line(line, unit), unit) == line


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        (b"", b""),
        (b"a", b"\0a"),
        (b"aa", b"\1a"),
        (b"ab", b"\xffab"),
        (b"abb", b"\0a\1b"),
        (b"aab", b"\1a\0b"),
        (b"\xff" * 128, b"\x7f\xff"),
        (b"\xff" * 129, b"\x7f\xff\0\xff"),
        (bytes(range(129)), b"\x81" + bytes(range(128)) + b"\0\x80"),
    ],
)
def test_lines_are_coded_as_the_specification_draws_them(line: bytes, codes: bytes) -> None:
    assert encode_line(line, 1) == codes


@given(st.lists(st.tuples(st.binary(min_size=12, max_size=12), st.integers(1, 600)), min_size=1, max_size=5))
def test_equal_rows_are_counted_and_the_page_walks(groups: list[tuple[bytes, int]]) -> None:
    rows = [row for row, count in groups for _ in range(count)]
    head = header(4, len(rows))
    coded = list(encode_rows(iter(rows), head))
    assert [row for part in coded for row in [decode_line(part[1:], 3)] * (part[0] + 1)] == rows
    walker = RasterWalker()
    assert len(walker.feed(b"".join(PwgWriter().page(head, rows)))) == 1
    walker.finish()


def test_a_reused_row_buffer_is_copied() -> None:
    def rows() -> Iterator[bytes]:
        buffer = bytearray(b"aaa")
        yield buffer  # type: ignore[misc]  # what a renderer hands over
        buffer[:] = b"bbb"
        yield buffer  # type: ignore[misc]

    assert list(encode_rows(rows(), header(1, 2))) == [b"\0\0aaa", b"\0\0bbb"]


@pytest.mark.parametrize("rows", [[], [b"abc"], [b"abc"] * 3, [b"abc", b"ab"]])
def test_rows_that_are_not_the_pages_are_refused(rows: list[bytes]) -> None:
    with pytest.raises(UnwritablePage, match="row"):
        list(encode_rows(rows, header(1, 2)))


def test_two_pages_share_one_beginning() -> None:
    writer, head = PwgWriter(), header(1, 1)
    first, second = b"".join(writer.page(head, [b"abc"])), b"".join(writer.page(head, [b"abc"]))
    assert first == b"RaS2" + second
    with pytest.raises(UnwritablePage, match="document of"):
        list(writer.page(header(1, 1, format=RasterFormat.URF), [b"abc"]))


texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=63)
numbers = st.integers(0, 2**32 - 1)


@given(
    st.builds(
        header,
        st.integers(1, 100_000),
        st.integers(1, 100_000),
        st.sampled_from([1, 3, 4]),
        duplex=st.booleans(),
        tumble=st.booleans(),
        num_copies=numbers,
        total_page_count=numbers,
        page_size_points=st.tuples(numbers, numbers),
        page_size_name=texts,
        media_type=texts,
        media_color=texts,
        quality=st.sampled_from([0, 3, 4, 5]),
        media_position=numbers,
        media_weight_gsm=numbers,
        orientation=st.integers(0, 3),
        cross_feed_transform=st.sampled_from([1, -1]),
        feed_transform=st.sampled_from([1, -1]),
        image_box_px=st.tuples(numbers, numbers, numbers, numbers),
        alternate_primary=numbers,
        content_optimize=texts,
        rendering_intent=texts,
    )
)
def test_a_pwg_header_comes_back_whole(head: PageHeader) -> None:
    assert decode_pwg_header(encode_header(head)) == head


@given(
    st.builds(
        header,
        st.integers(1, 100_000),
        st.integers(1, 100_000),
        st.sampled_from([1, 3, 4]),
        format=st.just(RasterFormat.URF),
        media_type=st.sampled_from(["auto", "stationery", "photographic-glossy", "other"]),
        quality=st.sampled_from([0, 3, 4, 5]),
        media_position=st.integers(0, 255),
    ),
    st.sampled_from([(False, False), (True, False), (True, True)]),
)
def test_a_urf_header_comes_back_whole(head: PageHeader, sides: tuple[bool, bool]) -> None:
    encoded = bytearray(encode_header(head))
    encoded[2] = {(False, False): 1, (True, True): 2, (True, False): 3}[sides]
    decoded = decode_urf_header(bytes(encoded))
    assert (decoded.duplex, decoded.tumble) == sides
    assert encode_header(decoded) == bytes(encoded)


def test_a_space_a_format_lacks_is_refused() -> None:
    with pytest.raises(UnwritablePage, match="no"):
        encode_header(header(1, 1, color_space=ColorSpace.CIELAB))
    with pytest.raises(UnwritablePage, match="no"):
        encode_header(header(1, 1, 1, format=RasterFormat.URF, color_space=ColorSpace.BLACK))
    with pytest.raises(UnwritablePage, match="no"):
        encode_header(header(1, 1, format=RasterFormat.URF, y_dpi=600))


def test_an_old_urf_zero_means_one_sided() -> None:
    encoded = bytearray(encode_header(header(1, 1, format=RasterFormat.URF)))
    encoded[2] = 0
    assert not decode_urf_header(bytes(encoded)).duplex


@pytest.mark.parametrize("raster_format", RasterFormat)
@pytest.mark.parametrize(
    "wrong", [{"width_px": 1 << 32}, {"media_position": -1}, {"media_position": 1 << 32}, {"num_colors": 2}]
)
def test_what_no_header_can_say_is_refused_by_name(raster_format: RasterFormat, wrong: dict[str, int]) -> None:
    with pytest.raises(UnwritablePage):
        encode_header(header(1, 1, **({"format": raster_format} | wrong)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "limits", "what"),
    [
        ((200_000, 1), RasterLimits(), "200000 by 1"),
        ((100_000, 100_000), RasterLimits(), "100000 by 100000"),
        ((100, 10), RasterLimits(line_bytes=299), "lines of 300 bytes"),
        ((0, 10), RasterLimits(), "without extent"),
    ],
)
@pytest.mark.parametrize("raster_format", RasterFormat)
def test_a_page_beyond_a_limit_leaves_nothing(
    raster_format: RasterFormat, size: tuple[int, int], limits: RasterLimits, what: str
) -> None:
    written: list[bytes] = []
    with pytest.raises(UnwritablePage, match=what):
        written.extend(RasterWriter(raster_format, limits=limits).page(header(*size, format=raster_format), []))
    assert not written


def test_a_document_of_too_many_pages_is_refused() -> None:
    writer = RasterWriter(limits=RasterLimits(pages=1))
    assert list(writer.page(header(1, 1), [b"abc"]))
    with pytest.raises(UnwritablePage, match="more than 1 pages"):
        list(writer.page(header(1, 1), [b"abc"]))


@pytest.mark.parametrize("count", [-1, 1 << 32])
def test_a_urf_document_of_more_pages_than_it_can_count_is_refused(count: int) -> None:
    with pytest.raises(UnwritablePage, match="count"):
        list(
            RasterWriter(RasterFormat.URF, total_page_count=count).page(header(1, 1, format=RasterFormat.URF), [b"abc"])
        )


@pytest.mark.parametrize(("text", "kept"), [("a" * 62 + "é", "a" * 62), ("é" * 40, "é" * 31), ("x" * 63, "x" * 63)])
def test_a_long_string_is_cut_between_two_characters(text: str, kept: str) -> None:
    assert decode_pwg_header(encode_header(header(1, 1, page_size_name=text))).page_size_name == kept


def test_a_whole_urf_page_is_these_bytes() -> None:
    """By hand: two white lines, one of red, blue, blue."""
    page = header(3, 3, format=RasterFormat.URF, duplex=True, tumble=True, quality=4)
    red, blue, white = b"\xff\0\0", b"\0\0\xff", b"\xff\xff\xff"
    written = b"".join(
        RasterWriter(RasterFormat.URF, total_page_count=1).page(page, [white * 3] * 2 + [red + blue * 2])
    )
    assert written == (
        b"UNIRAST\0" + b"\0\0\0\1"
        # 24 bits, sRGB, short edge, normal quality, any medium, any tray
        + bytes((24, 1, 2, 4, 0, 0)) + bytes(6)
        + b"\0\0\0\3" + b"\0\0\0\3" + b"\0\0\x01\x2c" + bytes(8)
        # twice: a run of three; once: red, then a run of two
        + b"\1" + b"\2\xff\xff\xff"
        + b"\0" + b"\0\xff\0\0" + b"\1\0\0\xff"
    )  # fmt: skip


def test_a_whole_pwg_page_has_these_bytes_and_no_others() -> None:
    page = header(2, 1, 1, duplex=True, cross_feed_transform=-1, feed_transform=-1, page_size_points=(1, 2))
    written = b"".join(PwgWriter().page(page, [b"ab"]))
    numbers = {272: 1, 276: 300, 280: 300, 352: 1, 356: 2, 372: 2, 376: 1, 384: 8, 388: 8, 392: 2, 400: 18, 420: 1}
    expected = bytearray(1796)
    expected[:9] = b"PwgRaster"
    for at, number in (numbers | {456: 0xFFFFFFFF, 460: 0xFFFFFFFF}).items():
        expected[at : at + 4] = number.to_bytes(4, "big")
    assert written == b"RaS2" + bytes(expected) + b"\0" + b"\xffab"
