"""Walking one 600 dpi A4 page of PWG raster, beside a bare read of the same file.

The pages are a dense page of antialiased text, and text around a photograph: what an office prints. They are rendered
by PDFium and Pillow here, written by `PwgWriter`, and walked as a reader of the file would get them, in 64 KiB pieces.
"""

import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from tympan_wire.raster import ColorSpace, PageHeader, PwgWriter, RasterWalker

TARGET_MS = 100.0
ROUNDS = 7
DPI = 600
PIECE_BYTES = 65536
_TEXT = "a printer keeps nothing of what it was sent once the person who asked for it has walked away with the page"


def text_pdf() -> bytes:
    """A page of fifty lines of Times at 10.5 points."""
    pick = random.Random(1)
    lines = (" ".join(pick.choice(_TEXT.split()) for _ in range(20))[:92] for _ in range(50))
    shown = "".join(f"1 0 0 1 56 {780 - 14.5 * n:.1f} Tm ({line}) Tj\n" for n, line in enumerate(lines))
    stream = f"BT /F1 10.5 Tf {shown} ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
    )
    body = "".join(f"{n} 0 obj\n{text}\nendobj\n" for n, text in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer<</Size 6/Root 1 0 R>>\n%%EOF".encode()


def photograph(width: int, height: int) -> Image.Image:
    """Gradients with a sensor's noise, so that no two neighbours are equal."""
    pixels = Image.linear_gradient("L").resize((width, height))
    noise = [Image.effect_noise((width, height), 24) for _ in range(3)]
    return Image.merge("RGB", [Image.blend(pixels, channel, 0.4) for channel in noise])


def pages() -> Iterator[tuple[str, Image.Image]]:
    """Name and picture of each page."""
    document = pypdfium2.PdfDocument(text_pdf())
    text = document[0].render(scale=DPI / 72, rev_byteorder=True).to_pil().convert("RGB")
    document.close()
    mixed = text.copy()
    mixed.paste(photograph(3000, 2250), (900, 2500))
    yield "text, sRGB", text
    yield "text, gray", text.convert("L")
    yield "text and photograph, sRGB", mixed
    yield "text and gray photograph, sRGB", mixed.convert("L").convert("RGB")
    yield "text and photograph, gray", mixed.convert("L")


def encode(image: Image.Image) -> bytes:
    """The picture as a PWG raster document of one page."""
    colors = len(image.getbands())
    header = PageHeader(
        width_px=image.width,
        height_px=image.height,
        x_dpi=DPI,
        y_dpi=DPI,
        color_space=ColorSpace.SRGB if colors == 3 else ColorSpace.SGRAY,
        bits_per_pixel=8 * colors,
        num_colors=colors,
    )
    raw, size = image.tobytes(), header.bytes_per_line
    return b"".join(PwgWriter().page(header, (raw[at : at + size] for at in range(0, len(raw), size))))


def read_ms(path: Path) -> float:
    """A bare read, in the same pieces."""
    start = time.perf_counter()
    with path.open("rb") as file:
        while file.read(PIECE_BYTES):
            pass
    return (time.perf_counter() - start) * 1000


def walk_ms(path: Path) -> float:
    """Read and walk."""
    start = time.perf_counter()
    walker = RasterWalker()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            walker.feed(piece)
    walker.finish()
    if walker.page_count != 1:
        raise RuntimeError(f"the file has one page, not {walker.page_count}")
    return (time.perf_counter() - start) * 1000


def run() -> list[dict[str, Any]]:
    """The rows of this benchmark: medians of interleaved rounds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.pwg"
        return [_row(name, path, encode(image)) for name, image in pages()]


def _row(name: str, path: Path, data: bytes) -> dict[str, Any]:
    path.write_bytes(data)
    rounds = [(walk_ms(path), read_ms(path)) for _ in range(ROUNDS)]
    ours, peer = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {
        "figure": f"600 dpi A4 PWG page walked: {name} ({len(data) / 1e6:.1f} MB)",
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "unit": "ms",
        "ratio": round(ours / peer, 1),
        "target": f"<= {TARGET_MS:.0f} ms",
        "met": ours <= TARGET_MS,
    }


if __name__ == "__main__":
    for row in run():
        print(json.dumps(row))
