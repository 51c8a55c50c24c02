"""Envelopes of one kind: JSON around a payload, with exactly one signature.

- What is signed is DSSE's pre-authentication encoding, which names the payload's type: what was signed as one kind
  never passes for another, though one key signs all of them.
- An envelope that claims another type than its reader's is refused before its signature is looked at.
- Nothing of a payload is proved before `Kind.is_signed`.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from typing import ClassVar, Final

from attrs import frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tympan_wire._errors import WireError

_KEY_DIGITS: Final = 16


class BadEnvelope(WireError):
    """Not an envelope of the kind that was asked for."""

    user_message: ClassVar[str] = "This was not written by the hub, or was changed. Ask for it again."


@frozen(kw_only=True)
class Signed:
    """What an envelope holds; nothing of it is proved yet."""

    payload: bytes
    key_id: str
    signature: bytes


@frozen(kw_only=True)
class Kind:
    """Envelopes of one kind.

    Attributes:
        payload_type: Media type of what is signed.
        envelope_bytes: An envelope is never longer than this.
    """

    payload_type: str
    envelope_bytes: int

    def to_be_signed(self, payload: bytes) -> bytes:
        """What is signed of a payload."""
        return pre_authentication(self.payload_type, payload)

    def sealed(self, payload: bytes, *, key_id: str, signature: bytes) -> str:
        """The envelope as JSON."""
        signed = {"keyid": key_id, "sig": base64.b64encode(signature).decode()}
        table = {
            "payloadType": self.payload_type,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [signed],
        }
        return json.dumps(table, separators=(",", ":"))

    def opened(self, envelope: str) -> Signed:
        """What an envelope holds.

        Raises:
            BadEnvelope: Too long, no envelope, of another payload type, or with more signatures than one.
        """
        if len(envelope) > self.envelope_bytes:
            raise BadEnvelope(f"an envelope has at most {self.envelope_bytes} bytes")
        try:
            table = json.loads(envelope)
            kind, (signature,) = table["payloadType"], table["signatures"]
            signed = Signed(
                payload=base64.b64decode(table["payload"], validate=True),
                key_id=str(signature["keyid"]),
                signature=base64.b64decode(signature["sig"], validate=True),
            )
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
            raise BadEnvelope("this is no signed envelope") from error
        if kind != self.payload_type:
            raise BadEnvelope(f"the envelope holds no {self.payload_type}")
        return signed

    def is_signed(self, signed: Signed, keys: Iterable[bytes]) -> bool:
        """Whether one of some public keys, Ed25519, 32 bytes each, signed it as this kind."""
        key = next((key for key in keys if key_id(key) == signed.key_id), None)
        if key is None:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signed.signature, self.to_be_signed(signed.payload))
        except InvalidSignature:
            return False
        return True


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding (PAE)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_id(public: bytes) -> str:
    """Names a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:_KEY_DIGITS]
