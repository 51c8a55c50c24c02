"""Expansion: every spelling, every split, every way of being broken, and bombs."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Iterable

import pytest

from tympan_ipp_endpoint import _compression
from tympan_ipp_endpoint._compression import Expander
from tympan_ipp_endpoint._errors import Refusal
from tympan_ipp_endpoint._limits import PIECE_BYTES

PLAIN = random.Random(7).randbytes(20_000) + b"\0" * 700_000


def raw(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


SPELLINGS = {
    "gzip": ("gzip", gzip.compress(PLAIN, mtime=0)),
    "gzip in two members": ("gzip", gzip.compress(PLAIN[:1000], mtime=0) + gzip.compress(PLAIN[1000:], mtime=0)),
    "gzip in two members, the first of several pieces": (
        "gzip",
        gzip.compress(PLAIN[:-1000], mtime=0) + gzip.compress(PLAIN[-1000:], mtime=0),
    ),
    "deflate wrapped (RFC 1950)": ("deflate", zlib.compress(PLAIN)),
    "deflate raw (RFC 1951, as CUPS sends it)": ("deflate", raw(PLAIN)),
}


def expand(compression: str, pieces: Iterable[bytes]) -> bytes:
    expander = Expander(compression)
    given: list[bytes] = []
    for piece in pieces:
        for out in expander.feed(piece):
            assert 0 < len(out) <= PIECE_BYTES  # an empty piece is a step that leads nowhere, and may come for ever
            given.append(out)
    expander.finish()
    return b"".join(given)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 30])
def test_every_spelling_expands_however_it_is_split(spelling: str, size: int) -> None:
    compression, data = SPELLINGS[spelling]
    assert expand(compression, [data[at : at + size] for at in range(0, len(data), size)]) == PLAIN


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_stream_cut_short_is_an_error(spelling: str) -> None:
    compression, data = SPELLINGS[spelling]
    for cut in (0, 1, 2, 100, len(data) - 1):
        with pytest.raises(Refusal) as refused:
            expand(compression, [data[:cut]])
        assert refused.value.status == 0x0410


@pytest.mark.parametrize(
    ("compression", "data"),
    [
        ("gzip", b"%PDF-1.7 not compressed at all"),
        ("gzip", gzip.compress(b"x", mtime=0) + b"trailing"),
        ("deflate", zlib.compress(b"x") + b"trailing"),
        ("gzip", gzip.compress(PLAIN, mtime=0) + b"trailing"),
        ("deflate", zlib.compress(PLAIN) + b"trailing"),
        ("deflate", raw(PLAIN) + b"trailing"),
        ("deflate", b"\xff\xff\xff\xff\xff"),
        ("gzip", gzip.compress(PLAIN, mtime=0)[:-8] + b"\0" * 8),
    ],
)
def test_damage_is_an_error(compression: str, data: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        expand(compression, [data])
    assert refused.value.status == 0x0410


def test_a_bomb_is_stopped_at_its_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compression, "EXPANSION_FREE_BYTES", 1 << 20)
    bomb = gzip.compress(b"\0" * (16 << 20))
    expander, given = Expander("gzip"), 0
    with pytest.raises(Refusal) as refused:
        for piece in expander.feed(bomb):
            given += len(piece)
    assert refused.value.status == 0x0410
    assert given <= len(bomb) * 250 + (1 << 20)


def test_a_blank_page_is_no_bomb() -> None:
    assert len(expand("gzip", [gzip.compress(b"\xff" * (35 << 20))])) == 35 << 20


def test_a_document_is_stopped_at_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compression, "EXPANDED_BYTES", 500_000)
    with pytest.raises(Refusal):
        expand("gzip", [gzip.compress(PLAIN, mtime=0)])
