"""Statistics of the sample documents are what is known to be true of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tympan.plugin import Statistics
from tympan.testing import FakeDocument
from tympan_document_stats._inspector import DocumentInspector

DOCUMENTS = Path(__file__).parents[3] / "tests" / "documents"
TRUTH: dict[str, Any] = json.loads((DOCUMENTS / "truth.json").read_text())
SEALED_COLOR = "06-encrypted-user-rc4.pdf"
"""The one exception: its page contents are encrypted under a password that a print job does not carry, and colour is
nowhere else. The truth knows the file before it was locked."""


def found(statistics: Statistics) -> dict[str, Any]:
    colored = statistics.color_pages
    return {
        "format": statistics.format,
        "pages": statistics.pages,
        "sizes": list(statistics.sizes),
        "color_pages": None if colored is None else list(colored),
        "duplex": statistics.duplex,
    }


def expected(name: str) -> dict[str, Any]:
    told = {key: TRUTH[name][key] for key in ("format", "pages", "sizes", "color_pages", "duplex")}
    told["duplex"] = told["duplex"] and told["duplex"].split()[0]  # the keyword; the rest is a remark
    return told | ({"color_pages": None} if name == SEALED_COLOR else {})


def test_every_sample_is_compared() -> None:
    samples = {path.name for path in DOCUMENTS.iterdir()} - {"truth.json"}
    assert samples == set(TRUTH)
    assert TRUTH[SEALED_COLOR]["color_pages"] == [2]


@pytest.mark.anyio
@pytest.mark.parametrize("declared", ["application/octet-stream", "image/jpeg", "text/plain"])
async def test_samples_match_the_truth_whatever_is_declared(kept: DocumentInspector, declared: str) -> None:
    for name in TRUTH:
        document = FakeDocument(content=(DOCUMENTS / name).read_bytes(), media_type=declared)
        assert (name, found(await kept.inspect(document, b""))) == (name, expected(name))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("01-a4-1p-gray.pdf", ""),
        ("06-encrypted-user-rc4.pdf", "partly read: the PDF is locked with a password, which hides its colours"),
        ("25-truncated.pdf", "unreadable: the PDF is damaged"),
        ("26-empty.bin", "the document is empty"),
    ],
)
async def test_problems_name_their_cause(inspector: DocumentInspector, name: str, problem: str) -> None:
    statistics = await inspector.inspect(FakeDocument(content=(DOCUMENTS / name).read_bytes()), b"")
    assert statistics.problem == problem
