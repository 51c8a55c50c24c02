"""PDF: colour in every guise, sides, sizes, bounds, and the page tree of what does not open."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator

import pytest

from tympan_document_stats import _pdf
from tympan_document_stats._model import Bounds, Facts, Order
from tympan_document_stats._pdf_gray import GrayProof
from tympan_document_stats._pdf_scan import scan
from tympan_document_stats._source import Source
from tympan_document_stats._worker import read
from tympan_wire.sealed import Sealer, new_key

from .stats_documents import pdf, stream

HELVETICA = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
TILE = "/Type/Pattern/PatternType 1/PaintType {}/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<<>>"
BLEND = "<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 300 300]/Extend[true true]/Function{}>>".format(
    "<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>"
)
TYPE3 = (
    "<</Type/Font/Subtype/Type3/BaseFont/Helvetica/FontBBox[0 0 1000 1000]/FontMatrix[0.001 0 0 0.001 0 0]"
    "/FirstChar 97/LastChar 97/Widths[1000]/Encoding<</Type/Encoding/Differences[97/a]>>/CharProcs<</a 5 0 R>>"
    "/Resources<<>>>>"
)
FIELD = stream("1 0 0 rg 0 0 50 50 re f", "/Type/XObject/Subtype/Form/BBox[0 0 50 50]")
STAMP = "<</Type/Annot/Subtype/Stamp/Rect[100 100 150 150]/F 4/AP<</N 4 0 R>>>>"
TEXT = "BT /F1 20 Tf 50 500 Td (aaa) Tj ET"

COLORED = {
    "a path": pdf("1 0 0 rg 100 100 50 50 re f"),
    "a small square": pdf("0 0 1 rg 100 100 5 5 re f"),
    "a line": pdf("0 1 0 RG 3 w 100 100 m 300 300 l S"),
    "CMYK": pdf("1 0 0 0 k 100 100 50 50 re f"),
    "text": pdf("1 0 0 rg " + TEXT, "/Font<</F1 4 0 R>>", HELVETICA),
    "a pattern": pdf(
        "/Pattern cs /P1 scn 99 99 99 99 re f",
        "/Pattern<</P1 4 0 R>>",
        stream("1 0 0 rg 0 0 5 5 re f", TILE.format(1)),
    ),
    "a pattern in black strokes": pdf(
        "0 g /Pattern CS /P1 SCN 20 w 100 100 m 300 300 l S",
        "/Pattern<</P1 4 0 R>>",
        stream("1 0 0 rg 0 0 5 5 re f", TILE.format(1)),
    ),
    "a shading": pdf("/S1 sh", f"/Shading<</S1 {BLEND}>>"),
    "a shading as pattern": pdf(
        "/Pattern cs /P1 scn 9 9 300 300 re f",
        "/Pattern<</P1 4 0 R>>",
        f"<</Type/Pattern/PatternType 2/Shading {BLEND}>>",
    ),
    "a font that draws in red": pdf(TEXT, "/Font<</F1 4 0 R>>", TYPE3, stream("1000 0 d0 1 0 0 rg 0 0 750 750 re f")),
    "a form": pdf("/X1 Do", "/XObject<</X1 4 0 R>>", FIELD),
    "a stamp": pdf("", "", FIELD, page=f"/Annots[{STAMP}]"),
    "an image": pdf(
        "100 0 0 100 50 50 cm /I Do",
        "/XObject<</I 4 0 R>>",
        stream("\x7f\x10\x10", "/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceRGB"),
    ),
}
GRAY = {
    "nothing": pdf(),
    "black text": pdf(TEXT, "/Font<</F1 4 0 R>>", HELVETICA),
    "gray paths": pdf("0.4 g 9 9 99 99 re f 0.7 0.7 0.7 RG 9 9 m 99 99 l S"),
    "CMYK black": pdf("0 0 0 1 k 100 100 50 50 re f"),
    "white": pdf("1 g 100 100 50 50 re f"),
    "colour off the page": pdf("1 0 0 rg 900 900 50 50 re f"),
    "colour under white": pdf("1 0 0 rg 90 90 50 50 re f 1 g 50 50 200 200 re f"),
    "a gray image": pdf(
        "100 0 0 100 50 50 cm /I Do",
        "/XObject<</I 4 0 R>>",
        stream("\x10\x7f\x40", "/Type/XObject/Subtype/Image/Width 3/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray"),
    ),
    "more objects than are looked at": pdf("0 g 9 9 1 1 re f\n" * 900),
}


def facts(content: bytes, bounds: Bounds | None = None) -> Facts:
    key, document = new_key(), uuid.uuid4()
    sealer = Sealer(key, document)
    sealed = sealer.header() + sealer.update(content) + sealer.finish()
    order = Order(document=document, inline_bytes=len(sealed), bounds=bounds or Bounds())
    *_, last = read(order, key, sealed)
    return last


@pytest.mark.parametrize("name", COLORED)
def test_colored(name: str) -> None:
    assert facts(COLORED[name]).color_pages == (1,)


@pytest.mark.parametrize("name", GRAY)
def test_gray(name: str) -> None:
    assert facts(GRAY[name]).color_pages == ()


def test_a_gray_proof_is_never_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GrayProof, "holds", lambda self, page: False)
    assert [facts(content).color_pages for content in (*COLORED.values(), *GRAY.values())] == [
        *[(1,)] * len(COLORED),
        *[()] * len(GRAY),
    ]


def test_plain_pages_are_proved_and_not_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pdf, "_shown", lambda bitmap: pytest.fail("a page was rendered"))
    assert facts(GRAY["black text"]).color_pages == ()
    assert facts(GRAY["gray paths"]).color_pages == ()


@pytest.mark.parametrize(
    ("entry", "sides"),
    [
        ("/Simplex", "one-sided"),
        ("/DuplexFlipLongEdge", "two-sided-long-edge"),
        ("/DuplexFlipShortEdge", "two-sided-short-edge"),
        ("/None", None),
    ],
)
def test_viewer_preferences_advise_sides(entry: str, sides: str | None) -> None:
    found = facts(pdf(catalog=f"/ViewerPreferences<</Duplex{entry}>>"))
    assert (found.duplex, found.binding) == (sides, False)


def test_sizes_follow_the_crop_and_keep_their_order() -> None:
    assert facts(pdf(page="/CropBox[0 0 420 595]")).sizes == ("iso_a5_148x210mm",)
    assert facts(pdf(page="/MediaBox[0 0 792 612]/Rotate 90")).sizes == ("na_letter_8.5x11in",)


@pytest.mark.parametrize(
    "box", ["[0 0 14400000 2]", "[0 0 2 9999999]", "[0 0 99999 99999]", "[0 0 0 0]", "[5 5 -5 -5]"]
)
def test_monstrous_pages_are_searched_small(box: str) -> None:
    found = facts(pdf("1 0 0 rg 0 0 99999999 99999999 re f", page=f"/MediaBox{box}"))
    assert found.pages == 1
    assert found.color_pages is not None or found.problem


def test_past_its_bounds_colour_is_unknown_and_that_is_said() -> None:
    many = facts(pdf("1 0 0 rg 9 9 99 99 re f", pages=3), Bounds(color_pages_max=2))
    assert (many.pages, many.color_pages) == (3, None)
    assert many.problem == "partly read: colour is searched for in PDFs of up to 2 pages"
    long = facts(pdf("1 0 0 rg 9 9 99 99 re f", pages=3), Bounds(color_s=0.0))
    assert (long.pages, long.color_pages) == (3, None)
    assert long.problem.startswith("partly read: the search for colour took longer")


def test_a_missing_page_makes_the_document_unreadable() -> None:
    found = facts(pdf(pages=3).replace(b"6 0 obj", b"9 0 obj"))
    assert found.pages is None
    assert found.problem.startswith("unreadable: ")


def test_a_large_document_is_read_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_document_stats._source.HELD_BYTES", 10)
    held: list[object] = []
    hold = Source.hold

    def watched(self: Source) -> bytes | None:
        found = hold(self)
        held.append(found)
        return found

    monkeypatch.setattr(Source, "hold", watched)
    found = facts(pdf("1 0 0 rg 9 9 99 99 re f", pages=200))
    assert (held, found.pages, found.color_pages) == ([None], 200, tuple(range(1, 201)))


class Plain(Source):
    """Bytes in place of a sealed document."""

    def __init__(self, content: bytes) -> None:
        self.content, self.size_bytes = content, len(content)

    def pieces(self) -> Iterator[bytes]:
        source = io.BytesIO(self.content)
        while piece := source.read(64):
            yield piece

    def head(self, count: int) -> bytes:
        return self.content[:count]


LOCKED = pdf(pages=3)


@pytest.mark.parametrize(
    ("content", "pages", "sizes"),
    [
        (LOCKED, 3, ("iso_a4_210x297mm",)),
        (LOCKED.replace(b"5 0 obj", b"9 0 obj"), None, ("iso_a4_210x297mm",)),
        (
            LOCKED + b"\n2 0 obj<</Type/Pages/Kids[4 0 R]/Count 1/MediaBox[0 0 612 792]>>endobj",
            1,
            ("na_letter_8.5x11in",),
        ),
        (LOCKED.replace(b"[4 0 R", b"[2 0 R"), None, ("iso_a4_210x297mm",)),
        (LOCKED.replace(b"[4 0 R", b"[2 0 R 2 0 R 4 0 R"), None, ("iso_a4_210x297mm",)),
        (b"%PDF-1.5\n1 0 obj<</Linearized 1/L 0000000072/N 7/O 5>>endobj\nhidden.....", 7, ()),
        (b"%PDF-1.5\n1 0 obj<</Linearized 1/L 0000000099/N 7/O 5>>endobj\nhidden.....", None, ()),
        (b"%PDF-1.5\nnothing", None, ()),
    ],
)
def test_the_tree_of_a_locked_document(content: bytes, pages: int | None, sizes: tuple[str, ...]) -> None:
    found = scan(Plain(content), locked=True)
    assert (found.pages, found.sizes, found.color_pages) == (pages, sizes, None)


def test_a_damaged_document_gives_sizes_and_never_a_count() -> None:
    found = scan(Plain(LOCKED), locked=False)
    assert (found.pages, found.sizes, found.problem) == (None, ("iso_a4_210x297mm",), "unreadable: the PDF is damaged")


def test_a_deep_or_endless_tree_ends() -> None:
    chain = b"".join(b"%d 0 obj<</Type/Pages/Kids[%d 0 R]>>endobj\n" % (n, n + 1) for n in range(2, 900))
    found = scan(Plain(b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" + chain), locked=True)
    assert found.pages is None
