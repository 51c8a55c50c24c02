"""A document whose every page says something that is found wherever it lies in clear."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import pypdfium2

MARKER: Final = b"nobody but its owner reads this page"
PAGES: Final = 3
_LINES: Final = 60
_NOISE_BYTES: Final = 24
"""Of a line: so that no program makes it much smaller."""
_PIECE: Final = 48
"""Bytes that no two documents share by chance."""


def marked_document(path: Path, *, seed: int = 1) -> Path:
    """Pages with the marker as their text, uncompressed."""
    dice = random.Random(seed)
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(PAGES))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {PAGES} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    for page in range(PAGES):
        text = _page(dice)
        looks = "/MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
        objects += [
            f"<< /Type /Page /Parent 2 0 R {looks} /Contents {5 + 2 * page} 0 R >>".encode(),
            f"<< /Length {len(text)} >>\nstream\n".encode() + text + b"\nendstream",
        ]
    path.write_bytes(_file(objects))
    return path


def _page(dice: random.Random) -> bytes:
    lines = [MARKER, *(dice.randbytes(_NOISE_BYTES).hex().encode() for _ in range(_LINES))]
    return b"BT /F1 9 Tf 12 TL 40 800 Td " + b" ".join(b"(" + line + b") Tj T*" for line in lines) + b" ET"


def _file(objects: list[bytes]) -> bytes:
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\n"
    return bytes(made) + f"{end}startxref\n{len(made)}\n%%EOF\n".encode()


def text_of(path: Path) -> list[str]:
    """What stands on the pages of a document."""
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def pieces_of(content: bytes) -> list[bytes]:
    """Pieces of it, from all over: whoever has one of them has read it."""
    step = max(len(content) // 16, _PIECE)
    return [content[start : start + _PIECE] for start in range(step, len(content) - _PIECE, step)]
