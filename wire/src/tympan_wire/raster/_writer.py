"""Writing raster pages from rows of pixels (PWG 5102.4 section 4.4).

- Equal lines in a row are written once with a count, up to 256.
- Within a line, equal units are a run and unequal ones go together, up to 128 of either. Where they change is found for
  the whole line by one exclusive or of long numbers and one compiled pattern: no loop goes over pixels.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tympan_wire.raster._errors import UnwritablePage
from tympan_wire.raster._header import PageHeader, RasterFormat
from tympan_wire.raster._limits import RasterLimits
from tympan_wire.raster._pwg import PWG_MAGIC, encode_pwg_header
from tympan_wire.raster._urf import encode_urf_file_header, encode_urf_header

MAX_RUN: Final = 128
MAX_REPEAT: Final = 256

_ALONE: Final = (b"", b"\0", *(bytes((257 - count,)) for count in range(2, MAX_RUN + 1)))
"""The code before so many units, each by itself; of one it is that of a run of one."""
_RUN: Final = (b"", *(bytes((count - 1,)) for count in range(1, MAX_RUN + 1)))
"""The code before a unit that stands so many times."""
_PAIRS: Final = re.compile(rb"(.[^\0]*+)(\0*+)", re.DOTALL).findall
"""Changes as pairs: units that differ from the one before, and the equal ones that follow the last of them."""


def encode_header(header: PageHeader) -> bytes:
    """The bytes of a page header in the format it names."""
    return encode_pwg_header(header) if header.format is RasterFormat.PWG else encode_urf_header(header)


def encode_line(line: bytes, unit_bytes: int) -> bytes:
    """The codes of one line.

    Args:
        line: The decoded line: a whole number of units.
        unit_bytes: Bytes of a unit (`PageHeader.unit_bytes`).
    """
    codes: list[bytes] = []
    at = 0
    for fresh, same in _PAIRS(_changes(line, unit_bytes)):
        alone, run = (len(fresh) - 1, len(same) + 1) if same else (len(fresh), 0)
        to = at + alone * unit_bytes
        end = to + run * unit_bytes
        if alone <= MAX_RUN and run <= MAX_RUN:
            codes += (_ALONE[alone], line[at:to], _RUN[run], line[to : to + unit_bytes] if run else b"")
        else:
            codes += (*_alone(line[at:to], unit_bytes), *_run(line[to : to + unit_bytes], run))
        at = end
    return b"".join(codes)


def _changes(line: bytes, unit: int) -> bytes:
    """One byte for each unit of the line: zero where it equals the one before; the first says nothing."""
    planes = [line[at::unit] for at in range(unit)] if unit > 1 else [line]
    # Grays are most of what is printed in colour, and their planes are one.
    distinct = planes[:1] if all(plane == planes[0] for plane in planes) else planes
    changes = 0
    for plane in distinct:
        number = int.from_bytes(plane, "big")
        changes |= number ^ (number >> 8)
    return changes.to_bytes(len(planes[0]), "big")


def _alone(units: bytes, unit: int) -> Iterator[bytes]:
    full = MAX_RUN * unit
    for at in range(0, len(units), full):
        piece = units[at : at + full]
        yield _ALONE[len(piece) // unit]
        yield piece


def _run(unit: bytes, count: int) -> Iterator[bytes]:
    full, rest = divmod(count, MAX_RUN)
    yield (_RUN[MAX_RUN] + unit) * full
    if rest:
        yield _RUN[rest] + unit


def encode_rows(rows: Iterable[bytes], header: PageHeader) -> Iterator[bytes]:
    """The coded line groups of one page.

    Args:
        rows: `height_px` rows of `bytes_per_line` bytes; each may be reused once the next is asked for.
        header: The page's header.

    Raises:
        UnwritablePage: A row has another size, or there are more or fewer of them.
    """
    count = 0
    groups = _groups(rows, header.bytes_per_line)
    for row, repeat in groups:
        count += repeat
        yield bytes((repeat - 1,)) + encode_line(row, header.unit_bytes)
    if count != header.height_px:
        raise UnwritablePage(f"the page has {header.height_px} rows, not {count}")


def _groups(rows: Iterable[bytes], size: int) -> Iterator[tuple[bytes, int]]:
    current: bytes | None = None
    repeat = 0
    for row in rows:
        if len(row) != size:
            raise UnwritablePage(f"a row of this page has {size} bytes, not {len(row)}")
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
        limits: How large the document may become.
        continued: Whether another writer wrote the document's beginning, and pages of its own.
    """

    def __init__(
        self,
        raster_format: RasterFormat = RasterFormat.PWG,
        *,
        total_page_count: int = 0,
        limits: RasterLimits | None = None,
        continued: bool = False,
    ) -> None:
        self._format = raster_format
        self._begun = continued
        self._total_page_count = total_page_count
        self._limits = limits or RasterLimits()
        self._pages = 0

    def page(self, header: PageHeader, rows: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes of one page, the document's beginning before the first; see `encode_rows`.

        Raises:
            UnwritablePage: Before any byte of it: it is beyond a limit, or not of this format.
        """
        if header.format is not self._format:
            raise UnwritablePage(f"a page of {header.format} in a document of {self._format}")
        fault = self._limits.fault(header, self._pages)
        if fault:
            raise UnwritablePage(fault)
        encoded = encode_header(header)
        self._pages += 1
        if not self._begun:
            self._begun = True
            yield PWG_MAGIC if self._format is RasterFormat.PWG else encode_urf_file_header(self._total_page_count)
        yield encoded
        yield from encode_rows(rows, header)


class PwgWriter(RasterWriter):
    """Writes a PWG raster document (PWG 5102.4)."""

    def __init__(self) -> None:
        super().__init__(RasterFormat.PWG)
