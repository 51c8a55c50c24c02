"""The 12-byte file header and the 32-byte page header of Apple raster (URF), both ways."""

import struct
from typing import Final

from tympan_wire.raster._errors import RasterError, UnwritablePage
from tympan_wire.raster._header import ColorSpace, PageHeader, RasterFormat

URF_MAGIC: Final = b"UNIRAST\0"
URF_FILE_HEADER_BYTES: Final = 12
URF_HEADER_BYTES: Final = 32

_PAGE = struct.Struct(">6B6x3I8x")
_SPACES: Final = {
    0: (ColorSpace.SGRAY, 1),
    1: (ColorSpace.SRGB, 3),
    2: (ColorSpace.CIELAB, 3),
    3: (ColorSpace.ADOBE_RGB, 3),
    4: (ColorSpace.DEVICE_W, 1),
    5: (ColorSpace.RGB, 3),
    6: (ColorSpace.CMYK, 4),
}
_SPACE_NUMBERS: Final = {space: number for number, (space, _) in _SPACES.items()}
_MEDIA_TYPES: Final = (
    "auto",
    "stationery",
    "transparency",
    "envelope",
    "cardstock",
    "labels",
    "stationery-letterhead",
    "disc",
    "photographic-matte",
    "photographic-satin",
    "photographic-semi-gloss",
    "photographic-glossy",
    "photographic-high-gloss",
    "other",
)
_ONE_SIDED, _SHORT_EDGE, _LONG_EDGE = 1, 2, 3


def decode_urf_header(data: bytes, offset: int = 0, *, total_page_count: int = 0) -> PageHeader:
    """Read a page header.

    Args:
        data: The 32 bytes.
        offset: Where they stand in the document, for errors.
        total_page_count: What the file header claims.

    Raises:
        RasterError: They are not a URF page header, or contradict themselves.
    """
    bits, space_number, duplex, quality, media, tray, width, height, dpi = _PAGE.unpack_from(data)
    space, colors = _SPACES.get(space_number, (None, 0))
    if space is None:
        raise RasterError(f"colour space {space_number} is not one of URF", offset + 1)
    if bits not in (8 * colors, 16 * colors) and (bits, colors) != (1, 1):
        raise RasterError(f"{bits} bits a pixel in {space}", offset)
    if duplex > _LONG_EDGE:
        raise RasterError(f"{duplex} is no way to print sides", offset + 2)
    return PageHeader(
        format=RasterFormat.URF,
        width_px=width,
        height_px=height,
        x_dpi=dpi,
        y_dpi=dpi,
        color_space=space,
        bits_per_pixel=bits,
        num_colors=colors,
        duplex=duplex > _ONE_SIDED,
        tumble=duplex == _SHORT_EDGE,
        total_page_count=total_page_count,
        quality=quality,
        media_type=_MEDIA_TYPES[media] if media < len(_MEDIA_TYPES) else "other",
        media_position=tray,
    )


def encode_urf_file_header(total_page_count: int = 0) -> bytes:
    """The 12 bytes a URF document begins with; 0 pages means not known.

    Raises:
        UnwritablePage: More pages than four bytes can count.
    """
    if not 0 <= total_page_count < 1 << 32:
        raise UnwritablePage(f"URF cannot count {total_page_count} pages")
    return URF_MAGIC + total_page_count.to_bytes(4, "big")


def encode_urf_header(header: PageHeader) -> bytes:
    """The 32 bytes of a page header.

    Raises:
        UnwritablePage: URF cannot say it: its pixels are square, its colour spaces are seven, and most fields one byte.
    """
    if header.x_dpi != header.y_dpi or _SPACES.get(_SPACE_NUMBERS.get(header.color_space, -1), ("", 0))[1] != (
        header.num_colors
    ):
        raise UnwritablePage(
            f"URF has no {header.color_space} of {header.num_colors} colours at {header.x_dpi} by {header.y_dpi} dpi"
        )
    sides = (_SHORT_EDGE if header.tumble else _LONG_EDGE) if header.duplex else _ONE_SIDED
    media = _MEDIA_TYPES.index(header.media_type) if header.media_type in _MEDIA_TYPES else 0
    try:
        return _PAGE.pack(
            header.bits_per_pixel,
            _SPACE_NUMBERS[header.color_space],
            sides,
            header.quality,
            media,
            header.media_position,
            header.width_px,
            header.height_px,
            header.x_dpi,
        )
    except struct.error as error:
        raise UnwritablePage(f"a number of the page does not fit into URF's header ({error})") from error
