"""PostScript by its comments and operators."""

from __future__ import annotations

import pytest

from tympan_document_stats._model import Facts
from tympan_document_stats._postscript import PostScriptLines, lines


def facts(text: str) -> Facts:
    gathered = PostScriptLines()
    for line in lines([text.encode("latin-1")]):
        gathered.take(line)
    return gathered.facts()


def dsc(*pages: str, header: str = "", setup: str = "", trailer: str = "", end: str = "%%EOF") -> str:
    numbered = "\n".join(f"%%Page: {at} {at}\n{page}\nshowpage" for at, page in enumerate(pages, 1))
    return f"%!PS-Adobe-3.0\n{header}\n%%EndComments\n{setup}\n{numbered}\n%%Trailer\n{trailer}\n{end}\n"


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        (dsc("", "", header="%%Pages: 2"), 2),
        (dsc("", "", header="%%Pages: (atend)", trailer="%%Pages: 2"), 2),
        (dsc("", ""), 2),
        (dsc("", "", header="%%Pages: 7"), 2),
        (dsc("%%BeginDocument: x\n%%Pages: 9\n%%Page: 1 1\nshowpage\n%%EndDocument", header="%%Pages: 1"), 1),
        (dsc("%%BeginData: 9 Hex Bytes\n%%BeginData: 1\n%%Page: 1 1\n%%EndData\n%%Page: 2 2\n%%EndData"), 1),
        ("%!PS\nshowpage\n{showpage}\nshowpager\n/showpage", 2),
        ("%!PS-Adobe-3.0 EPSF-3.0\n%%Pages: 1\n%%EOF", 1),
        ("\x1b%-12345X@PJL ENTER LANGUAGE=POSTSCRIPT\r\n" + dsc("", "", "").replace("\n", "\r"), 3),
    ],
)
def test_pages(text: str, pages: int) -> None:
    assert facts(text).pages == pages


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("%!PS\n1 1 add", "unreadable: the PostScript program does not say its pages"),
        ("%!PS\nshowpage", "partly read: pages are counted by showpage alone"),
        (dsc("")[:-20].replace("%%Trailer", "") + "\n%%Pages: 2", "unreadable: the PostScript document ends early"),
        (dsc(""), ""),
    ],
)
def test_problems(text: str, problem: str) -> None:
    assert facts(text).problem == problem


@pytest.mark.parametrize(
    ("setup", "sides"),
    [
        ("", None),
        ("<< /Duplex true >> setpagedevice", "two-sided-long-edge"),
        ("<< /Duplex true /Tumble true >> setpagedevice", "two-sided-short-edge"),
        ("<< /Tumble false\n/Duplex true >> setpagedevice", "two-sided-long-edge"),
        ("<< /Duplex false >> setpagedevice", "one-sided"),
        ("/Duplexer true", None),
    ],
)
def test_sides(setup: str, sides: str | None) -> None:
    found = facts(dsc("", setup=setup))
    assert (found.duplex, found.binding) == (sides, True)


@pytest.mark.parametrize(
    ("header", "setup", "sizes"),
    [
        ("%%BoundingBox: 0 0 595 842", "", ("iso_a4_210x297mm",)),
        ("%%BoundingBox: 100 100 200 200", "", ()),
        (
            "%%DocumentMedia: Letter 612 792 0 () ()\n%%+ A4 595 842 0 () ()",
            "",
            ("na_letter_8.5x11in", "iso_a4_210x297mm"),
        ),
        ("%%BoundingBox: 0 0 595 842", "<< /PageSize [612 792] >> setpagedevice", ("na_letter_8.5x11in",)),
        ("", "<</PageSize[842 595]>>setpagedevice <</PageSize[595 842]>>setpagedevice", ("iso_a4_210x297mm",)),
        ("%%BoundingBox: (atend)", "", ()),
    ],
)
def test_sizes(header: str, setup: str, sizes: tuple[str, ...]) -> None:
    assert facts(dsc("", header=header, setup=setup)).sizes == sizes


@pytest.mark.parametrize(
    ("page", "colored"),
    [
        ("1 0 0 setrgbcolor", True),
        ("0 0 0 setrgbcolor", False),
        (".5 .5 .5 setrgbcolor", False),
        ("0 0 0 1 setcmykcolor", False),
        ("0 1 0 0 setcmykcolor", True),
        ("0.3 0.9 1 sethsbcolor", True),
        ("0.3 0 1 sethsbcolor", False),
        ("0.5 setgray", False),
        ("10 20 moveto 1 0 0 setrgbcolor", True),
        ("x y z setrgbcolor", False),
        ("1 0 0 setrgbcolors", False),
        ("1 0 0 setrgbcolor%red", True),
        ("8 8 8 [8 0 0 8 0 0] {x} false 3 colorimage", True),
        ("/DeviceRGB setcolorspace", True),
        ("[/Separation /Red /DeviceCMYK {}] setcolorspace", True),
        ("/DeviceGray setcolorspace", False),
        ("1 0 0 rg", True),
        ("0.2 0.2 0.2 rg", False),
        ("%%PageProcessColors: Black", False),
        ("%%PageProcessColors: Cyan Black", True),
        ("%%PageProcessColors: (atend)", False),
    ],
)
def test_color(page: str, colored: bool) -> None:
    found = facts(dsc("0 setgray", page, setup="/rg {setrgbcolor} bind def\n1 0 0 setrgbcolor"))
    assert found.color_pages == ((2,) if colored else ())


def test_a_document_that_says_it_is_black_is_black() -> None:
    assert facts(dsc("1 0 0 setrgbcolor", header="%%DocumentProcessColors: Black")).color_pages == ()


def test_color_of_a_program_without_comments_belongs_to_the_page_it_shows() -> None:
    assert facts("%!PS\nshowpage\n1 0 0 setrgbcolor\nshowpage\nshowpage").color_pages == (2,)


def test_lines_end_in_any_way_and_are_never_endless() -> None:
    assert [line.strip() for line in lines([b"a\r", b"\nb\rc", b"c\n", b"d"])] == [b"a", b"", b"b", b"cc", b"d"]
    longest = max(len(line) for line in lines([b"x" * 50_000] * 100))
    assert longest <= 150_000
