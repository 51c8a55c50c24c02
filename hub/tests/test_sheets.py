"""The sheet of documents that name none: A4 or Letter, as wanted; what names one keeps it, and nothing else changes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tympan_hub.converters._sheets import docx_on, html_on, rtf_on, svg_on, wanted_sheet
from tympan_hub.domain.sheets import SHEET_VARIABLE, Sheet, sheet_among, sheet_of

SIZE = b'<w:pgSz w:w="11906" w:h="16838"/>'
UTF16 = "<svg/>".encode("utf-16")


def test_a_drawing_has_its_sheet_behind_its_xml_declaration_and_before_its_root() -> None:
    for before in (b'<?xml version="1.0"?>', b"\xef\xbb\xbf", b"", b'\xef\xbb\xbf<?xml version="1.0"?>'):
        made = svg_on(before + b"<!-- <svg> --><svg/>", Sheet.A4)
        assert made.startswith(before + b"<?xml-stylesheet ") and b"size:A4" in made
        assert made.endswith(b"?><!-- <svg> --><svg/>")


def test_what_names_its_sheet_keeps_it() -> None:
    for content in (b"<svg><style>@page{size:A5}</style></svg>", UTF16):
        assert (svg_on(content, Sheet.A4), html_on(content, Sheet.A4)) == (content, content)
    for content in (rb"{\rtf1\paperw8391\paperh11906 x}", b"no such text"):
        assert rtf_on(content, Sheet.A4) == content


def test_a_text_has_the_size_of_its_paper_first() -> None:
    assert rtf_on(rb"{\rtf1\ansi x}", Sheet.A4) == rb"{\rtf1\paperw11906\paperh16838\ansi x}"


@pytest.mark.parametrize(
    ("body", "made"),
    [
        (b"x", b"x<w:sectPr>" + SIZE + b"</w:sectPr>"),
        (b"x<w:sectPr w:a='1'/>", b"x<w:sectPr w:a='1'>" + SIZE + b"</w:sectPr>"),
        (b"<w:sectPr><w:cols/></w:sectPr>", b"<w:sectPr><w:cols/>" + SIZE + b"</w:sectPr>"),
        (b'<w:sectPr><w:pgSz w:w="1"/></w:sectPr>', None),
    ],
)
def test_each_section_of_a_letter_has_a_size(tmp_path: Path, body: bytes, made: bytes | None) -> None:
    source, into = tmp_path / "letter.docx", tmp_path / "made"
    into.mkdir()
    with zipfile.ZipFile(source, "w") as package:
        package.writestr("[Content_Types].xml", b"<Types/>")
        package.writestr("word/document.xml", b"<w:body>" + body + b"</w:body>")
    found = docx_on(source, into, Sheet.A4)
    assert (found == source) == (made is None)
    with zipfile.ZipFile(found) as package:
        assert package.read("[Content_Types].xml") == b"<Types/>"
        assert package.read("word/document.xml") == b"<w:body>" + (body if made is None else made) + b"</w:body>"


def test_each_kind_is_set_on_letter_where_that_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"@page{size:letter}" in svg_on(b"<svg/>", Sheet.LETTER)
    assert html_on(b"<p>", Sheet.LETTER) == b"<p><style>@page{size:letter}</style>"
    assert rtf_on(rb"{\rtf1 x}", Sheet.LETTER) == rb"{\rtf1\paperw12240\paperh15840 x}"
    with zipfile.ZipFile(tmp_path / "letter.docx", "w") as package:
        package.writestr("word/document.xml", b"<w:body></w:body>")
    (tmp_path / "made").mkdir()
    with zipfile.ZipFile(docx_on(tmp_path / "letter.docx", tmp_path / "made", Sheet.LETTER)) as package:
        assert b'<w:pgSz w:w="12240" w:h="15840"/>' in package.read("word/document.xml")
    for said, sheet in (("letter", Sheet.LETTER), ("a4", Sheet.A4), ("a5", Sheet.A4), ("", Sheet.A4)):
        monkeypatch.setenv(SHEET_VARIABLE, said)
        assert wanted_sheet() is sheet


@pytest.mark.parametrize(
    ("size", "view"),
    [
        (b'width="2000" height="1000"', b"0 0 2000 1000"),
        (b"height = '10mm'\n width='1in'", b"0 0 96 37.7953"),
        (b'width="72pt" height="6pc" x="a>b"', b"0 0 96 96"),
        (b'width="100%" height="50"', None),
        (b'width="2000"', None),
        (b'data-width="9" height="9"', None),
        (b'width="0" height="9"', None),
        (b'width="9" height="9" viewBox="0 0 1 1"', None),
    ],
)
def test_a_drawing_that_says_its_size_and_not_what_it_shows_shows_all_of_it(size: bytes, view: bytes | None) -> None:
    for before in (b"", b"<!-- <svg a='1'> --><!DOCTYPE svg [<!ENTITY a \"<svg>\">]>\n", b"<?xml version='1.0'?>"):
        for end in (b"/>", b"></svg>"):
            made = svg_on(before + b"<svg " + size + end, Sheet.A4)
            told = b' viewBox="' + view + b'"' if view else b""
            assert made.endswith(b"<svg " + size + told + end)


def test_the_sheet_is_that_of_the_paper_asked_for_else_of_what_the_printer_holds() -> None:
    assert [sheet_of(one) for one in ("na_letter_8.5x11in", "na_legal_8.5x14in", "iso_a4_210x297mm", "")] == [
        Sheet.LETTER,
        Sheet.LETTER,
        Sheet.A4,
        Sheet.A4,
    ]
    for media, sheet in (
        ((), Sheet.A4),
        (("na_letter_8.5x11in", "na_legal_8.5x14in"), Sheet.LETTER),
        (("na_letter_8.5x11in", "iso_a4_210x297mm"), Sheet.A4),
        (("iso_a6_105x148mm",), Sheet.A4),
    ):
        assert sheet_among(media) is sheet
