"""Keys: Ed25519, each in a PKCS#8 file of its own, locked with a passphrase or not.

A public key lies beside its private one as ``<name>.pub``: that is what delegations are made from.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from securesystemslib.signer import CryptoSigner, SSlibKey

from tympan_release._errors import ShopError


def make_key(path: Path, passphrase: bytes | None) -> SSlibKey:
    """Makes a key; never over one that is there.

    Raises:
        ShopError: Something of that name is there, or the disk does not take it.
    """
    private = Ed25519PrivateKey.generate()
    lock = pem.BestAvailableEncryption(passphrase) if passphrase else pem.NoEncryption()
    secret = private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, lock)
    public = private.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        public_path(path).write_bytes(public)
    except OSError as error:
        raise ShopError(f"the key {path} cannot be written: {error.strerror or error}") from error
    return SSlibKey.from_crypto(private.public_key())


def public_path(path: Path) -> Path:
    """Where the public half of a key file lies."""
    return path.with_suffix(".pub")


def read_public(path: Path) -> SSlibKey:
    """A public key from its PEM file.

    Raises:
        ShopError: It is none of Ed25519.
    """
    try:
        key = pem.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise ShopError(f"{path} is no public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ShopError(f"{path} is no key of Ed25519")
    return SSlibKey.from_crypto(key)


def read_signer(path: Path, passphrase: bytes | None) -> CryptoSigner:
    """A private key that can sign.

    Raises:
        ShopError: It is none, or the passphrase is wrong.
    """
    try:
        key = _private(path, passphrase)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        next_step = "Set TYMPAN_RELEASE_PASSPHRASE, or give --passphrase-file."
        raise ShopError(f"the key {path} cannot be read: {error}", next_step=next_step) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ShopError(f"{path} is no key of Ed25519")
    return CryptoSigner(key, SSlibKey.from_crypto(key.public_key()))


def _private(path: Path, passphrase: bytes | None) -> object:
    """A key that is not locked is read also where a passphrase is given: some of a folder may be."""
    data = path.read_bytes()
    try:
        return pem.load_pem_private_key(data, password=passphrase)
    except TypeError:
        return pem.load_pem_private_key(data, password=None)
