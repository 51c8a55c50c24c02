"""What an attacker or a bad disk can do to a sealed document, and by which error each is known."""

from uuid import UUID

import pytest

from tympan_wire.sealed import (
    CHUNK_BYTES,
    FRAME_BYTES,
    HEADER_BYTES,
    SEALED_CHUNK_BYTES,
    TAG_BYTES,
    NotSealed,
    Opener,
    RandomReader,
    Reordered,
    SealedError,
    Sealer,
    Tampered,
    TrailingData,
    Truncated,
    UnsupportedVersion,
    WrongDocument,
    WrongKey,
    new_key,
    open_chunk,
)

KEY = bytes(range(32))
DOCUMENT = UUID("6f1c7f0e-93b5-4d7c-8a52-0c7f4f2f9a11")
PLAIN = bytes(range(251)) * 800  # 200,800 bytes: three full chunks and a part


def seal(plain: bytes = PLAIN, key: bytes = KEY, document: UUID = DOCUMENT) -> bytes:
    sealer = Sealer(key, document)
    return sealer.header() + sealer.update(plain) + sealer.finish()


def open_all(sealed: bytes, key: bytes = KEY, document: UUID | None = None) -> bytes:
    opener = Opener(key, document=document)
    plain = opener.update(sealed)
    opener.finish()
    return plain


def read_all(sealed: bytes, key: bytes = KEY) -> bytes:
    reader = RandomReader(key, lambda at, size: sealed[at : at + size], len(sealed))
    return reader.read()


def flip(sealed: bytes, at: int) -> bytes:
    return sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]


def chunk(sealed: bytes, index: int) -> bytes:
    at = HEADER_BYTES + index * SEALED_CHUNK_BYTES
    return sealed[at : at + SEALED_CHUNK_BYTES]


@pytest.mark.parametrize("cut", [1, TAG_BYTES, TAG_BYTES + 1, FRAME_BYTES + TAG_BYTES, SEALED_CHUNK_BYTES, 150_000])
def test_truncation_anywhere_is_truncated_and_never_tampered(cut: int) -> None:
    with pytest.raises(Truncated):
        open_all(seal()[:-cut])


def test_truncation_at_a_chunk_border_is_truncated() -> None:
    for chunks in range(3):
        with pytest.raises(Truncated):
            open_all(seal()[: HEADER_BYTES + chunks * SEALED_CHUNK_BYTES])


@pytest.mark.parametrize("size", [0, 1, 8, 47, HEADER_BYTES - 1])
def test_a_cut_header_is_truncated(size: int) -> None:
    with pytest.raises(Truncated):
        open_all(seal()[:size])


@pytest.mark.parametrize("index", [0, 1, 2, 3])
@pytest.mark.parametrize("inside", [FRAME_BYTES, FRAME_BYTES + 1000, -1])
def test_a_flipped_bit_in_a_chunk_is_tampered(index: int, inside: int) -> None:
    sealed = seal()
    start = HEADER_BYTES + index * SEALED_CHUNK_BYTES
    end = min(len(sealed), start + SEALED_CHUNK_BYTES)
    with pytest.raises(Tampered):
        open_all(flip(sealed, end - 1 if inside == -1 else start + inside))


@pytest.mark.parametrize("at", range(FRAME_BYTES))
@pytest.mark.parametrize("bit", range(8))
def test_a_forged_frame_releases_nothing(at: int, bit: int) -> None:
    sealed = bytearray(seal(b"one short chunk"))
    sealed[HEADER_BYTES + at] ^= 1 << bit
    opener = Opener(KEY)
    with pytest.raises((Truncated, Tampered, Reordered)):
        opener.update(bytes(sealed))
        opener.finish()


def test_swapped_chunks_are_reordered() -> None:
    sealed = seal()
    head, tail = sealed[:HEADER_BYTES], sealed[HEADER_BYTES + 2 * SEALED_CHUNK_BYTES :]
    with pytest.raises(Reordered):
        open_all(head + chunk(sealed, 1) + chunk(sealed, 0) + tail)


def test_a_dropped_chunk_is_reordered() -> None:
    sealed = seal()
    with pytest.raises(Reordered):
        open_all(sealed[:HEADER_BYTES] + sealed[HEADER_BYTES + SEALED_CHUNK_BYTES :])


def test_a_repeated_chunk_is_reordered() -> None:
    sealed = seal()
    with pytest.raises(Reordered):
        open_all(sealed[: HEADER_BYTES + SEALED_CHUNK_BYTES] + sealed[HEADER_BYTES:])


def test_swapped_chunks_with_rewritten_frames_are_tampered() -> None:
    sealed = seal()
    first, second = chunk(sealed, 0), chunk(sealed, 1)
    forged = first[:FRAME_BYTES] + second[FRAME_BYTES:] + second[:FRAME_BYTES] + first[FRAME_BYTES:]
    with pytest.raises(Tampered):
        open_all(sealed[:HEADER_BYTES] + forged + sealed[HEADER_BYTES + 2 * SEALED_CHUNK_BYTES :])


def test_a_middle_chunk_marked_as_last_is_tampered() -> None:
    sealed = bytearray(seal()[: HEADER_BYTES + SEALED_CHUNK_BYTES])
    sealed[HEADER_BYTES + 4] |= 0x80
    with pytest.raises(Tampered):
        open_all(bytes(sealed))


