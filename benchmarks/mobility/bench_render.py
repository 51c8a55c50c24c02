"""A hundred pages of PDF drawn for devices that take none, beside Ghostscript and the filter of cups-filters.

- Ours is the renderer as an agent runs it: processes begun anew, a sealed document, pages read through pipes.
- The peers are begun anew as well, read the plain file, and write to the same kind of place.
- cups-filters turn no PDF into URF without a PPD, so there their PWG raster stands beside it.
- All draw sRGB pixels of three bytes, at the same resolution; the rounds take turns and the best of each counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import trio

from figures import ratio_row, record_row
from tympan.testing import FakeDocument
from tympan_ipp_submission._format import RenderPlan
from tympan_ipp_submission._renderer import open_renderer
from tympan_wire.raster import RasterWalker

DOCUMENT: Final = Path(__file__).parents[2] / "tests" / "documents" / "02-a4-100p-10color.pdf"
PAGES: Final = 100
ROUNDS: Final = 2
FILTERS: Final = Path("/usr/lib/cups/filter")
FORMATS: Final = {"image/pwg-raster": ("PWG raster", "pwgraster"), "image/urf": ("URF", "urf")}
TARGET: Final = 1.0
"""At least as fast as cups-filters."""


def ours(media_type: str, dpi: int, out: Path) -> None:
    """The agent's renderer."""
    plan = RenderPlan(format=media_type, dpi=dpi, color=True)
    document = FakeDocument(content=DOCUMENT.read_bytes()).share()

    async def draw() -> None:
        with out.open("wb") as file:
            async with open_renderer(plan, document) as renderer:
                async for piece in renderer.stream():
                    file.write(piece)

    trio.run(draw)


def cups_filters(_: str, dpi: int, out: Path) -> None:
    """``pdftoraster``, as a CUPS queue runs it, to PWG raster; URF would have the same pixels in the same codes."""
    options = f"resolution={dpi}dpi cupsColorSpace=19 cupsBitsPerColor=8 ColorModel=Rgb"
    with out.open("wb") as file:
        subprocess.run(
            [str(FILTERS / "pdftoraster"), "1", "ada", "title", "1", options, str(DOCUMENT)],
            env={**os.environ, "CONTENT_TYPE": "application/pdf", "FINAL_CONTENT_TYPE": "image/pwg-raster"},
            stdout=file,
            stderr=subprocess.DEVNULL,
            check=True,
        )


def ghostscript(media_type: str, dpi: int, out: Path) -> None:
    """``gs`` with its own device for the format."""
    pixels = ("-dcupsColorSpace=19", "-dcupsBitsPerColor=8", f"-r{dpi}")
    quiet = ("-q", "-dNOPAUSE", "-dBATCH", "-dSAFER")
    subprocess.run(
        ["gs", *quiet, f"-sDEVICE={FORMATS[media_type][1]}", *pixels, "-o", str(out), str(DOCUMENT)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


def seconds(draw: Callable[[str, int, Path], None], media_type: str, dpi: int, out: Path) -> float:
    """How long it takes; the document has to be whole afterwards."""
    start = time.perf_counter()
    draw(media_type, dpi, out)
    taken = time.perf_counter() - start
    walker = RasterWalker()
    pages = walker.feed(out.read_bytes())
    walker.finish()
    drawn = {(page.header.x_dpi, page.header.num_colors) for page in pages}
    if len(pages) != PAGES or drawn != {(dpi, 3)}:
        raise RuntimeError(f"{draw.__name__} drew {len(pages)} pages of {drawn}")
    return taken


def run() -> list[dict[str, Any]]:
    """The rows of this benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        return [row for media_type in FORMATS for dpi in (300, 600) for row in _rows(media_type, dpi, out)]


def _rows(media_type: str, dpi: int, out: Path) -> list[dict[str, Any]]:
    rounds = [
        [seconds(draw, media_type, dpi, out) for draw in (ours, cups_filters, ghostscript)] for _ in range(ROUNDS)
    ]
    mine, filters, gs = (min(column) for column in zip(*rounds, strict=True))
    figure = f"{PAGES} pages of PDF to {FORMATS[media_type][0]}, sRGB, {dpi} dpi"
    beside = "cups-filters' pdftoraster"
    return [
        ratio_row(
            figure, ours=PAGES / mine, peer=PAGES / filters, unit="pages/s", promise=">=", bound=TARGET, beside=beside
        ),
        record_row(
            figure, ours=PAGES / mine, peer=PAGES / gs, unit="pages/s", beside="Ghostscript, which smooths no edges"
        ),
    ]


if __name__ == "__main__":
    for row in run():
        print(json.dumps(row))
