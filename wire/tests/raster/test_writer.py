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
    RasterWalker,
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
    with pytest.raises(ValueError, match="row"):
        list(encode_rows(rows, header(1, 2)))


def test_two_pages_share_one_beginning() -> None:
    writer, head = PwgWriter(), header(1, 1)
    first, second = b"".join(writer.page(head, [b"abc"])), b"".join(writer.page(head, [b"abc"]))
    assert first == b"RaS2" + second
    with pytest.raises(ValueError, match="document of"):
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
    with pytest.raises(ValueError, match="no"):
        encode_header(header(1, 1, color_space=ColorSpace.CIELAB))
    with pytest.raises(ValueError, match="no"):
        encode_header(header(1, 1, 1, format=RasterFormat.URF, color_space=ColorSpace.BLACK))
    with pytest.raises(ValueError, match="no"):
        encode_header(header(1, 1, format=RasterFormat.URF, y_dpi=600))


def test_an_old_urf_zero_means_one_sided() -> None:
    encoded = bytearray(encode_header(header(1, 1, format=RasterFormat.URF)))
    encoded[2] = 0
    assert not decode_urf_header(bytes(encoded)).duplex
