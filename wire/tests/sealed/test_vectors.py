"""The published vectors are what this code writes and reads, and an independent reading of the page agrees."""

import hashlib
import hmac
import importlib.util
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tympan_wire.sealed import Opener

_SPEC = importlib.util.spec_from_file_location("sealed_vectors", Path(__file__).with_name("vectors.py"))
assert _SPEC is not None and _SPEC.loader is not None
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)

PUBLISHED: dict[str, Any] = json.loads(made.PUBLISHED.read_text(encoding="utf-8"))


def test_the_published_file_is_what_the_code_makes() -> None:
    assert made.vectors() == PUBLISHED


@pytest.mark.parametrize("vector", PUBLISHED["vectors"], ids=lambda vector: str(vector["plain_size"]))
def test_a_published_vector_opens(vector: dict[str, Any]) -> None:
    sealed = bytes.fromhex(vector["sealed_hex"]) if "sealed_hex" in vector else made.seal(vector["plain_size"])
    assert len(sealed) == vector["sealed_size"]
    assert hashlib.sha256(sealed).hexdigest() == vector["sealed_sha256"]
    opener = Opener(bytes.fromhex(PUBLISHED["key_hex"]), document=UUID(PUBLISHED["document"]))
    assert opener.update(sealed) == made.plaintext(vector["plain_size"])
    opener.finish()


def expand(key: bytes, info: bytes) -> bytes:
    """HKDF-Expand (RFC 5869) of one block."""
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()


def test_the_format_page_is_enough_to_open_a_vector() -> None:
    """Reads the 300-byte vector from docs/formats/sealed.md alone, with none of this package."""
    sealed = next(bytes.fromhex(v["sealed_hex"]) for v in PUBLISHED["vectors"] if v["plain_size"] == 300)
    key, header, frame, body = bytes.fromhex(PUBLISHED["key_hex"]), sealed[:80], sealed[80:88], sealed[88:]
    assert header[:16] == b"TYMPSEAL\x01\x00\x00\x00\x00\x01\x00\x00"
    assert header[16:32] == UUID(PUBLISHED["document"]).bytes
    assert header[48:] == expand(key, b"tympan sealed document v1 commitment\0")
    assert frame == (0).to_bytes(4, "big") + (0x80000000 | 300).to_bytes(4, "big")
    content_key = expand(key, b"tympan sealed document v1 content\0" + header[:48])
    assert AESGCM(content_key).decrypt(bytes(11) + b"\x01", body, header) == made.plaintext(300)
