"""Notes: what belongs to a document beside its bytes, sealed with the document's own key.

- note key = HKDF-Expand(key, label | document): another one than the content's, so neither stands for the other.
- A note may be sealed again with the same key (the owner changed the ticket), so each has a random nonce.
"""

import secrets
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tympan_wire.sealed._errors import NotSealed, Tampered
from tympan_wire.sealed._layout import KEY_BYTES, TAG_BYTES

NOTE_BYTES: Final = 64 * 1024
"""Plain length of a note: a job's ticket with every attribute there is has 20 KiB."""

NOTE_OVERHEAD_BYTES: Final = 1 + 12 + TAG_BYTES
"""How much longer a note is when it is sealed."""

_VERSION = b"\x01"
_NONCE_BYTES = 12
_LABEL = b"tympan sealed document v1 note\0"


def seal_note(key: bytes, note: bytes, *, document: UUID) -> bytes:
    """Seal a note.

    Args:
        key: The document's key, 32 bytes.
        note: At most `NOTE_BYTES`.
        document: The document's UUID, bound in.
    """
    if len(note) > NOTE_BYTES:
        raise ValueError(f"a note has at most {NOTE_BYTES} bytes, not {len(note)}")
    return seal_note_with(key, note, secrets.token_bytes(_NONCE_BYTES), document=document)


def seal_note_with(key: bytes, note: bytes, nonce: bytes, *, document: UUID) -> bytes:
    """The same with a nonce given; only test vectors give one."""
    return _VERSION + nonce + _cipher(key, document).encrypt(nonce, note, _VERSION + document.bytes)


def open_note(key: bytes, sealed: bytes, *, document: UUID) -> bytes:
    """What `seal_note` sealed.

    Raises:
        NotSealed: It is no note, or one of a newer release.
        Tampered: It is of another key or document, or was changed.
    """
    if sealed[:1] != _VERSION or not NOTE_OVERHEAD_BYTES <= len(sealed) <= NOTE_OVERHEAD_BYTES + NOTE_BYTES:
        raise NotSealed(f"{len(sealed)} bytes that are no sealed note of version 1")
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return _cipher(key, document).decrypt(nonce, body, _VERSION + document.bytes)
    except InvalidTag as error:
        raise Tampered("the note does not open with this key and document") from error


def _cipher(key: bytes, document: UUID) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a document's key has {KEY_BYTES} bytes, not {len(key)}")
    return AESGCM(HKDFExpand(SHA256(), KEY_BYTES, _LABEL + document.bytes).derive(key))
