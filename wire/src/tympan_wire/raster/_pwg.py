"""The 1,796-byte page header of PWG raster (PWG 5102.4 section 4.3), both ways, from one table."""

import struct
from typing import Any, Final

from tympan_wire.raster._errors import RasterError, UnwritablePage
from tympan_wire.raster._header import ColorSpace, PageHeader, RasterFormat

PWG_MAGIC: Final = b"RaS2"
PWG_HEADER_BYTES: Final = 1796
_NAME: Final = b"PwgRaster"
_STRING_BYTES = 64

_NUMBERS: Final = {
    "x_dpi": 276,
    "y_dpi": 280,
    "media_position": 324,
    "media_weight_gsm": 328,
    "num_copies": 340,
    "orientation": 344,
    "width_px": 372,
    "height_px": 376,
    "bits_per_pixel": 388,
    "num_colors": 420,
    "total_page_count": 452,
    "alternate_primary": 480,
    "quality": 484,
}
_FLAGS: Final = {"duplex": 272, "tumble": 368}
_TRANSFORMS: Final = {"cross_feed_transform": 456, "feed_transform": 460}
_STRINGS: Final = {
    "media_color": 64,
    "media_type": 128,
    "content_optimize": 192,
    "rendering_intent": 1668,
    "page_size_name": 1732,
}
_PAGE_SIZE, _IMAGE_BOX = 352, 464
_BITS_PER_COLOR, _BYTES_PER_LINE, _COLOR_ORDER, _COLOR_SPACE, _COMPRESSION = 384, 392, 396, 400, 404

_SPACES: Final = {
    1: ColorSpace.RGB,
    3: ColorSpace.BLACK,
    6: ColorSpace.CMYK,
    18: ColorSpace.SGRAY,
    19: ColorSpace.SRGB,
    20: ColorSpace.ADOBE_RGB,
}
_SPACE_NUMBERS: Final = {space: number for number, space in _SPACES.items()}
_COLORS: Final = {ColorSpace.BLACK: 1, ColorSpace.SGRAY: 1, ColorSpace.CMYK: 4}
_DEVICE_1, _DEVICE_15 = 48, 62


def decode_pwg_header(data: bytes, offset: int = 0) -> PageHeader:
    """Read a page header.

    Args:
        data: The 1,796 bytes.
        offset: Where they stand in the document, for errors.

    Raises:
        RasterError: They are not a PWG raster page header, or contradict themselves.
    """
    if not data.startswith(_NAME + b"\0"):
        raise RasterError("a PWG raster page begins with its name", offset)
    values: dict[str, Any] = {name: _u32(data, at) for name, at in _NUMBERS.items()}
    values |= {name: bool(_u32(data, at)) for name, at in _FLAGS.items()}
    values |= {name: struct.unpack_from(">i", data, at)[0] for name, at in _TRANSFORMS.items()}
    values |= {name: _text(data, at) for name, at in _STRINGS.items()}
    space, colors = _color_space(_u32(data, _COLOR_SPACE), offset)
    # Old writers leave NumColors zero: the colour space says it as well.
    values["num_colors"] = values["num_colors"] or colors
    header = PageHeader(
        format=RasterFormat.PWG,
        color_space=space,
        page_size_points=struct.unpack_from(">2I", data, _PAGE_SIZE),
        image_box_px=struct.unpack_from(">4I", data, _IMAGE_BOX),
        **values,
    )
    _check(header, colors, data, offset)
    return header


def _color_space(number: int, offset: int) -> tuple[ColorSpace, int]:
    if _DEVICE_1 <= number <= _DEVICE_15:
        return ColorSpace.DEVICE_N, number - _DEVICE_1 + 1
    space = _SPACES.get(number)
    if space is None:
        raise RasterError(f"colour space {number} is not one of PWG raster", offset + _COLOR_SPACE)
    return space, _COLORS.get(space, 3)


def _check(header: PageHeader, colors: int, data: bytes, offset: int) -> None:
    bits = _u32(data, _BITS_PER_COLOR)
    checks = (
        (header.num_colors == colors, 420, f"{header.num_colors} colours in {header.color_space}"),
        (bits in (8, 16) or (bits == 1 and colors == 1), _BITS_PER_COLOR, f"{bits} bits a colour"),
        (header.bits_per_pixel == bits * colors, 388, f"{header.bits_per_pixel} bits a pixel"),
        (_u32(data, _BYTES_PER_LINE) == header.bytes_per_line, _BYTES_PER_LINE, "bytes a line against width"),
        (_u32(data, _COLOR_ORDER) == 0, _COLOR_ORDER, "planes instead of pixels"),
        (_u32(data, _COMPRESSION) == 0, _COMPRESSION, "a compression"),
    )
    for holds, at, what in checks:
        if not holds:
            raise RasterError(f"the page header has {what}", offset + at)


def encode_pwg_header(header: PageHeader) -> bytes:
    """The 1,796 bytes of a page header; the document's `PWG_MAGIC` comes once before the first.

    Strings of more than 63 bytes are cut between two characters.

    Raises:
        UnwritablePage: PWG raster cannot say it: it lacks the colour space, or a number does not fit its four bytes.
    """
    try:
        return _packed(header)
    except struct.error as error:
        raise UnwritablePage(f"a number of the page does not fit into PWG raster's header ({error})") from error


def _packed(header: PageHeader) -> bytes:
    space = _space_number(header)
    out = bytearray(PWG_HEADER_BYTES)
    out[: len(_NAME)] = _NAME
    for name, at in (_NUMBERS | _FLAGS).items():
        struct.pack_into(">I", out, at, int(getattr(header, name)))
    for name, at in _TRANSFORMS.items():
        struct.pack_into(">i", out, at, getattr(header, name))
    for name, at in _STRINGS.items():
        raw = _cut(getattr(header, name))
        out[at : at + len(raw)] = raw
    struct.pack_into(">2I", out, _PAGE_SIZE, *header.page_size_points)
    struct.pack_into(">4I", out, _IMAGE_BOX, *header.image_box_px)
    struct.pack_into(">I", out, _BITS_PER_COLOR, header.bits_per_pixel // header.num_colors)
    struct.pack_into(">I", out, _BYTES_PER_LINE, header.bytes_per_line)
    struct.pack_into(">I", out, _COLOR_SPACE, space)
    return bytes(out)


def _space_number(header: PageHeader) -> int:
    space, colors = header.color_space, header.num_colors
    if space is ColorSpace.DEVICE_N and 1 <= colors <= 15:
        return _DEVICE_1 + colors - 1
    number = _SPACE_NUMBERS.get(space)
    if number is None or colors != _COLORS.get(space, 3):
        raise UnwritablePage(f"PWG raster has no colour space {space} of {colors} colours")
    return number


def _cut(text: str) -> bytes:
    """As many whole characters as fit before the closing zero."""
    raw = text.encode("utf-8", "replace")
    return raw if len(raw) < _STRING_BYTES else raw[: _STRING_BYTES - 1].decode("utf-8", "ignore").encode()


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _text(data: bytes, at: int) -> str:
    return data[at : at + _STRING_BYTES].split(b"\0", 1)[0].decode("utf-8", "replace")
