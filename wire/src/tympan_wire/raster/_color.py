"""Whether pixels are grays, judged on many at once.

A gray is what prints with black alone: R = G = B, or C = M = Y = 0, or a = b = 128 in CIELab. Renderers round each
sample by itself, so a difference of `TOLERANCE` in 255 does not make a page a colour page.
"""

from collections.abc import Callable
from typing import Final

from tympan_wire.raster._header import ColorSpace, PageHeader

TOLERANCE: Final = 4
"""Of 255: below what an eye or a colour counter takes for colour."""

GrayTest = Callable[[bytes], bool]
"""Takes whole pixels; says whether all of them are grays."""

_LAB_ZERO = 128
_LAB_GRAYS = bytes(range(_LAB_ZERO - TOLERANCE, _LAB_ZERO + TOLERANCE + 1))
_INK_GRAYS = bytes(range(TOLERANCE + 1))


def gray_test(header: PageHeader) -> GrayTest | None:
    """The test for a page's pixels; None where the colour space alone says that all are grays."""
    if header.color_space.is_mono or header.num_colors == 1:
        return None
    # Of a 16-bit sample the high byte, which comes first, says enough.
    step, unit = header.bits_per_pixel // 8 // header.num_colors, header.unit_bytes
    if header.color_space is ColorSpace.CMYK:
        return lambda pixels: not any(pixels[at::unit].strip(_INK_GRAYS) for at in (0, step, 2 * step))
    if header.color_space is ColorSpace.CIELAB:
        return lambda pixels: not any(pixels[at::unit].strip(_LAB_GRAYS) for at in (step, 2 * step))
    if header.color_space is ColorSpace.DEVICE_N:
        return lambda _: False
    return lambda pixels: _equal(pixels[0::unit], pixels[step::unit], pixels[2 * step :: unit])


def _equal(red: bytes, green: bytes, blue: bytes) -> bool:
    if red == green == blue:
        return True
    return all(max(rgb) - min(rgb) <= TOLERANCE for rgb in zip(red, green, blue, strict=True))
