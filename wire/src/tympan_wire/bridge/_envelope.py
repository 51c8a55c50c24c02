"""The envelope of a permit: DSSE (secure-systems-lab DSSE 1.0) around its JSON, with exactly one signature.

What is signed is DSSE's pre-authentication encoding with a payload type of our own: a signed policy never passes for a
permit, nor a permit for a policy, though one key signs both.
"""

import base64
import binascii
import json
from typing import Final

from attrs import frozen

PAYLOAD_TYPE: Final = "application/vnd.tympan.bridge-permit+json"

ENVELOPE_BYTES: Final = 4096
"""A permit has some 300 bytes; its envelope is never longer than this."""


class BadEnvelope(Exception):
    """Not an envelope of a permit."""


@frozen(kw_only=True)
class Signed:
    """What an envelope holds; nothing of it is proved yet."""

    payload: bytes
    key_id: str
    signature: bytes


def to_be_signed(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding of a permit."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sealed(signed: Signed) -> str:
    """The envelope as JSON."""
    signature = {"keyid": signed.key_id, "sig": base64.b64encode(signed.signature).decode()}
    payload = base64.b64encode(signed.payload).decode()
    table = {"payloadType": PAYLOAD_TYPE, "payload": payload, "signatures": [signature]}
    return json.dumps(table, separators=(",", ":"))


def opened(envelope: str) -> Signed:
    """What an envelope holds.

    Raises:
        BadEnvelope: Too long, no envelope, of another payload type, or with more signatures than one.
    """
    if len(envelope) > ENVELOPE_BYTES:
        raise BadEnvelope(f"an envelope has at most {ENVELOPE_BYTES} bytes")
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
    if kind != PAYLOAD_TYPE:
        raise BadEnvelope("the envelope holds no permit")
    return signed
