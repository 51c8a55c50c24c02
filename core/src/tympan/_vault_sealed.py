"""Keys that lie sealed on the disk, under a key that came from elsewhere.

A service is given its one key by its service manager and can make no more of them there. What its plugins need besides
is sealed under that one: who has the state folder alone opens none of it.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tympan._errors import VaultError

_MARK: Final = b"tympan key 1\n"
_NONCE_BYTES: Final = 12


def seal_key(root: bytes, name: str, key: bytes) -> bytes:
    """A key as it lies on the disk: AES-256-GCM (NIST SP 800-38D), bound to its name."""
    nonce = os.urandom(_NONCE_BYTES)
    return _MARK + nonce + AESGCM(_derived(root)).encrypt(nonce, key, _MARK + name.encode())


def open_key(root: bytes, name: str, sealed: bytes) -> bytes:
    """The key again.

    Raises:
        VaultError: It was sealed under another key or another name, or was changed since.
    """
    nonce, body = sealed[len(_MARK) :][:_NONCE_BYTES], sealed[len(_MARK) + _NONCE_BYTES :]
    try:
        if not sealed.startswith(_MARK):
            raise InvalidTag
        return AESGCM(_derived(root)).decrypt(nonce, body, _MARK + name.encode())
    except (InvalidTag, ValueError) as error:
        raise VaultError(
            f"The key {name!r} was sealed under another credential, or is damaged",
            next_step="Give the service the credential tympan.store it had, or restore the keys from a backup.",
        ) from error


def _derived(root: bytes) -> bytes:
    """Not the very key that documents are sealed under (RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=b"tympan keys at rest").derive(root)
