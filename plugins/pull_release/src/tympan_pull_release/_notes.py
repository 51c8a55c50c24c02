"""Notes: what belongs to a mirrored job beside its document, sealed under a key that only the document's key gives."""

from __future__ import annotations

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tympan_wire.sealed import EnvelopeRefused

_LABEL = b"tympan held note v1\0"
_NONCE_BYTES = 12


def seal_note(note: bytes, key: bytes, *, document: UUID) -> bytes:
    """Seals a note."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(key, document).encrypt(nonce, note, document.bytes)


def open_note(sealed: bytes, key: bytes, *, document: UUID) -> bytes:
    """Opens one; raises ``EnvelopeRefused``."""
    try:
        return _cipher(key, document).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], document.bytes)
    except (InvalidTag, ValueError) as error:
        raise EnvelopeRefused("the note does not open with this key") from error


def _cipher(key: bytes, document: UUID) -> AESGCM:
    return AESGCM(HKDFExpand(SHA256(), 32, _LABEL + document.bytes).derive(key))
