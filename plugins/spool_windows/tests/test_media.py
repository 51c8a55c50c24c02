"""Papers, trays and kinds of paper by keywords of IPP."""

from __future__ import annotations

import pytest

from tympan_spool_windows._media import bin_keywords, kind_keywords, media_extent, media_keywords, media_name, slug
from tympan_spool_windows._records import Named, Paper


@pytest.mark.parametrize(
    ("width", "height", "name"),
    [
        (2100, 2970, "iso_a4_210x297mm"),
        (2099, 2970, "iso_a4_210x297mm"),
        (2970, 2100, "iso_a4_210x297mm"),
        (2159, 2794, "na_letter_8.5x11in"),
        (1841, 2667, "na_executive_7.25x10.5in"),
        (2970, 4201, "iso_a3_297x420mm"),
        (1820, 2571, "jis_b5_182x257mm"),
        (1234, 5678, "custom_123.4x567.8mm_123.4x567.8mm"),
    ],
)
def test_a_paper_is_known_by_its_extent(width: int, height: int, name: str) -> None:
    assert media_name(width, height) == name


def test_two_names_of_a_driver_for_one_extent_are_one_paper() -> None:
    papers = [Paper(code=code, name=name, width=2100, height=2970) for code, name in ((9, "A4"), (300, "A4 glatt"))]
    assert {keyword: paper.code for keyword, paper in media_keywords(papers).items()} == {"iso_a4_210x297mm": 9}


def test_a_paper_without_extent_is_not_told() -> None:
    assert media_keywords([Paper(code=256, name="Custom", width=0, height=0)]) == {}


def test_extents_are_read_out_of_names() -> None:
    assert media_extent("iso_a4_210x297mm") == (2100, 2970)
    assert media_extent("na_letter_8.5x11in") == (2159, 2794)
    assert media_extent("main") is None


def test_trays_have_keywords_and_never_share_one() -> None:
    named = ((1, "Upper"), (15, "Automatically Select"), (7, "Auto"), (258, "Tray 2"), (259, "Fach 3"), (260, "Größe"))
    told = bin_keywords(Named(code=code, name=name) for code, name in named)
    expected = {"top": 1, "auto": 15, "auto-7": 7, "tray-2": 258, "tray-3": 259, "groe": 260}
    assert {keyword: each.code for keyword, each in told.items()} == expected


def test_kinds_of_paper_have_keywords() -> None:
    told = kind_keywords(
        [Named(code=1, name="Plain"), Named(code=300, name="HP Matte 120g"), Named(code=301, name="漢")]
    )
    assert list(told) == ["stationery", "hp-matte-120g", "other-301"]


@pytest.mark.parametrize(("name", "made"), [("Größe A/4", "groe-a-4"), ("  ", ""), ("x" * 300, "x" * 127)])
def test_keywords_have_letters_digits_and_dashes(name: str, made: str) -> None:
    assert slug(name) == made
