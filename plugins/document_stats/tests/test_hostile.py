"""Foreign bytes: cut, flipped, swollen. Whatever comes, an answer comes, in time and in bounded memory."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import psutil
import pytest
import trio

from tympan.plugin import Statistics
from tympan.testing import FakeDocument
from tympan_document_stats._inspector import DocumentInspector
from tympan_document_stats._limits import DOCUMENT_PAGES

from .stats_documents import jpeg, mutations, pdf, stream

pytestmark = pytest.mark.anyio
DOCUMENTS = Path(__file__).parents[3] / "tests" / "documents"
SAMPLES = sorted(path.name for path in DOCUMENTS.iterdir() if path.name not in ("truth.json", "26-empty.bin"))
MUTATIONS = 15 * int(os.environ.get("TYMPAN_FUZZ_FACTOR", "1"))
ANSWER_S = 60.0
MIB = 1 << 20


async def answer(
    inspector: DocumentInspector, content: bytes, declared: str = "application/octet-stream"
) -> Statistics:
    with trio.fail_after(ANSWER_S):
        found = await inspector.inspect(FakeDocument(content=content, media_type=declared), b"")
    assert found.readable or found.problem.startswith("unreadable: ")
    assert found.color_pages is not None or found.problem
    return found


@pytest.mark.parametrize("name", SAMPLES)
async def test_mutations_of_the_samples_are_answered(kept: DocumentInspector, name: str) -> None:
    content = (DOCUMENTS / name).read_bytes()
    for changed in mutations(content, MUTATIONS, seed=SAMPLES.index(name)):
        await answer(kept, changed)
    assert (await answer(kept, content)).format != "application/octet-stream"


@pytest.mark.parametrize("name", ["13-srgb8-a4-150dpi-duplex.pwg", "15-srgb24-a4-150dpi.urf", "16-color-1200x900.jpg"])
async def test_a_cut_raster_or_picture_is_unreadable(kept: DocumentInspector, name: str) -> None:
    content = (DOCUMENTS / name).read_bytes()
    for cut in (len(content) // 3, len(content) - 100):
        found = await answer(kept, content[:cut])
        assert found.pages is None and found.color_pages is None


def huge_jpeg() -> bytes:
    """A picture that claims 65,000 by 65,000 pixels."""
    content = bytearray(jpeg((9, 99, 200), progressive=True))
    at = content.index(b"\xff\xc2") + 5
    content[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    return bytes(content)


def bomb() -> str:
    """A stream of 200 MB of operators in 200 KB."""
    packed = zlib.compress(b"0 0 1 1 re f\n" * 15_000_000, 9).decode("latin-1")
    return stream(packed, "/Filter/FlateDecode")


SNAKE = stream("/X Do", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>")
HOSTILE = {
    "huge picture": huge_jpeg(),
    "picture of segments": b"\xff\xd8" + b"\xff\xe1\x00\x02" * 500_000,
    "PostScript in one line": b"%!PS-Adobe-3.0\n" + b"1 0 0 " * 1_000_000,
    "PostScript of digits": b"%!PS\n" + b"1" * 5_000_000 + b" setrgbcolor",
    "PostScript of slashes": b"%!PS\n" + b"/a{" * 1_000_000,
    "PostScript of pages": b"%!PS-Adobe-3.0\n" + b"%%Page: 1 1\n" * 500_000,
    "PostScript of NULs": b"%!PS\n" + bytes(5_000_000),
    "PostScript of definitions": b"%!PS\n" + b"".join(b"/a%d{setrgbcolor}\n" % n for n in range(50_000)) + b"showpage",
    "text of NULs": bytes(MIB),
    "text without an end of line": b"x" * (50 * MIB),
    "text of form feeds": b"\f" * (50 * MIB),
    "text of ends of lines": b"\n" * (50 * MIB),
    "text of tabs": b"\t" * (2 * MIB),
    "PDF of headers": b"%PDF-1.4\n" * 200_000,
    "PDF of objects": b"%PDF-1.4\n" + b"1 0 obj" * 500_000,
    "PDF of brackets": b"%PDF-1.4\n1 0 obj" + b"[" * 3_000_000 + b"endobj",
    "PDF of dictionaries": pdf("", "", "<<" * 200_000 + ">>" * 200_000),
    "PDF that counts wrong": pdf().replace(b"/Count 1", b"/Count 2000000000"),
    "PDF that bites its tail": pdf().replace(b"/Kids[4 0 R]", b"/Kids[2 0 R]"),
    "PDF that draws itself": pdf(
        "/X Do",
        "/XObject<</X 4 0 R>>",
        SNAKE,
    ),
    "raster without extent": b"RaS2" + bytes(1796),
    "URF of noughts": b"UNIRAST\0" + bytes(100_000),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_documents_are_answered(kept: DocumentInspector, name: str) -> None:
    found = await answer(kept, HOSTILE[name])
    assert found.pages is None or found.pages <= DOCUMENT_PAGES
    if kept.worker_pid is not None:
        assert psutil.Process(kept.worker_pid).memory_info().rss < 700 * MIB


async def test_too_many_pages_of_text_are_said(kept: DocumentInspector) -> None:
    found = await answer(kept, HOSTILE["text of form feeds"])
    assert found.problem == f"unreadable: it has more than {DOCUMENT_PAGES} pages"


async def test_a_huge_picture_is_not_decoded(kept: DocumentInspector) -> None:
    found = await answer(kept, HOSTILE["huge picture"])
    assert (found.pages, found.problem) == (1, "partly read: the picture is too large to tell its colours")


async def test_a_bomb_in_a_page_costs_its_colour_and_not_the_count(kept: DocumentInspector) -> None:
    found = await answer(kept, pdf().replace(stream("").encode(), bomb().encode("latin-1")))
    assert found.pages == 1
