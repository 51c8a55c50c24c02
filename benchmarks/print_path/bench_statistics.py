"""Statistics of documents: a PDF of 1,000 pages beside bare PDFium, a 600 dpi A4 PWG page beside a bare read.

The worker's own code reads a sealed file; the peer reads the same bytes from a plain file in the same process. Rounds
alternate; medians are told. What agent and worker say to each other comes on top, once per document.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pypdfium2
from bench_raster import encode, pages

from tympan_document_stats._model import Bounds, Facts, Order
from tympan_document_stats._pdf import layout
from tympan_document_stats._source import Source
from tympan_document_stats._worker import read
from tympan_wire.sealed import Sealer, new_key

PAGES: Final = 1000
ROUNDS: Final = 7
PICKED: Final = ("text, sRGB", "text and photograph, sRGB", "text and gray photograph, sRGB")
PDF_TARGET: Final = 1.5
PAGE_TARGET_MS: Final = 100.0
PIECE_BYTES: Final = 65536


def office_pdf(pages: int = PAGES) -> bytes:
    """Pages of forty lines of text; every tenth has a coloured box."""
    body, offsets = bytearray(b"%PDF-1.4\n"), [0]

    def add(text: bytes) -> None:
        offsets.append(len(body))
        body.extend(b"%d 0 obj\n" % (len(offsets) - 1) + text + b"\nendobj\n")

    kids = b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(pages))
    add(b"<</Type/Catalog/Pages 2 0 R>>")
    add(b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids))
    add(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    pick = random.Random(1)
    for index in range(pages):
        add(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (5 + 2 * index)
        )
        words = (
            " ".join(pick.choice(("page", "printer", "paper", "queue", "ink")) for _ in range(12)) for _ in range(40)
        )
        shown = "".join(f"1 0 0 1 56 {780 - 18 * row} Tm ({line}) Tj\n" for row, line in enumerate(words))
        box = "0.9 0.1 0.1 rg 400 60 100 40 re f\n" if index % 10 == 9 else ""
        stream = f"BT /F1 10 Tf {shown} ET {box}".encode()
        add(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    start = len(body)
    entries = b"".join(b"%010d 00000 n \n" % at for at in offsets[1:])
    body.extend(b"xref\n0 %d\n0000000000 65535 f \n" % len(offsets) + entries)
    body.extend(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(offsets), start))
    return bytes(body)


def raster_pages() -> Iterator[tuple[str, bytes]]:
    """600 dpi A4 pages of PWG raster as offices print them in colour."""
    for name, image in pages():
        if name in PICKED:
            yield name, encode(image)


class Sealed:
    """A document as it rests: sealed in a file, and plain beside it for the peer."""

    def __init__(self, folder: Path, name: str, plain: bytes, declared: str) -> None:
        self.plain = folder / name
        self.plain.write_bytes(plain)
        self.key, document = new_key(), uuid.uuid4()
        sealer = Sealer(self.key, document)
        path = folder / f"{name}.sealed"
        path.write_bytes(sealer.header() + sealer.update(plain) + sealer.finish())
        self.order = Order(
            document=document, path=str(path), declared=declared, bounds=Bounds(color_pages_max=PAGES, color_s=60.0)
        )

    def laid_out(self) -> Facts:
        """Pages and sizes by the worker's code."""
        source = Source(self.order, self.key, b"")
        document = pypdfium2.PdfDocument(source.hold() or source.stream)
        facts = layout(document)
        document.close()
        source.close()
        return facts

    def whole(self) -> Facts:
        """Everything by the worker's code."""
        *_, last = read(self.order, self.key, b"")
        return last

    def bare_pdfium(self) -> int:
        """Page count and sizes, nothing else."""
        document = pypdfium2.PdfDocument(self.plain)
        sizes = {document.get_page_size(index) for index in range(len(document))}
        document.close()
        return len(sizes)

    def bare_read(self) -> None:
        """The plain file, read."""
        with self.plain.open("rb") as file:
            while file.read(PIECE_BYTES):
                pass


def milliseconds(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float]:
    """Medians of alternating rounds, after one that warms up."""
    taken = [(_timed(ours), _timed(peer)) for _ in range(ROUNDS + 1)]
    return statistics.median(pair[0] for pair in taken[1:]), statistics.median(pair[1] for pair in taken[1:])


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _row(figure: str, times: tuple[float, float], target: str, met: bool | None) -> dict[str, Any]:
    ours, peer = times
    return {
        "figure": figure,
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "unit": "ms",
        "ratio": round(ours / peer, 2),
        "target": target,
        "met": met,
    }


def run() -> list[dict[str, Any]]:
    """The rows of this benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_pdf_rows(Path(folder)), *_page_rows(Path(folder))]


def _pdf_rows(folder: Path) -> Iterator[dict[str, Any]]:
    pdf = Sealed(folder, "office.pdf", office_pdf(), "application/pdf")
    facts, colored = pdf.whole(), tuple(range(10, PAGES + 1, 10))
    if (facts.pages, facts.color_pages) != (PAGES, colored):
        raise RuntimeError("the statistics are wrong, so their speed says nothing")
    times = milliseconds(pdf.laid_out, pdf.bare_pdfium)
    met = times[0] <= PDF_TARGET * times[1]
    yield _row(f"pages and sizes of a {PAGES}-page PDF, sealed", times, f"<= {PDF_TARGET}x", met)
    times = milliseconds(pdf.whole, pdf.bare_pdfium)
    yield _row(f"the same, and colour of its {PAGES} pages", times, "stated", None)


def _page_rows(folder: Path) -> Iterator[dict[str, Any]]:
    for name, data in raster_pages():
        page = Sealed(folder, "page.pwg", data, "image/pwg-raster")
        if page.whole().pages != 1:
            raise RuntimeError("the statistics are wrong, so their speed says nothing")
        times = milliseconds(page.whole, page.bare_read)
        figure = f"statistics of a 600 dpi A4 PWG page, sealed: {name} ({len(data) / 1e6:.1f} MB)"
        yield _row(figure, times, f"<= {PAGE_TARGET_MS:.0f} ms", times[0] <= PAGE_TARGET_MS)


if __name__ == "__main__":
    for row in run():
        print(json.dumps(row))
