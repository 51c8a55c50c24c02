"""The key pair of an agent that may print a sealed document, and what is published of it."""

import hashlib
from enum import IntEnum
from typing import Final, Self

from attrs import field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tympan_wire.sealed._errors import UnsupportedSuite

KEY_ID_BYTES: Final = 16
_X25519_BYTES = 32
_MLKEM_SEED_BYTES = 64
_MLKEM_PUBLIC_BYTES = 1184

PrivateKey = X25519PrivateKey | hpke.MLKEM768X25519PrivateKey
PublicKey = X25519PublicKey | hpke.MLKEM768X25519PublicKey


class Suite(IntEnum):
    """How an envelope for a recipient is locked: the first byte of keys and envelopes."""

    X25519 = 0x10
    MLKEM768_X25519 = 0x11


def best_suite() -> Suite:
    """The strongest suite the cryptography library here can do."""
    try:
        MLKEM768PrivateKey.generate()
    except UnsupportedAlgorithm:
        return Suite.X25519
    return Suite.MLKEM768_X25519


def suite_of(data: bytes) -> Suite:
    """The suite a key or envelope begins with.

    Raises:
        UnsupportedSuite: There is no byte, or it is not a suite known here.
    """
    try:
        return Suite(data[0])
    except (IndexError, ValueError) as error:
        raise UnsupportedSuite(f"suite {data[:1].hex() or 'missing'} is not known here") from error


def key_id(public: bytes) -> bytes:
    """The name of a public key: the first 16 bytes of its SHA-256."""
    return hashlib.sha256(public).digest()[:KEY_ID_BYTES]


def load_public(public: bytes) -> PublicKey:
    """The key object of an encoded public key.

    Raises:
        UnsupportedSuite: The suite is unknown, or the key has not its size.
    """
    suite, raw = suite_of(public), public[1:]
    try:
        if suite is Suite.X25519:
            return X25519PublicKey.from_public_bytes(raw)
        mlkem = MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_BYTES])
        return hpke.MLKEM768X25519PublicKey(mlkem, X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_BYTES:]))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnsupportedSuite(f"not a public key of {suite.name}: {error}") from error


def load_private(private: bytes) -> PrivateKey:
    """The key object of an encoded private key.

    Raises:
        UnsupportedSuite: The suite is unknown, or the key has not its size.
    """
    suite, raw = suite_of(private), private[1:]
    try:
        if suite is Suite.X25519:
            return X25519PrivateKey.from_private_bytes(raw)
        return hpke.MLKEM768X25519PrivateKey(*_split(raw))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnsupportedSuite(f"not a private key of {suite.name}: {error}") from error


def _split(raw: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    mlkem = MLKEM768PrivateKey.from_seed_bytes(raw[:_MLKEM_SEED_BYTES])
    return mlkem, X25519PrivateKey.from_private_bytes(raw[_MLKEM_SEED_BYTES:])


def _public_of(private: bytes) -> bytes:
    suite, raw = suite_of(private), private[1:]
    if suite is Suite.X25519:
        return private[:1] + X25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()
    mlkem, x25519 = _split(raw)
    return private[:1] + mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


@frozen(kw_only=True)
class Recipient:
    """An agent's key pair for envelopes.

    Attributes:
        private: Suite byte and seeds: 33 bytes (X25519) or 97 (hybrid). Secret, and never shown by `repr`.
        public: Suite byte and public keys: 33 bytes or 1,217. May be published, and is pinned by others.
    """

    private: bytes = field(repr=False)
    public: bytes = field(repr=False)

    @classmethod
    def generate(cls, suite: Suite | None = None) -> Self:
        """A new key pair; of the best suite available unless told."""
        suite = best_suite() if suite is None else suite
        raw = X25519PrivateKey.generate().private_bytes_raw()
        if suite is Suite.MLKEM768_X25519:
            raw = MLKEM768PrivateKey.generate().private_bytes_raw() + raw
        return cls.from_private(bytes([suite]) + raw)

    @classmethod
    def from_private(cls, private: bytes) -> Self:
        """The key pair of an encoded private key.

        Raises:
            UnsupportedSuite: The suite is unknown, or the key has not its size.
        """
        load_private(private)
        return cls(private=private, public=_public_of(private))

    @property
    def suite(self) -> Suite:
        """What kind of envelope this key opens."""
        return suite_of(self.private)

    @property
    def key_id(self) -> bytes:
        """The public key's name, 16 bytes."""
        return key_id(self.public)
