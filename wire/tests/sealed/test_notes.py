"""Notes open with their document's key, for their document, unchanged; and the published vectors hold."""

import hashlib
import hmac
import importlib.util
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tympan_wire.sealed import NOTE_BYTES, NOTE_OVERHEAD_BYTES, NotSealed, Tampered, new_key, open_note, seal_note

_SPEC = importlib.util.spec_from_file_location("note_vectors", Path(__file__).with_name("note_vectors.py"))
assert _SPEC is not None and _SPEC.loader is not None
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)
PUBLISHED: dict[str, Any] = json.loads(made.PUBLISHED.read_text(encoding="utf-8"))
KEY, DOCUMENT = made.KEY, made.DOCUMENT


@pytest.mark.parametrize("size", [0, 1, 300, NOTE_BYTES])
def test_a_note_comes_back(size: int) -> None:
    note = bytes(size)
    sealed = seal_note(KEY, note, document=DOCUMENT)
    assert len(sealed) == size + NOTE_OVERHEAD_BYTES
    assert open_note(KEY, sealed, document=DOCUMENT) == note


def test_the_same_note_sealed_twice_differs() -> None:
    assert seal_note(KEY, b"a", document=DOCUMENT) != seal_note(KEY, b"a", document=DOCUMENT)


def test_another_key_or_document_opens_nothing() -> None:
    sealed = seal_note(KEY, b"Contract.pdf", document=DOCUMENT)
    with pytest.raises(Tampered):
        open_note(new_key(), sealed, document=DOCUMENT)
    with pytest.raises(Tampered):
        open_note(KEY, sealed, document=UUID(int=7))


@pytest.mark.parametrize("at", range(1, 40, 6))
def test_a_changed_note_is_refused(at: int) -> None:
    sealed = bytearray(seal_note(KEY, b"Contract.pdf", document=DOCUMENT))
    sealed[at] ^= 1
    with pytest.raises(Tampered):
        open_note(KEY, bytes(sealed), document=DOCUMENT)


@pytest.mark.parametrize(
    "sealed", [b"", b"\x01", b"\x01" + bytes(27), b"\x02" + bytes(60), b"\x01" + bytes(NOTE_BYTES + 29)]
)
def test_what_is_no_note_is_told_apart(sealed: bytes) -> None:
    with pytest.raises(NotSealed):
        open_note(KEY, sealed, document=DOCUMENT)


def test_a_note_has_a_bound() -> None:
    with pytest.raises(ValueError, match="at most"):
        seal_note(KEY, bytes(NOTE_BYTES + 1), document=DOCUMENT)


def test_a_key_has_its_size() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal_note(b"short", b"", document=DOCUMENT)


def test_the_published_file_is_what_the_code_makes() -> None:
    assert made.vectors() == PUBLISHED


@pytest.mark.parametrize("vector", PUBLISHED["vectors"], ids=lambda vector: str(len(vector["note"])))
def test_the_format_page_is_enough_to_open_a_published_note(vector: dict[str, Any]) -> None:
    key, sealed = bytes.fromhex(PUBLISHED["key_hex"]), bytes.fromhex(vector["sealed_hex"])
    document = UUID(PUBLISHED["document"]).bytes
    label = b"tympan sealed document v1 note\0" + document
    note_key = hmac.new(key, label + b"\x01", hashlib.sha256).digest()  # HKDF-Expand (RFC 5869) of one block
    plain = AESGCM(note_key).decrypt(sealed[1:13], sealed[13:], b"\x01" + document)
    assert plain.decode() == vector["note"]
    assert open_note(KEY, sealed, document=DOCUMENT) == plain