@pytest.mark.parametrize("extra", [b"x", bytes(24), bytes(SEALED_CHUNK_BYTES)])
def test_bytes_after_the_last_chunk_are_trailing_data(extra: bytes) -> None:
    with pytest.raises(TrailingData):
        open_all(seal() + extra)


def test_two_documents_in_one_are_trailing_data() -> None:
    with pytest.raises(TrailingData):
        open_all(seal() + seal()[HEADER_BYTES:])


def test_a_chunk_of_another_document_under_the_same_key_is_tampered() -> None:
    sealed, other = seal(), seal(bytes(200_800), document=UUID(int=7))
    with pytest.raises(Tampered):
        open_all(sealed[:HEADER_BYTES] + chunk(other, 0) + sealed[HEADER_BYTES + SEALED_CHUNK_BYTES :])


def test_another_jobs_header_is_the_wrong_key() -> None:
    sealed, other = seal(), seal(key=new_key(), document=UUID(int=7))
    with pytest.raises(WrongKey):
        open_all(other[:HEADER_BYTES] + sealed[HEADER_BYTES:])


def test_another_jobs_document_is_the_wrong_document() -> None:
    with pytest.raises(WrongDocument):
        open_all(seal(document=UUID(int=7)), document=DOCUMENT)


def test_a_rewritten_uuid_is_tampered() -> None:
    with pytest.raises(Tampered):
        open_all(flip(seal(), 16))


def test_a_rewritten_salt_is_tampered() -> None:
    with pytest.raises(Tampered):
        open_all(flip(seal(), 32))


def test_a_wrong_key_is_not_tampering() -> None:
    with pytest.raises(WrongKey):
        open_all(seal(), key=new_key())
    with pytest.raises(WrongKey):
        read_all(seal(), key=new_key())


@pytest.mark.parametrize("at", [8, 9, 11, 12, 15])
def test_another_version_or_layout_is_unsupported(at: int) -> None:
    with pytest.raises(UnsupportedVersion):
        open_all(flip(seal(), at))


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"T0", b"\0"])
def test_something_else_is_not_sealed_and_said_at_once(data: bytes) -> None:
    with pytest.raises(NotSealed):
        Opener(KEY).update(data)


def test_no_plaintext_before_its_chunk_verified() -> None:
    sealed = seal()
    opener = Opener(KEY)
    assert opener.update(sealed[: HEADER_BYTES + SEALED_CHUNK_BYTES - 1]) == b""
    assert opener.update(sealed[HEADER_BYTES + SEALED_CHUNK_BYTES - 1 :][:1]) == PLAIN[:CHUNK_BYTES]


def test_an_opener_stays_shut_after_an_error() -> None:
    sealed = flip(seal(), HEADER_BYTES + FRAME_BYTES)
    opener = Opener(KEY)
    with pytest.raises(Tampered):
        opener.update(sealed)
    with pytest.raises(Tampered):
        opener.update(seal())
    with pytest.raises(Tampered):
        opener.finish()


@pytest.mark.parametrize("cut", [1, 17, 4192, SEALED_CHUNK_BYTES])
def test_a_reader_finds_truncation_before_its_first_byte(cut: int) -> None:
    with pytest.raises(Truncated):
        read_all(seal()[:-cut])


def test_a_reader_finds_trailing_data_before_its_first_byte() -> None:
    with pytest.raises(TrailingData):
        read_all(seal() + b"tail")


def test_a_reader_finds_a_changed_middle_chunk_when_it_gets_there() -> None:
    sealed = flip(seal(), HEADER_BYTES + SEALED_CHUNK_BYTES + 100)
    reader = RandomReader(KEY, lambda at, size: sealed[at : at + size], len(sealed))
    assert reader.read(10) == PLAIN[:10]
    reader.seek(CHUNK_BYTES)
    with pytest.raises(Tampered):
        reader.read(1)


def test_one_chunk_opened_alone_is_held_to_its_place() -> None:
    sealed = seal()
    header, second = sealed[:HEADER_BYTES], chunk(sealed, 1)
    assert open_chunk(KEY, header, 1, second, last=False) == PLAIN[CHUNK_BYTES : 2 * CHUNK_BYTES]
    with pytest.raises(Reordered):
        open_chunk(KEY, header, 2, second, last=False)
    with pytest.raises(Truncated):
        open_chunk(KEY, header, 1, second, last=True)
    with pytest.raises(Truncated):
        open_chunk(KEY, header, 1, second[:-1], last=False)
    with pytest.raises(TrailingData):
        open_chunk(KEY, header, 3, chunk(sealed, 3), last=False)


def test_the_same_key_and_document_twice_share_no_ciphertext() -> None:
    first, second = seal(), seal()
    assert first[HEADER_BYTES + FRAME_BYTES :][:64] != second[HEADER_BYTES + FRAME_BYTES :][:64]


def tree(error: type[SealedError]) -> list[type[SealedError]]:
    return [error, *(leaf for child in error.__subclasses__() for leaf in tree(child))]


def test_every_error_says_what_to_do() -> None:
    assert len(tree(SealedError)) == 13
    for error in tree(SealedError):
        assert error.user_message.endswith(".")
        assert error.retry in ("never", "later", "now")
