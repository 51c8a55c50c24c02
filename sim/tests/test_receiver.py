"""Documents as they arrive: compression, damage, and what is left behind."""

import gzip
import hashlib
import zlib
from pathlib import Path

import pytest

from tympan_sim._errors import DocumentUnreadable
from tympan_sim._limits import PIECE_BYTES
from tympan_sim._receiver import Receiver

PLAIN = b"%PDF-1.4 " + b"/Type /Page " * 5 + bytes(range(256)) * 400


def raw_deflate(data: bytes) -> bytes:
    z = zlib.compressobj(wbits=-15)
    return z.compress(data) + z.flush()


@pytest.mark.parametrize(
    ("compression", "wire"),
    [
        ("none", PLAIN),
        ("gzip", gzip.compress(PLAIN)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", raw_deflate(PLAIN)),
    ],
)
@pytest.mark.parametrize("step", [1, 1000, 1 << 20])
def test_a_document_arrives_as_it_was(tmp_path: Path, compression: str, wire: bytes, step: int) -> None:
    path = tmp_path / "document"
    receiver = Receiver(compression=compression, path=path)
    for at in range(0, len(wire), step):
        receiver.feed(wire[at : at + step])
    document = receiver.finish("application/pdf")
    assert document is not None
    assert path.read_bytes() == PLAIN
    assert (document.bytes, document.pages) == (len(PLAIN), 5)
    assert document.sha256 == hashlib.sha256(PLAIN).hexdigest()
    assert receiver.wire_bytes == len(wire)


@pytest.mark.parametrize("beyond", range(0, 60, 7))
def test_raw_deflate_is_drained_to_its_last_byte(beyond: int) -> None:
    """Its last bytes are a copy of earlier ones, which zlib holds back when a piece is full: no input is left then."""
    plain = bytes(PIECE_BYTES + beyond)
    receiver = Receiver(compression="deflate", path=None)
    receiver.feed(raw_deflate(plain))
    document = receiver.finish("application/octet-stream")
    assert document is not None and document.bytes == len(plain)


def test_every_member_of_a_gzip_stream_is_taken() -> None:
    plain = bytes(2 * PIECE_BYTES)
    receiver = Receiver(compression="gzip", path=None)
    receiver.feed(gzip.compress(plain) + gzip.compress(PLAIN))
    document = receiver.finish("application/octet-stream")
    assert document is not None and document.sha256 == hashlib.sha256(plain + PLAIN).hexdigest()


@pytest.mark.parametrize(
    ("compression", "wire"),
    [
        ("gzip", b"no gzip at all"),
        ("gzip", gzip.compress(bytes(2 * PIECE_BYTES)) + b"trailing"),
        ("deflate", zlib.compress(PLAIN) + b"trailing"),
        ("deflate", raw_deflate(bytes(2 * PIECE_BYTES)) + b"trailing"),
        ("gzip", gzip.compress(PLAIN)[:-20]),
        ("deflate", b"\xff\xff\xff"),
        ("gzip", b"\x1f"),
    ],
)
def test_damaged_compression_is_an_error(compression: str, wire: bytes) -> None:
    receiver = Receiver(compression=compression, path=None)
    with pytest.raises(DocumentUnreadable):
        receiver.feed(wire)
        receiver.finish("application/pdf")


def test_nothing_is_no_document_and_a_dropped_one_leaves_no_file(tmp_path: Path) -> None:
    assert Receiver(compression="none", path=tmp_path / "none").finish("application/pdf") is None
    receiver = Receiver(compression="none", path=tmp_path / "half")
    receiver.feed(PLAIN)
    assert (tmp_path / "half").exists()
    receiver.drop()
    assert not list(tmp_path.iterdir())
