"""A scanned document: a hundred pages of noisy gray at 150 dpi, one JPEG each, as a copier's scanner mails them."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

A4_AT_150_DPI = (1240, 1754)
PAGES = 100


def write_scan(path: Path) -> None:
    """Writes the document, about 9 MB of PDF."""
    paper = Image.effect_noise(A4_AT_150_DPI, 12)
    pages = [paper.rotate(angle, fillcolor=128) for angle in range(PAGES)]
    pages[0].save(path, "PDF", resolution=150, save_all=True, append_images=pages[1:], quality=40)
