"""Where pages lie on sheets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_spool_windows._layout import Place, Sheet, bands, chosen_pages, picture_of, place

A4 = Sheet(
    width=2480, height=3508, left=50, top=50, printable_width=2380, printable_height=3408, dpi_across=300, dpi_down=300
)


def test_a_page_of_the_papers_extent_is_drawn_in_its_own_size() -> None:
    assert place(595.3, 841.9, A4) == Place(left=-50, top=-50, width=2480, height=3508)


def test_a_landscape_page_is_turned_and_keeps_its_size() -> None:
    assert place(842, 595, A4) == Place(left=-50, top=-50, width=2480, height=3508, turned=True)


def test_a_smaller_page_is_never_made_larger() -> None:
    told = place(420, 595, A4)
    assert (told.width, told.height) == (1750, 2479)
    assert (told.left, told.top) == ((2380 - 1750) // 2, (3408 - 2479) // 2)


def test_a_larger_page_is_made_to_fit_what_can_be_printed_on() -> None:
    told = place(1191, 1684, A4)
    assert (told.width, told.height) == (2380, 3365)
    assert told.left == 0 and not told.turned


def test_a_square_is_not_turned() -> None:
    assert not place(300, 300, A4).turned


@given(st.floats(1, 20_000), st.floats(1, 20_000))
def test_every_page_lies_within_the_paper(width: float, height: float) -> None:
    told = place(width, height, A4)
    assert told.left >= -A4.left and told.top >= -A4.top
    assert told.left + told.width <= A4.width - A4.left
    assert told.top + told.height <= A4.height - A4.top


def test_a_device_of_more_dots_gets_a_picture_of_fewer() -> None:
    assert picture_of(Place(left=0, top=0, width=2480, height=3508), A4, 150) == (1240, 1754)
    assert picture_of(Place(left=0, top=0, width=2480, height=3508), A4, 600) == (2480, 3508)


@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(-50, 50))
def test_bands_meet_and_cover_the_page(height: int, lines: int, top: int) -> None:
    told = list(bands(Place(left=0, top=top, width=10, height=height), lines))
    assert told[0].top == top and told[-1].top + told[-1].height == top + height
    assert sum(band.lines for band in told) == lines
    assert all(one.top + one.height == other.top for one, other in itertools.pairwise(told))


@pytest.mark.parametrize(
    ("ranges", "pages"),
    [("", (0, 1, 2, 3, 4)), ("2", (1,)), ("4-", (3, 4)), ("1-2, 5", (0, 1, 4)), ("3-9", (2, 3, 4)), ("7", ())],
)
def test_pages_are_chosen(ranges: str, pages: tuple[int, ...]) -> None:
    assert chosen_pages(5, ranges) == pages


@pytest.mark.parametrize("ranges", ["0", "a", "-3", "1-2-3", "1,", "9999999"])
def test_what_names_no_pages_is_refused(ranges: str) -> None:
    with pytest.raises(ValueError, match="page-ranges cannot be"):
        chosen_pages(5, ranges)
