"""Envelopes: a document's key, locked for somebody.

- Every envelope begins with a suite byte, so a later release can add one.
- What an envelope is for (format, document, recipient, the caller's context) is bound in, so it opens nowhere else.
"""

import secrets
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tympan_wire.sealed._errors import EnvelopeRefused, UnsupportedSuite
from tympan_wire.sealed._layout import KEY_BYTES, TAG_BYTES
from tympan_wire.sealed._recipient import Recipient, Suite, key_id, load_private, load_public, suite_of

LOCAL_SUITE: Final = 0x01
_NONCE_BYTES = 12
_LOCAL = b"tympan envelope v1 local\0"
_RECIPIENT = b"tympan envelope v1 recipient\0"
_KEMS = {Suite.X25519: hpke.KEM.X25519, Suite.MLKEM768_X25519: hpke.KEM.MLKEM768_X25519}


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")


def wrap_local(key: bytes, kek: bytes, context: bytes) -> bytes:
    """Lock a document's key for this agent's own store.

    Args:
        key: The document's key, 32 bytes.
        kek: The store's key-encryption key, 32 bytes.
        context: What the envelope is for, such as the job's UUID; needed again to open it.

    Returns:
        61 bytes: suite 0x01, nonce, locked key, tag.
    """
    _check_key(key)
    _check_key(kek)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return bytes([LOCAL_SUITE]) + nonce + AESGCM(kek).encrypt(nonce, key, _LOCAL + context)


def unwrap_local(envelope: bytes, kek: bytes, context: bytes) -> bytes:
    """The document's key from an envelope of `wrap_local`.

    Raises:
        EnvelopeError: Another kind of envelope, key-encryption key or context, or changed bytes.
    """
    _check_key(kek)
    if envelope[:1] != bytes([LOCAL_SUITE]):
        raise UnsupportedSuite(f"suite {envelope[:1].hex() or 'missing'} is not a local envelope")
    if len(envelope) != 1 + _NONCE_BYTES + KEY_BYTES + TAG_BYTES:
        raise EnvelopeRefused(f"a local envelope has not {len(envelope)} bytes")
    try:
        return AESGCM(kek).decrypt(envelope[1 : 1 + _NONCE_BYTES], envelope[1 + _NONCE_BYTES :], _LOCAL + context)
    except InvalidTag as error:
        raise EnvelopeRefused("the local envelope does not open with this key and context") from error


def wrap_for(key: bytes, recipient_public: bytes, *, document: UUID, context: bytes = b"") -> bytes:
    """Lock a document's key so that one recipient alone can open it (HPKE, RFC 9180, base mode).

    Args:
        key: The document's key, 32 bytes.
        recipient_public: `Recipient.public` of the agent that may print.
        document: The document's UUID, bound in.
        context: Anything more to bind, such as the tenant; needed again to open it.

    Returns:
        81 bytes (X25519) or 1,169 (hybrid): suite byte, encapsulated key, locked key, tag.

    Raises:
        UnsupportedSuite: The public key is of a kind not known here.
    """
    _check_key(key)
    suite = suite_of(recipient_public)
    info = _info(suite, key_id(recipient_public), document, context)
    return bytes([suite]) + _hpke(suite).encrypt(key, load_public(recipient_public), info=info)


def unwrap_with(envelope: bytes, recipient: Recipient, *, document: UUID, context: bytes = b"") -> bytes:
    """The document's key from an envelope of `wrap_for`.

    Raises:
        EnvelopeError: Another kind of envelope, recipient, document or context, or changed bytes.
    """
    suite = suite_of(envelope)
    if suite is not recipient.suite:
        raise EnvelopeRefused(f"the envelope is of {suite.name}, the key of {recipient.suite.name}")
    info = _info(suite, recipient.key_id, document, context)
    try:
        key = _hpke(suite).decrypt(envelope[1:], load_private(recipient.private), info=info)
    except InvalidTag as error:
        raise EnvelopeRefused("the envelope does not open with this key, document and context") from error
    if len(key) != KEY_BYTES:
        raise EnvelopeRefused(f"the envelope holds {len(key)} bytes, not a key")
    return key


def _hpke(suite: Suite) -> hpke.Suite:
    return hpke.Suite(_KEMS[suite], hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def _info(suite: Suite, recipient: bytes, document: UUID, context: bytes) -> bytes:
    # Every part before the context has a fixed size, so no two different inputs give the same bytes.
    return _RECIPIENT + bytes([suite]) + recipient + document.bytes + context
