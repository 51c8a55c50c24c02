"""Page counts against the truth of the sample documents, however the bytes are cut."""

import json
from pathlib import Path

import pytest

from tympan_sim._pages import counter_for

COUNTED = [
    "01-a4-1p-gray.pdf", "02-a4-100p-10color.pdf", "04-landscape-color-duplex-1.7.pdf", "07-linearized-objstm-1.5.pdf",
    "13-srgb8-a4-150dpi-duplex.pwg", "15-srgb24-a4-150dpi.urf", "16-color-1200x900.jpg", "18-dsc-3p-a4-duplex.ps",
    "21-utf8-3p-formfeed.txt",
]  # fmt: skip


def count(data: bytes, step: int) -> int:
    counter = counter_for(data[:1024])
    for at in range(0, len(data), step):
        counter.feed(data[at : at + step])
    return counter.pages()


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("step", [97, 4096, 1 << 22])
def test_pages_match_the_truth(documents: Path, name: str, step: int) -> None:
    truth = json.loads((documents / "truth.json").read_text())
    assert count((documents / name).read_bytes(), step) == truth[name]["pages"]


@pytest.mark.parametrize("data", [b"", b"x", b"RaS2 damaged" * 300, b"%PDF-1.7 nothing here"])
def test_what_cannot_be_counted_is_one_page(data: bytes) -> None:
    assert count(data, 100) == 1


def test_a_page_on_the_seam_is_counted_once() -> None:
    data = b"%PDF-1.4 " + b"/Type /Page " * 3 + b"/Type /Pages "
    assert {count(data, step) for step in range(1, len(data))} == {3}
