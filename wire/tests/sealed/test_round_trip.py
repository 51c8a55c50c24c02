"""Sealing and opening give the document back, whatever its size and however it is cut."""

import io
import itertools
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tympan_wire.sealed import (
    CHUNK_BYTES,
    HEADER_BYTES,
    Header,
    Opener,
    RandomReader,
    SealedError,
    Sealer,
    Truncated,
    plain_size,
    sealed_size,
)

KEY = bytes(range(32))
DOCUMENT = UUID("6f1c7f0e-93b5-4d7c-8a52-0c7f4f2f9a11")
EDGES = [0, 1, *(n * CHUNK_BYTES + d for n in (1, 2, 3) for d in (-1, 0, 1))]


def pattern(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def seal(plain: bytes, salt: bytes = bytes(16)) -> bytes:
    sealer = Sealer(KEY, DOCUMENT, salt=salt)
    return sealer.header() + sealer.update(plain) + sealer.finish()


def cut(data: bytes, points: list[int]) -> list[bytes]:
    ends = [0, *sorted(min(p, len(data)) for p in points), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(ends)]


@pytest.mark.parametrize("size", EDGES)
def test_chunk_edges_round_trip(size: int) -> None:
    plain = pattern(size)
    sealed = seal(plain)
    opener = Opener(KEY, document=DOCUMENT)
    assert opener.update(sealed) == plain
    opener.finish()
    assert len(sealed) == sealed_size(size)
    assert plain_size(len(sealed)) == size


@settings(max_examples=60)
@given(size=st.sampled_from(EDGES), points=st.lists(st.integers(0, 200_000), max_size=8))
def test_any_input_pieces_give_the_same_sealed_bytes(size: int, points: list[int]) -> None:
    plain = pattern(size)
    sealer = Sealer(KEY, DOCUMENT, salt=bytes(16))
    parts = [sealer.header(), *(sealer.update(memoryview(piece)) for piece in cut(plain, points)), sealer.finish()]
    assert b"".join(parts) == seal(plain)


@settings(max_examples=60)
@given(size=st.sampled_from(EDGES), points=st.lists(st.integers(0, 200_000), max_size=8))
def test_any_sealed_pieces_give_the_same_document(size: int, points: list[int]) -> None:
    plain = pattern(size)
    opener = Opener(KEY)
    assert b"".join(opener.update(piece) for piece in cut(seal(plain), points)) == plain
    opener.finish()


def test_byte_by_byte() -> None:
    sealed = seal(b"a short document")
    opener = Opener(KEY)
    assert b"".join(opener.update(sealed[i : i + 1]) for i in range(len(sealed))) == b"a short document"
    opener.finish()


@settings(max_examples=200)
@given(at=st.integers(0, 200), value=st.integers(0, 255), size=st.sampled_from([0, 1, 40]))
def test_no_mutation_ever_gives_another_document(at: int, value: int, size: int) -> None:
    sealed = bytearray(seal(pattern(size)))
    at %= len(sealed)
    changed = sealed[at] != value
    sealed[at] = value
    opener, out = Opener(KEY), b""
    try:
        out = opener.update(bytes(sealed))
        opener.finish()
    except SealedError:
        assert changed
        assert out == b""
    else:
        assert out == pattern(size)
        assert not changed


def test_a_caller_may_reuse_its_buffer() -> None:
    buffer = bytearray(b"first")
    sealer = Sealer(KEY, DOCUMENT)
    sealed = sealer.header() + sealer.update(buffer)
    buffer[:] = b"other"
    assert Opener(KEY).update(sealed + sealer.finish()) == b"first"


def test_a_sealer_is_used_once() -> None:
    sealer = Sealer(KEY, DOCUMENT)
    sealer.finish()
    with pytest.raises(ValueError, match="finished"):
        sealer.update(b"more")
    with pytest.raises(ValueError, match="finished"):
        sealer.finish()


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(33)])
def test_a_key_of_another_size_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(key, DOCUMENT)


@given(st.integers(0, 10**12))
def test_sizes_are_inverse(size: int) -> None:
    assert plain_size(sealed_size(size)) == size


@pytest.mark.parametrize(
    "sealed", [0, HEADER_BYTES, HEADER_BYTES + 23, sealed_size(CHUNK_BYTES) + 1, sealed_size(CHUNK_BYTES) + 24]
)
def test_a_size_no_sealed_document_has(sealed: int) -> None:
    with pytest.raises(Truncated):
        plain_size(sealed)


def test_a_header_round_trips() -> None:
    header = Header.decode(seal(b"")[:HEADER_BYTES])
    assert header.document == DOCUMENT
    assert header.encode() == seal(b"")[:HEADER_BYTES]


@settings(max_examples=100)
@given(steps=st.lists(st.tuples(st.integers(0, 200_001), st.integers(0, 140_000)), max_size=6))
def test_a_reader_behaves_like_the_plain_file(steps: list[tuple[int, int]]) -> None:
    plain = pattern(200_000)
    sealed = seal(plain)
    real, reader = io.BytesIO(plain), RandomReader(KEY, lambda at, size: sealed[at : at + size], len(sealed))
    for position, size in steps:
        assert reader.seek(position) == real.seek(position)
        assert reader.read(size) == real.read(size)
        assert reader.tell() == real.tell()


def test_a_reader_seeks_from_every_origin_and_closes() -> None:
    sealed = seal(pattern(70_000))
    reader = RandomReader(KEY, lambda at, size: sealed[at : at + size], len(sealed), document=DOCUMENT)
    assert reader.seek(-5, io.SEEK_END) == 69_995
    assert reader.read() == pattern(70_000)[-5:]
    assert reader.seek(-10, io.SEEK_CUR) == 69_990
    with pytest.raises(ValueError, match="before"):
        reader.seek(-1)
    with pytest.raises(ValueError, match="whence"):
        reader.seek(0, 9)
    reader.close()
    with pytest.raises(ValueError, match="closed"):
        reader.tell()


def test_a_reader_asks_for_a_chunk_once_while_it_is_remembered() -> None:
    sealed = seal(pattern(3 * CHUNK_BYTES))
    asked: list[int] = []

    def read_at(at: int, size: int) -> bytes:
        asked.append(at)
        return sealed[at : at + size]

    reader = RandomReader(KEY, read_at, len(sealed))
    for position in (0, 10, 70_000, 5, 80_000):
        reader.seek(position)
        reader.read(4)
    assert len(asked) == len(set(asked)) == 4  # header, last chunk, first, second
