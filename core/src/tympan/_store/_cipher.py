"""Sealing of rows: AES-256-GCM, a key per table, the row's place as associated data.

- A row moved to another place, table or store does not open.
- Nonces are random (96 bits); a key per table keeps each far from 2**32 uses (NIST SP 800-38D section 8.3).
"""

from __future__ import annotations

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tympan._store._failures import damaged

_NONCE_BYTES: Final = 12
_LABEL: Final = b"tympan store v1 "


def derive(key: bytes, purpose: str) -> bytes:
    """The 32-byte key for one purpose (RFC 5869, expand only: the store's key is uniformly random)."""
    return HKDFExpand(SHA256(), 32, _LABEL + purpose.encode()).derive(key)


class RowCipher:
    """Seals the rows of one table.

    Args:
        key: The store's key, 32 bytes.
        table: The table's name, used in errors too.
    """

    def __init__(self, key: bytes, table: str) -> None:
        self._table = table
        self._aead = AESGCM(derive(key, table))

    def seal(self, place: bytes, plain: bytes) -> bytes:
        """``plain`` as it rests in the row at ``place``."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, place)

    def open(self, place: bytes, sealed: bytes, row: object) -> bytes:
        """What rests in the row at ``place``; ``row`` names it in errors.

        Raises:
            StoreDamaged: It was changed, or moved here from elsewhere.
        """
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
        except (InvalidTag, ValueError, TypeError) as error:
            raise damaged(f"row {row} of table {self._table}", "changed, or moved from elsewhere", error) from error


def place(*numbers: int) -> bytes:
    """Whole numbers as a row's place."""
    return b"".join(number.to_bytes(8, "big", signed=True) for number in numbers)


class KeyNames:
    """Turns names into fixed-size row ids that tell nothing: names are confidential too."""

    def __init__(self, key: bytes) -> None:
        self._key = derive(key, "names")

    def id_of(self, *parts: str) -> bytes:
        """16 bytes that stand for ``parts``."""
        text = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
        return hmac.digest(self._key, text, "sha256")[:16]
