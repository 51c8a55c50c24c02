"""Whether pixels show colour."""

from __future__ import annotations

from PIL import Image, ImageChops

from tympan_document_stats._limits import COLOR_STEP


def has_color(pixels: bytes) -> bool:
    """Whether any of the pixels, three bytes each, is further from gray than noise."""
    red, green, blue = pixels[0::3], pixels[1::3], pixels[2::3]
    if red == green == blue:  # the usual page, told in a tenth of the time
        return False
    return _apart(red, green) or _apart(green, blue) or _apart(red, blue)


def _apart(one: bytes, other: bytes) -> bool:
    size = (len(one), 1)
    difference = ImageChops.difference(Image.frombytes("L", size, one), Image.frombytes("L", size, other))
    return max(_extrema(difference)) > COLOR_STEP


def _extrema(image: Image.Image) -> tuple[float, ...]:
    return tuple(value for value in image.getextrema() if not isinstance(value, tuple))
