"""Proofs that a key for envelopes is an agent's own: signed with its identity (P-256, ECDSA with SHA-256). Pure.

- What is signed is `tympan_wire.hub.key_statement`: a signature made for anything else proves nothing here.
"""

import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tympan_wire.hub import key_statement

IDENTITY_BYTES: Final = 512
"""Of an identity in DER: a P-256 key has 91; what is longer is not read."""


def is_identity(identity: bytes) -> bool:
    """Whether these bytes are a P-256 key, SubjectPublicKeyInfo in DER."""
    return _identity(identity) is not None


def proves(identity: bytes, recipient: bytes, proof: bytes) -> bool:
    """Whether a key for envelopes was signed with this identity; False for whatever cannot be read."""
    key = _identity(identity)
    if key is None or not recipient or not proof:
        return False
    try:
        key.verify(proof, key_statement(recipient), ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def fingerprint(recipient: bytes) -> str:
    """SHA-256 of a key for envelopes, hex: what people compare."""
    return hashlib.sha256(recipient).hexdigest()


def _identity(identity: bytes) -> ec.EllipticCurvePublicKey | None:
    if len(identity) > IDENTITY_BYTES:
        return None
    try:
        key = load_der_public_key(identity)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1) else None
