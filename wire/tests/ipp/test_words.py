"""Words for numbers and resolutions: each comes back as what it was."""

from __future__ import annotations

import pytest

from tympan_wire.ipp import ENUM_WORDS, Resolution, enum_number, enum_word, media_size, resolution_in, resolution_text


@pytest.mark.parametrize(("name", "number"), [(name, number) for name, words in ENUM_WORDS.items() for number in words])
def test_a_number_that_has_a_word_comes_back(name: str, number: int) -> None:
    word = enum_word(name, number)
    assert not word.isdecimal()
    assert enum_number(name, word) == number


def test_a_number_without_a_word_comes_back_as_itself() -> None:
    assert enum_word("finishings", 93) == "93"
    assert enum_number("finishings", "93") == 93
    assert enum_word("job-priority", 50) == "50"


@pytest.mark.parametrize("word", ["", "staple-everywhere", "0", "-4", "\N{SUPERSCRIPT TWO}", "9" * 30])
def test_what_is_no_word_is_no_number(word: str) -> None:
    assert enum_number("finishings", word) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("600dpi", Resolution(600, 600)),
        ("600x300dpi", Resolution(600, 300)),
        ("240dpcm", Resolution(240, 240, 4)),
    ],
)
def test_a_resolution_is_the_same_as_text_and_back(text: str, value: Resolution) -> None:
    assert resolution_text(value) == text
    assert resolution_in(text) == value


@pytest.mark.parametrize("text", ["", "600", "0dpi", "600x0dpi", "600 dpi", "6000000dpi", "600dpi "])
def test_what_is_no_resolution_is_none(text: str) -> None:
    assert resolution_in(text) is None


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("iso_a4_210x297mm", (21000, 29700)),
        ("na_index-4x6_4x6in", (10160, 15240)),
        ("custom_max_8.5x14in", (21590, 35560)),
        ("a4", None),
        ("iso_a4_210x297", None),
        ("x_y_" + "9" * 400 + "x1mm", None),
    ],
)
def test_the_name_of_paper_tells_its_size(name: str, size: tuple[int, int] | None) -> None:
    assert media_size(name) == size
