"""The envelope of a grant: DSSE (secure-systems-lab DSSE 1.0) around its JSON, with exactly one signature.

What is signed is DSSE's pre-authentication encoding with a payload type of our own: neither a policy nor a permit of
the same key ever passes for a grant, nor a grant for one of those.
"""

import base64
import binascii
import json
from typing import Final

from attrs import frozen

from tympan_wire.grants._errors import BadGrant

PAYLOAD_TYPE: Final = "application/vnd.tympan.release-grant+json"

ENVELOPE_BYTES: Final = 8192
"""A grant for three devices has some 600 bytes; its envelope is never longer than this."""


@frozen(kw_only=True)
class Signed:
    """What an envelope holds; nothing of it is proved yet."""

    payload: bytes
    key_id: str
    signature: bytes


def to_be_signed(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding of a grant."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sealed(payload: bytes, *, key_id: str, signature: bytes) -> str:
    """The envelope as JSON."""
    signed = {"keyid": key_id, "sig": base64.b64encode(signature).decode()}
    table = {"payloadType": PAYLOAD_TYPE, "payload": base64.b64encode(payload).decode(), "signatures": [signed]}
    return json.dumps(table, separators=(",", ":"))


def opened(envelope: str) -> Signed:
    """What an envelope holds.

    Raises:
        BadGrant: Too long, no envelope, of another payload type, or with more signatures than one.
    """
    if len(envelope) > ENVELOPE_BYTES:
        raise BadGrant(f"an envelope has at most {ENVELOPE_BYTES} bytes")
    try:
        table = json.loads(envelope)
        kind, (signature,) = table["payloadType"], table["signatures"]
        signed = Signed(
            payload=base64.b64decode(table["payload"], validate=True),
            key_id=str(signature["keyid"]),
            signature=base64.b64decode(signature["sig"], validate=True),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise BadGrant("this is no signed envelope") from error
    if kind != PAYLOAD_TYPE:
        raise BadGrant("the envelope holds no grant")
    return signed
