"""What a document is, by its bytes: names and media types only tell kinds of text apart."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_hub.domain.sniffing import Kind, kind_of


def compound(*streams: str) -> bytes:
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", head, 30, 9)
    struct.pack_into("<I", head, 48, 0)
    names = b"".join(f"{name}\0".encode("utf-16-le").ljust(128, b"\0") for name in streams)
    return bytes(head) + names


def told(content: bytes, declared: str = "", name: str = "") -> Kind | None:
    return kind_of(io.BytesIO(content), declared, name)


KNOWN = {
    Kind.PDF: b"\n%PDF-1.7",
    Kind.JPEG: b"\xff\xd8\xff\xe0",
    Kind.HEIC: b"\0\0\0\x18ftypheic",
    Kind.AVIF: b"\0\0\0\x18ftypavif",
    Kind.WEBP: b"RIFF\0\0\0\0WEBP",
    Kind.SVG: b'<?xml version="1.0"?><svg/>',
    Kind.HTML: b"\xef\xbb\xbf  <!DOCTYPE html>",
    Kind.RTF: b"{\\rtf1 x}",
    Kind.DOC: compound("WordDocument"),
    Kind.XLS: compound("Workbook"),
    Kind.PPT: compound("PowerPoint Document"),
    Kind.LOCKED: compound("EncryptionInfo", "EncryptedPackage"),
    Kind.TEXT: b"hello",
}


@pytest.mark.parametrize("kind", KNOWN)
def test_a_kind_is_told_whatever_it_is_called(kind: Kind) -> None:
    for declared, name in (("", ""), ("application/pdf", "a.pdf"), ("image/png", "a.png")):
        assert told(KNOWN[kind], declared, name) is kind


@pytest.mark.parametrize(
    ("declared", "name", "kind"),
    [
        ("text/markdown; charset=utf-8", "", Kind.MARKDOWN),
        ("text/plain", "NOTES.MD", Kind.MARKDOWN),
        ("application/octet-stream", "table.csv", Kind.CSV),
        ("text/html", "", Kind.HTML),
        ("image/png", "photo.png", Kind.TEXT),
    ],
)
def test_kinds_of_text_are_told_by_their_names(declared: str, name: str, kind: Kind) -> None:
    assert told(b"a | b\n", declared, name) is kind


@pytest.mark.parametrize("content", [b"", b"  \n", b"\x7fELF\0\0", b"PK\x03\x04" + b"x" * 99, compound("Else")])
def test_what_is_unknown_is_no_kind(content: bytes) -> None:
    assert told(content, "application/pdf", "a.pdf") is None


@given(st.binary(max_size=600), st.sampled_from([b"", *KNOWN.values(), b"PK\x03\x04"]), st.text(), st.text())
def test_anything_at_all_is_some_kind_or_none(content: bytes, before: bytes, declared: str, name: str) -> None:
    assert told(before + content, declared, name) in {None, *Kind}


@pytest.mark.parametrize("kind", [Kind.DOC, Kind.WEBP, Kind.HEIC])
def test_attack_one_that_ends_anywhere_in_its_head_breaks_nothing(kind: Kind) -> None:
    for end in range(len(KNOWN[kind])):
        told(KNOWN[kind][:end])
