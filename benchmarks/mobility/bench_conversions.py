"""Documents become PDFs: the median and the 95th percentile of each kind, beside the same program without a sandbox.

- Ours is what a hub does with a document that lies there: the true kind is told, a sandbox is made, the program runs.
- The peer is the same command in a plain folder, begun anew each time as well; the rounds take turns.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from conversion_rig import DOCUMENTS, Desk, desk
from conversion_rig._documents import picture

from figures import record_row
from tympan_hub.adapters.converters import found_converters
from tympan_hub.domain.sniffing import kind_of

ROUNDS: Final = 20
TIME_S: Final = 120.0
PHOTO: Final = (4000, 3000)
"""What a telephone takes: 12 million pixels."""

KINDS: Final[dict[str, bytes]] = {
    **{name: DOCUMENTS[name][0] for name in ("letter.docx", "table.xlsx", "slides.odp", "letter.odt", "letter.rtf")},
    **{name: DOCUMENTS[name][0] for name in ("page.html", "text.txt", "notes.md")},
    "photo.jpg": picture("JPEG", size=PHOTO),
    "screen.png": picture("PNG", size=(1920, 1080)),
}


def bare(name: str, content: bytes) -> float:
    """Seconds of the program alone."""
    with tempfile.TemporaryDirectory() as folder:
        source, into = Path(folder, name), Path(folder, "out", "document.pdf")
        into.parent.mkdir()
        source.write_bytes(content)
        with source.open("rb") as document:
            kind = kind_of(document, "", name)
        converter = next(
            one.converter for one in found_converters() if one.converter and kind and kind.value in one.media_types
        )
        begin = time.perf_counter()
        subprocess.run(converter.command(source, into), check=True, capture_output=True, timeout=TIME_S)
        return time.perf_counter() - begin


async def timed(doing: Callable[[], Awaitable[object]]) -> float:
    """Seconds of something."""
    begin = time.perf_counter()
    await doing()
    return time.perf_counter() - begin


async def both(here: Desk, name: str, content: bytes) -> tuple[list[float], list[float]]:
    """Seconds of all rounds, in the sandbox and without."""
    inside, without = [], []
    for _ in range(ROUNDS):
        inside.append(await timed(lambda: here.convert(content, name)))
        without.append(await asyncio.to_thread(bare, name, content))
    return inside, without


def rows_of(name: str, inside: list[float], without: list[float]) -> list[dict[str, Any]]:
    """Two rows of a kind."""

    def at(share: int, values: list[float]) -> float:
        return statistics.quantiles(values, n=100, method="inclusive")[share - 1]

    return [
        record_row(
            f"{name} to PDF, p{share}",
            ours=at(share, inside),
            peer=at(share, without),
            unit="s",
            beside="the program without a sandbox",
        )
        for share in (50, 95)
    ]


async def _all() -> list[dict[str, Any]]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        async with desk(Path(folder)) as here:
            for name, content in KINDS.items():
                rows += rows_of(name, *await both(here, name, content))
    return rows


def run() -> list[dict[str, Any]]:
    """All kinds."""
    return asyncio.run(_all())
