"""Listings: what fits, what is cut, what wraps; and the words of the command line's own pieces."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tympan.plugin import PrinterMode
from tympan_cli._errors import CommandError
from tympan_cli._listing import Column, Listing
from tympan_cli._output import COLORS, DIM
from tympan_cli._print import job_name
from tympan_cli._printers import MODES
from tympan_cli._story import retold
from tympan_cli._text import counted, safe, size
from tympan_cli._ticket import further, media_name, page_ranges
from tympan_wire.ipp import Attribute, Resolution, attr


def lines(made: Listing, width: int | None) -> list[str]:
    file = io.StringIO()
    made.print(Console(file=file, highlight=False, markup=False, emoji=False, width=width or 500), width)
    return file.getvalue().splitlines()


def jobs(name: str = "report.pdf", note: str = "") -> Listing:
    made = Listing(Column("job", right=True), Column("name", cut=True), Column("state"), Column("since", drop=1))
    made.add("7", name, "waiting", "07:14:55", notes=[note])
    return made


def test_a_listing_with_room() -> None:
    assert lines(jobs(note="paper is out"), 60) == [
        "job  name        state    since",
        "  7  report.pdf  waiting  07:14:55",
        "     paper is out",
    ]


def test_the_name_gives_way_then_the_time() -> None:
    assert lines(jobs("a quarterly report.pdf"), 40)[1] == "  7  a quarterly rep…  waiting  07:14:55"
    assert lines(jobs("a quarterly report.pdf"), 30) == [
        "job  name              state",
        "  7  a quarterly rep…  waiting",
    ]


def test_into_a_pipe_nothing_is_cut() -> None:
    name = "x" * 300
    shown = lines(jobs(name, note="y " * 200), None)
    assert name in shown[1]
    assert len(shown) == 3


def test_the_last_column_wraps_under_itself() -> None:
    made = Listing(Column(), Column(wrap=True))
    made.add("problem", "the device does not answer")
    assert lines(made, 34) == ["problem  the device does not", "         answer"]


@given(
    st.lists(st.tuples(st.text(max_size=60), st.text(max_size=90), st.text(max_size=200)), max_size=5),
    st.integers(40, 130),
)
def test_no_line_is_wider_than_the_terminal_and_none_holds_a_control(
    rows: list[tuple[str, str, str]], width: int
) -> None:
    made = Listing(Column("name", cut=True), Column("device", cut=True, drop=1), Column("since", drop=2))
    for name, device, note in rows:
        made.add(name, device, "07:14:55", notes=[note])
    for line in lines(made, width):
        assert cell_len(line) <= width
        assert safe(line) == line


@given(st.text())
def test_safe_text_is_safe_and_stays_so(text: str) -> None:
    shown = safe(text)
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    shown.encode()
    assert safe(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Büro 💥 日本", "Büro 💥 日本"),
     ("\x1b[31mred\x07", "\\x1b[31mred\\x07"), ("a\nb", "a\\x0ab"), ("\udcff", "\\xff"),
     ("\u202egnp.exe", "\\u202egnp.exe"), ("\x9b2J", "\\x9b2J"), ("[bold]", "[bold]")],
)  # fmt: skip
def test_what_a_terminal_would_obey_is_written_out(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("text", "ranges"), [("1", [(1, 1)]), ("1-3,7", [(1, 3), (7, 7)]), (" 2 , 4-4", [(2, 2), (4, 4)])]
)
def test_page_ranges(text: str, ranges: list[tuple[int, int]]) -> None:
    assert page_ranges(text) == ranges


@given(st.text(max_size=20))
def test_page_ranges_raise_nothing_else(text: str) -> None:
    try:
        ranges = page_ranges(text)
    except CommandError as error:
        assert error.next_step
    else:
        assert all(1 <= low <= high < 2**31 for low, high in ranges)


@given(st.text())
def test_a_job_name_fits_its_attribute(text: str) -> None:
    assert len(job_name(text).encode()) <= 255


def test_names_of_media() -> None:
    assert media_name("iso_a4_210x297mm") == "iso_a4_210x297mm"
    for text in ("", "a4 ", "a\x00", "é", "x" * 256):
        with pytest.raises(CommandError):
            media_name(text)


def entry(second: int, state: str, what: str) -> dict[str, str]:
    return {"at": f"2026-01-01T00:00:{second:02}+00:00", "state": state, "what": what, "why": "", "then": ""}


def test_attempts_told_once() -> None:
    tries = [entry(at, *said) for at in range(1, 9) for said in (("sending", "takes it"), ("waiting", "waits"))]
    told = list(retold([entry(0, "received", "received"), *tries, entry(9, "completed", "printed")]))
    assert [(len(one.lines), one.times) for one in told] == [(1, 1), (2, 8), (1, 1)]
    assert told[1].until.endswith("00:08+00:00")


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_retold_loses_nothing(whats: list[str]) -> None:
    timeline = [entry(0, "sending", what) for what in whats]
    told = [line for one in retold(timeline) for line in one.lines * one.times]
    assert [line["what"] for line in told] == whats


def test_words_for_counts_and_sizes() -> None:
    assert [counted(1, "page"), counted(0, "page")] == ["1 page", "0 pages"]
    assert [size(0), size(999), size(1000), size(46222), size(10**9)] == ["0 B", "999 B", "1.0 KB", "46.2 KB", "1.0 GB"]


def test_no_colour_may_be_that_of_the_background() -> None:
    used = {*COLORS.values(), DIM}
    assert not any("black" in style or "white" in style for style in used)


def test_the_modes_offered_are_the_kernel_s() -> None:
    assert tuple(mode.value for mode in PrinterMode) == MODES


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("media-source=tray-1", attr.keyword("media-source", "tray-1")),
        ("media-type=transparency", attr.keyword("media-type", "transparency")),
        ("finishings=staple,punch", attr.enum("finishings", 4, 5)),
        ("print-quality=high", attr.enum("print-quality", 5)),
        ("printer-resolution=300dpi", attr.resolution("printer-resolution", Resolution(300, 300))),
        ("x-EXToner=Save toner", attr.name_("x-EXToner", "Save toner")),
    ],
)
def test_a_further_option_becomes_an_attribute(text: str, attribute: Attribute) -> None:
    assert further(text) == attribute


@pytest.mark.parametrize(
    "text",
    ["", "=", "EXToner=Save", "x-EXToner", "x-EXToner=", "x-Käse=1", "media-source=two words", "finishings=glued",
     "printer-resolution=fine", "x-EXToner=" + "a" * 256, "media-source=" + "a" * 256],
)  # fmt: skip
def test_what_is_no_further_option_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="is no option"):
        further(text)
