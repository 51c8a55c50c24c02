"""Where a page lies on a sheet, and in which pieces it is drawn. All pure; extents in dots of the device.

- A page of the paper's extent is drawn in its own size; another is turned if that fits better, and made smaller until
  it lies within what the device can print on, never larger.
- Pieces meet: each ends where the next begins, however their edges are rounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from tympan_spool_windows._limits import BAND_LINES

POINTS: Final = 72.0
"""Points in an inch, in which PDF measures."""
_SAME: Final = 6.0
"""Points that a page may differ from the paper and still be of its extent: 2 mm, as rounded inches and cut edges do."""
_RANGE: Final = re.compile(r"^(\d{1,6})(?:-(\d{1,6})?)?$")


@attrs.frozen(kw_only=True)
class Sheet:
    """The paper as the device sees it, in its dots.

    Attributes:
        width: Of the paper.
        height: Of the paper.
        left: From its edge to where the device can print.
        top: Likewise.
        printable_width: Of what it can print on.
        printable_height: Likewise.
        dpi_across: Dots per inch.
        dpi_down: Dots per inch.
    """

    width: int
    height: int
    left: int
    top: int
    printable_width: int
    printable_height: int
    dpi_across: int
    dpi_down: int

    @property
    def points(self) -> tuple[float, float]:
        """The paper's extent in points."""
        return self.width * POINTS / self.dpi_across, self.height * POINTS / self.dpi_down


@attrs.frozen(kw_only=True)
class Place:
    """Where a page lies, in dots from the corner the device can print from; may reach beyond what it can print on.

    Attributes:
        left: From there.
        top: From there.
        width: Of the page as it lies.
        height: Likewise.
        turned: Whether it is turned by a quarter.
    """

    left: int
    top: int
    width: int
    height: int
    turned: bool = False


@attrs.frozen(kw_only=True)
class Band:
    """A piece of a page: lines of its picture, and the lines of the device they are drawn on."""

    first: int
    lines: int
    top: int
    height: int


def place(width: float, height: float, sheet: Sheet) -> Place:
    """Where a page of that extent in points lies."""
    paper = sheet.points
    turned = (width > height) != (paper[0] > paper[1]) and abs(width - height) > _SAME
    wide, high = (height, width) if turned else (width, height)
    if abs(wide - paper[0]) <= _SAME and abs(high - paper[1]) <= _SAME:
        return Place(left=-sheet.left, top=-sheet.top, width=sheet.width, height=sheet.height, turned=turned)
    across, down = wide * sheet.dpi_across / POINTS, high * sheet.dpi_down / POINTS
    scale = min(1.0, sheet.printable_width / across, sheet.printable_height / down)
    size = max(1, round(across * scale)), max(1, round(down * scale))
    return Place(
        left=(sheet.printable_width - size[0]) // 2,
        top=(sheet.printable_height - size[1]) // 2,
        width=size[0],
        height=size[1],
        turned=turned,
    )


def picture_of(where: Place, sheet: Sheet, dpi: int) -> tuple[int, int]:
    """Width and height a page is rendered in: its dots, or fewer where the device has more than ``dpi`` of them."""
    across, down = min(1.0, dpi / sheet.dpi_across), min(1.0, dpi / sheet.dpi_down)
    return max(1, round(where.width * across)), max(1, round(where.height * down))


def bands(where: Place, lines: int) -> Iterator[Band]:
    """Pieces of a page that is rendered in so many lines, from the top."""
    for first in range(0, lines, BAND_LINES):
        last = min(first + BAND_LINES, lines)
        top, bottom = (where.top + at * where.height // lines for at in (first, last))
        yield Band(first=first, lines=last - first, top=top, height=bottom - top)


def chosen_pages(count: int, ranges: str) -> tuple[int, ...]:
    """Pages, from 0, that ``page-ranges`` such as ``1-3,7`` asks for, in their order; all for "".

    Raises:
        ValueError: That is no such list.
    """
    if not ranges:
        return tuple(range(count))
    chosen: set[int] = set()
    for piece in ranges.split(","):
        match = _RANGE.match(piece.strip())
        if match is None or int(match[1]) < 1:
            raise ValueError(f"page-ranges cannot be {ranges}")
        last = int(match[2]) if match[2] else (count if "-" in piece else int(match[1]))
        chosen.update(range(int(match[1]) - 1, min(last, count)))
    return tuple(sorted(chosen))
