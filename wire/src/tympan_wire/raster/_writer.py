"""Writing raster pages from rows of pixels (PWG 5102.4 section 4.4).

- Equal lines in a row are written once with a count, up to 256.
- Within a line, equal units are a run and unequal ones go together, up to 128 of either; both are found by one compiled
  pattern, since a loop over thirty million pixels in Python takes minutes.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from tympan_wire.raster._header import PageHeader, RasterFormat
from tympan_wire.raster._pwg import PWG_MAGIC, encode_pwg_header
from tympan_wire.raster._urf import encode_urf_file_header, encode_urf_header

MAX_RUN: Final = 128
MAX_REPEAT: Final = 256


def encode_header(header: PageHeader) -> bytes:
    """The bytes of a page header in the format it names."""
    return encode_pwg_header(header) if header.format is RasterFormat.PWG else encode_urf_header(header)


@functools.lru_cache(maxsize=16)
def _pattern(unit: int) -> re.Pattern[bytes]:
    full = unit * MAX_RUN
    return re.compile(
        # White and black first: one byte repeated is what the pattern engine does fastest.
        rb"(?P<run>\xff{%d}|\x00{%d}|(?P<unit>.{%d})(?P=unit){1,%d})"
        rb"|(?:(?P<one>.{%d})(?!(?P=one))){1,%d}" % (full, full, unit, MAX_RUN - 1, unit, MAX_RUN),
        re.DOTALL,
    )


def encode_line(line: bytes, unit_bytes: int) -> bytes:
    """The codes of one line.

    Args:
        line: The decoded line: a whole number of units.
        unit_bytes: Bytes of a unit (`PageHeader.unit_bytes`).
    """
    parts: list[bytes] = []
    for match in _pattern(unit_bytes).finditer(line):
        found = match[0]
        count = len(found) // unit_bytes
        if match["run"] is not None or count == 1:
            parts += (bytes((count - 1,)), found[:unit_bytes])
        else:
            parts += (bytes((257 - count,)), found)
    return b"".join(parts)


def encode_rows(rows: Iterable[bytes], header: PageHeader) -> Iterator[bytes]:
    """The coded line groups of one page.

    Args:
        rows: `height_px` rows of `bytes_per_line` bytes; each may be reused once the next is asked for.
        header: The page's header.

    Raises:
        ValueError: A row has another size, or there are more or fewer of them.
    """
    count = 0
    groups = _groups(rows, header.bytes_per_line)
    for row, repeat in groups:
        count += repeat
        yield bytes((repeat - 1,)) + encode_line(row, header.unit_bytes)
    if count != header.height_px:
        raise ValueError(f"the page has {header.height_px} rows, not {count}")


def _groups(rows: Iterable[bytes], size: int) -> Iterator[tuple[bytes, int]]:
    current: bytes | None = None
    repeat = 0
    for row in rows:
        if len(row) != size:
            raise ValueError(f"a row of this page has {size} bytes, not {len(row)}")
        if row == current and repeat < MAX_REPEAT:
            repeat += 1
            continue
        if current is not None:
            yield current, repeat
        current, repeat = bytes(row), 1
    if current is not None:
        yield current, repeat


class RasterWriter:
    """Writes a raster document page by page, a piece at a time.

    Args:
        raster_format: PWG raster, unless told.
        total_page_count: Goes into URF's file header; 0 when not known. In PWG raster each page header carries it.
    """

    def __init__(self, raster_format: RasterFormat = RasterFormat.PWG, *, total_page_count: int = 0) -> None:
        self._format = raster_format
        self._begun = False
        self._total_page_count = total_page_count

    def page(self, header: PageHeader, rows: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes of one page, the document's beginning before the first; see `encode_rows`."""
        if header.format is not self._format:
            raise ValueError(f"a page of {header.format} in a document of {self._format}")
        if not self._begun:
            self._begun = True
            yield PWG_MAGIC if self._format is RasterFormat.PWG else encode_urf_file_header(self._total_page_count)
        yield encode_header(header)
        yield from encode_rows(rows, header)


class PwgWriter(RasterWriter):
    """Writes a PWG raster document (PWG 5102.4)."""

    def __init__(self) -> None:
        super().__init__(RasterFormat.PWG)
