"""Printed pages as pictures: raster documents read back by programs that are not ours, and compared with their PDF."""

from __future__ import annotations

import functools
import io
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pypdfium2
from PIL import Image, ImageChops, ImageOps, ImageStat

JPEG = "image/jpeg"
DPI: Final = 72
SAME: Final = 0.25
"""Share of the ink that lies elsewhere: two renderers draw the edges of letters otherwise. A page that is mirrored or
upside down has more than 1."""
COARSE: Final = 4
"""Pixels looked at as one, in both directions: no edge of a letter is."""


def as_pdf(raster: bytes, media_type: str, folder: Path) -> bytes:
    """What the filter of cups-filters makes of a raster document: its pixels are read by CUPS's own library."""
    file = folder / "document.ras"
    file.write_bytes(raster)
    done = subprocess.run(
        ["/usr/lib/cups/filter/rastertopdf", "1", "ada", "title", "1", "", str(file)],
        env={**os.environ, "CONTENT_TYPE": media_type, "FINAL_CONTENT_TYPE": "application/pdf"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@functools.cache
def pictures(document: bytes, *, only: tuple[int, ...] = ()) -> list[Image.Image]:
    """Pages of a PDF; 0-based numbers choose some."""
    opened = pypdfium2.PdfDocument(document)
    return [opened[at].render(scale=DPI / 72).to_pil().convert("RGB") for at in only or range(len(opened))]


def apart(one: Image.Image, other: Image.Image) -> float:
    """The difference of two pages, as a share of the second's ink; they may differ in size by what rounding makes."""
    assert abs(one.width - other.width) <= 3 and abs(one.height - other.height) <= 3
    one = one.resize(other.size).reduce(COARSE)
    other = other.reduce(COARSE)
    difference = ImageStat.Stat(ImageChops.difference(one, other)).sum
    return sum(difference) / sum(ImageStat.Stat(ImageOps.invert(other)).sum)


def nearest(one: Image.Image, pages: Sequence[Image.Image]) -> int:
    """The 1-based number of the page it looks most like."""
    return min(range(len(pages)), key=lambda at: apart(one, pages[at])) + 1


def paper_pictures(raw: bytes, media_type: str, folder: Path) -> list[Image.Image]:
    """What a device's paper shows."""
    if media_type == JPEG:
        return [Image.open(io.BytesIO(raw)).convert("RGB")]
    return pictures(as_pdf(raw, media_type, folder))


def turned(page: Image.Image) -> Image.Image:
    """A landscape page on portrait paper: a quarter turn clockwise."""
    return page.transpose(Image.Transpose.ROTATE_270) if page.width > page.height else page
