"""Where a page goes on its paper, and how a back side is turned. Pure.

- A page is turned to the paper's orientation, and shrunk to fit it, never enlarged.
- Without a paper asked for, the paper is as large as the page, and goes in with its short side first as trays have it:
  a phone asks for no paper, and a device has no tray for an A4 that lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from tympan_ipp_submission._format import RenderPlan
from tympan_ipp_submission._limits import PAGE_PIXELS, RENDER_TOGETHER_PAGES

if TYPE_CHECKING:
    from tympan_wire.raster import PageHeader

_POINTS_PER_INCH: Final = 72
_UM_PER_INCH: Final = 25_400
_SAME_SIZE: Final = 0.01
"""Share by which a page may exceed its paper and is still printed at its own size: 210 mm are 595.276 points, and
programs write 595, 595.3 or 596."""


@attrs.frozen(kw_only=True)
class Placement:
    """A page on its paper, in pixels.

    Attributes:
        width, height: Of the paper.
        left, top: Where the page begins.
        page_width, page_height: Of the page as drawn.
        quarter_turns: Clockwise.
    """

    width: int
    height: int
    left: int
    top: int
    page_width: int
    page_height: int
    quarter_turns: int = 0


def place(page_points: tuple[float, float], plan: RenderPlan) -> Placement:
    """Places a page of this width and height in points."""
    paper = _paper_points(page_points, plan)
    turned = (page_points[0] > page_points[1]) != (paper[0] > paper[1])
    wide, high = (page_points[1], page_points[0]) if turned else page_points
    fit = min(paper[0] / wide, paper[1] / high)
    scale = fit if fit < 1 - _SAME_SIZE else 1.0
    width, height = _pixels(paper[0], plan.dpi), _pixels(paper[1], plan.dpi)
    page_width, page_height = _pixels(wide * scale, plan.dpi), _pixels(high * scale, plan.dpi)
    return Placement(
        width=width,
        height=height,
        left=(width - page_width) // 2,
        top=(height - page_height) // 2,
        page_width=page_width,
        page_height=page_height,
        quarter_turns=1 if turned else 0,
    )


def paper_of(plan: RenderPlan) -> tuple[float, float] | None:
    """The paper that is asked for, in points; None where each page has its own."""
    return None if plan.media_um is None else _paper_points((0, 0), plan)


def _paper_points(page_points: tuple[float, float], plan: RenderPlan) -> tuple[float, float]:
    if plan.media_um is None:
        return min(page_points), max(page_points)
    x, y = plan.media_um
    return x * _POINTS_PER_INCH / _UM_PER_INCH, y * _POINTS_PER_INCH / _UM_PER_INCH


def _pixels(points: float, dpi: int) -> int:
    return max(1, min(PAGE_PIXELS, round(points * dpi / _POINTS_PER_INCH)))


def chosen_pages(count: int, ranges: tuple[tuple[int, int], ...]) -> list[int]:
    """0-based numbers of the pages asked for, in document order as RFC 8011 section 5.2.7 has it."""
    if not ranges:
        return list(range(count))
    return [page for page in range(count) if any(low <= page + 1 <= high for low, high in ranges)]


def shares_used(pages: int, most: int) -> int:
    """How many renderers share so many pages."""
    return max(1, most) if pages >= RENDER_TOGETHER_PAGES else 1


def back_transform(plan: RenderPlan) -> tuple[int, int]:
    """(cross-feed, feed) transform of back sides, each 1 or -1 (PWG 5102.4 section 4.3.3, sheet-back).

    In both formats the pixels are turned; PWG raster's header says so as well, URF has no words for it.
    """
    if not plan.duplex:
        return 1, 1
    if plan.sheet_back == "flipped":
        return (-1, 1) if plan.tumble else (1, -1)
    turns = {"rotated": not plan.tumble, "manual-tumble": plan.tumble}
    return (-1, -1) if turns.get(plan.sheet_back, False) else (1, 1)


def page_header(place: Placement, plan: RenderPlan, *, pages: int, transform: tuple[int, int]) -> PageHeader:
    """The header of one PWG raster or URF page."""
    from tympan_wire.raster import ColorSpace, PageHeader, RasterFormat  # of the worker, not of the agent that asks it

    colors = 3 if plan.color else 1
    points = round(place.width * _POINTS_PER_INCH / plan.dpi), round(place.height * _POINTS_PER_INCH / plan.dpi)
    return PageHeader(
        format=RasterFormat(plan.format),
        width_px=place.width,
        height_px=place.height,
        x_dpi=plan.dpi,
        y_dpi=plan.dpi,
        color_space=ColorSpace.SRGB if plan.color else ColorSpace.SGRAY,
        bits_per_pixel=8 * colors,
        num_colors=colors,
        duplex=plan.duplex,
        tumble=plan.tumble,
        total_page_count=pages,
        page_size_points=points,
        page_size_name=plan.media_name,
        quality=plan.quality,
        cross_feed_transform=transform[0],
        feed_transform=transform[1],
    )
