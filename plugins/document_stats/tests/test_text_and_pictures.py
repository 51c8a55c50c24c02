"""Plain text and JPEG."""

from __future__ import annotations

import pytest

from tympan.testing import FakeDocument
from tympan_document_stats._inspector import DocumentInspector
from tympan_document_stats._text import TextPages

from .stats_documents import jpeg

LINE = "x\n"


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("x", 1),
        ("\n", 1),
        (LINE * 60, 1),
        (LINE * 61, 2),
        (LINE * 60 + "\f", 1),
        (LINE * 60 + "\f" + LINE, 2),
        (LINE * 120, 2),
        (LINE * 120 + "\f" + LINE * 61, 4),
        ("\f", 1),
        ("\fx", 2),
        ("a\fb\fc", 3),
        ("a\fb\fc\f", 3),
        ("a\f\fb", 3),
        ("x" * 80 * 60, 1),
        ("x" * 80 * 60 + "y", 2),
        ("x\r\n" * 60, 1),
        ("x" * 80 + "\r\n", 1),
        ("\t" * 11 + "\n", 1),
        (("\t" * 10 + "\n") * 61, 2),
        (("\t" * 11 + "\n") * 31, 2),
    ],
)
def test_pages_of_text(text: str, pages: int) -> None:
    whole, split = TextPages(), TextPages()
    whole.feed(text)
    for at in range(0, len(text), 7):
        split.feed(text[at : at + 7])
    assert whole.finish() == pages
    if "\t" not in text:  # a tab's width is told within its piece
        assert split.finish() == pages


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("content", "pages"),
    [
        ("Grüße\f印刷".encode(), 2),
        ("Grüße\fzwei".encode("latin-1"), 2),
        ("Grüße\f印刷".encode("utf-16"), 2),
        (b"\xef\xbb\xbfx", 1),
        (b"plain" * 2000 + b"\xff tail", 3),
        (b"x" * 9000 + b"\0binary", None),
        (b"\x01\x02\x03", None),
    ],
)
async def test_charsets(kept: DocumentInspector, content: bytes, pages: int | None) -> None:
    assert (await kept.inspect(FakeDocument(content=content, media_type="text/plain"), b"")).pages == pages


@pytest.mark.anyio
async def test_a_text_about_pdf_is_a_text(inspector: DocumentInspector) -> None:
    document = FakeDocument(content=b"see:\n%PDF-1.4 is how it begins\n", media_type="text/plain")
    assert (await inspector.inspect(document, b"")).format == "text/plain"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("content", "colored"),
    [
        (jpeg((200, 30, 30)), (1,)),
        (jpeg((128, 128, 128)), ()),
        (jpeg(128, "L"), ()),
        (jpeg((200, 30, 30), progressive=True), (1,)),
        (jpeg((0, 200, 0, 0), "CMYK"), (1,)),
        (jpeg((128, 131, 128)), ()),
        (jpeg((200, 30, 30), size=(1, 1)), (1,)),
    ],
)
async def test_color_of_pictures(kept: DocumentInspector, content: bytes, colored: tuple[int, ...]) -> None:
    found = await kept.inspect(FakeDocument(content=content, media_type="image/jpeg"), b"")
    assert (found.pages, found.color_pages, found.sizes, found.problem) == (1, colored, (), "")


@pytest.mark.anyio
async def test_a_cut_picture_is_unreadable(inspector: DocumentInspector) -> None:
    content = jpeg((200, 30, 30))
    found = await inspector.inspect(FakeDocument(content=content[: len(content) // 2]), b"")
    assert (found.format, found.pages, found.color_pages) == ("image/jpeg", None, None)
    assert found.problem == "unreadable: the picture ends early"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("image/png", "image/png"),
        ("application/pdf", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
    ],
)
async def test_what_nobody_reads_keeps_the_name_it_may_have(
    inspector: DocumentInspector, declared: str, told: str
) -> None:
    found = await inspector.inspect(FakeDocument(content=b"\x89PNG\r\n\x1a\n\0\0", media_type=declared), b"")
    assert (found.format, found.pages, found.problem) == (told, None, "unreadable: nothing here reads this format")
