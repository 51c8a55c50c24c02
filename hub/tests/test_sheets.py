"""The sheet of documents that name none is A4; what names one keeps it, and nothing else of it is changed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tympan_hub.converters._sheets import docx_on_a4, html_on_a4, rtf_on_a4, svg_on_a4

SIZE = b'<w:pgSz w:w="11906" w:h="16838"/>'
UTF16 = "<svg/>".encode("utf-16")


def test_a_drawing_has_its_sheet_behind_its_xml_declaration_and_before_its_root() -> None:
    for before in (b'<?xml version="1.0"?>', b"\xef\xbb\xbf", b"", b'\xef\xbb\xbf<?xml version="1.0"?>'):
        made = svg_on_a4(before + b"<!-- <svg> --><svg/>")
        assert made.startswith(before + b"<?xml-stylesheet ") and b"size:A4" in made
        assert made.endswith(b"?><!-- <svg> --><svg/>")


def test_what_names_its_sheet_keeps_it() -> None:
    for content in (b"<svg><style>@page{size:A5}</style></svg>", UTF16):
        assert (svg_on_a4(content), html_on_a4(content)) == (content, content)
    for content in (rb"{\rtf1\paperw8391\paperh11906 x}", b"no such text"):
        assert rtf_on_a4(content) == content


def test_a_text_has_the_size_of_its_paper_first() -> None:
    assert rtf_on_a4(rb"{\rtf1\ansi x}") == rb"{\rtf1\paperw11906\paperh16838\ansi x}"


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
    found = docx_on_a4(source, into)
    assert (found == source) == (made is None)
    with zipfile.ZipFile(found) as package:
        assert package.read("[Content_Types].xml") == b"<Types/>"
        assert package.read("word/document.xml") == b"<w:body>" + (body if made is None else made) + b"</w:body>"
