"""Whether pixels are grays, judged on many at once.

A gray is what prints with black alone: R = G = B, or C = M = Y = 0, or a = b = 128 in CIELab, or no ink at all in
device-N. Renderers round each sample by itself, so a difference of `TOLERANCE` in 255 does not make a page a colour
page.

- A compiled pattern runs over line codes whose pixels are exactly gray: a fifth of the cost of a loop here.
- Where it stops, one code is judged with the tolerance. Both go over a byte once.
"""

import functools
import re
from typing import Final

from attrs import frozen

from tympan_wire.raster._header import ColorSpace, PageHeader

TOLERANCE: Final = 4
"""Of 255: below what an eye or a colour counter takes for colour."""

_PATTERN_UNITS: Final = 10
"""Longest literal the pattern knows; longer ones are rare in text, and judged by slices. Each unit more adds groups to
the pattern, which every search pays for: a photograph takes a hundred and sixty thousand of them."""
_LAB_ZERO = 128
_INK = b"[\\x00-\\x%02x]" % TOLERANCE
_LAB = b"[\\x%02x-\\x%02x]" % (_LAB_ZERO - TOLERANCE, _LAB_ZERO + TOLERANCE)


@frozen(kw_only=True)
class GrayTest:
    """The test for one kind of pixel.

    Attributes:
        codes: Matches as many whole line codes with gray units as stand one after another.
        units: Matches whole gray units where fixed ranges say what gray is; None where samples are compared.
        sample_bytes: Bytes of one sample: 1 or 2.
    """

    codes: re.Pattern[bytes]
    units: re.Pattern[bytes] | None
    sample_bytes: int

    def near(self, pixels: bytes) -> bool:
        """Whether these whole pixels are all gray within the tolerance."""
        if self.units is not None:
            return self.units.fullmatch(pixels) is not None
        size = self.sample_bytes
        # Of a 16-bit sample the high byte, which comes first, says enough.
        red, green, blue = (pixels[at :: 3 * size] for at in (0, size, 2 * size))
        return red == green == blue or _near_grays().issuperset(zip(red, green, blue, strict=True))


def gray_test(header: PageHeader) -> GrayTest | None:
    """The test for a page's pixels; None where the colour space alone says that all are grays."""
    if header.color_space.is_mono or header.num_colors == 1:
        return None
    return _test(header.color_space, header.num_colors, header.unit_bytes // header.num_colors)


@functools.lru_cache(maxsize=32)
def _test(space: ColorSpace, colors: int, sample_bytes: int) -> GrayTest:
    low = b"." * (sample_bytes - 1)
    fixed = {
        ColorSpace.CMYK: (_INK + low) * 3 + b"." + low,
        ColorSpace.CIELAB: b"." + low + (_LAB + low) * 2,
        ColorSpace.DEVICE_N: (_INK + low) * colors,
    }.get(space)
    if fixed is not None:
        units = re.compile(b"(?:" + fixed + b")*+", re.DOTALL)
        return GrayTest(codes=_codes([fixed] * _triangle(_PATTERN_UNITS)), units=units, sample_bytes=sample_bytes)
    equal = [b"(.)%s\\%d%s\\%d%s" % (low, n, low, n, low) for n in range(1, _triangle(_PATTERN_UNITS) + 1)]
    return GrayTest(codes=_codes(equal), units=None, sample_bytes=sample_bytes)


def _triangle(n: int) -> int:
    return n * (n + 1) // 2


def _codes(units: list[bytes]) -> re.Pattern[bytes]:
    """Runs of one gray unit, and literals of 2 to `_PATTERN_UNITS`; each place has a group of its own."""
    left = iter(units)
    branches = [b"[\\x00-\\x7f]" + next(left)]
    branches += [
        b"\\x%02x" % (257 - count) + b"".join(next(left) for _ in range(count))
        for count in range(2, _PATTERN_UNITS + 1)
    ]
    return re.compile(b"(?:" + b"|".join(branches) + b")*+", re.DOTALL)


@functools.cache
def _near_grays() -> frozenset[tuple[int, int, int]]:
    """Every 8-bit RGB whose samples differ by no more than the tolerance: about 15,600."""
    reach = range(-TOLERANCE, TOLERANCE + 1)
    return frozenset(
        (red, red + green, red + blue)
        for red in range(256)
        for green in reach
        for blue in reach
        if abs(green - blue) <= TOLERANCE and 0 <= red + green <= 255 and 0 <= red + blue <= 255
    )
