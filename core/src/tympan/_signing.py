"""Signed policy documents: DSSE envelopes (secure-systems-lab DSSE 1.0) under Ed25519 (RFC 8032).

- What is signed is the pre-authentication encoding, so a payload of another type never passes for a policy.
- Nothing of the payload is looked at before a signature by a trusted key has verified.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tympan._errors import BadPolicy
from tympan._limits import DEFAULTS
from tympan._policy import PolicyDocument, Scope, Verdict
from tympan_wire.dsse import key_id, pre_authentication

PAYLOAD_TYPE = "application/vnd.tympan.policy+json"
_FORMAT = 1
_RULES = 1000
_ORIGIN = 127
"""Characters of a group's name."""


def sign_policy(document: PolicyDocument, private_key: bytes) -> bytes:
    """Signs a document.

    Args:
        document: What to sign.
        private_key: The 32 bytes of an Ed25519 private key.

    Returns:
        The envelope as JSON.
    """
    key = Ed25519PrivateKey.from_private_bytes(private_key)
    payload = json.dumps(_payload(document), sort_keys=True).encode()
    signature = key.sign(pre_authentication(PAYLOAD_TYPE, payload))
    name = key_id(key.public_key().public_bytes_raw())
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": name, "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(envelope, indent=1).encode() + b"\n"


def public_key_of(private_key: bytes) -> bytes:
    """The 32 bytes of the public key that belongs to ``private_key``."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def open_policy(envelope: bytes, trusted: Mapping[str, bytes]) -> PolicyDocument:
    """Verifies and reads a signed document.

    Args:
        envelope: The DSSE envelope.
        trusted: Public keys (32 bytes) by their ``key_id``.

    Raises:
        BadPolicy: Too large, no envelope, no signature of a trusted key, or a payload that breaks a rule.
    """
    if len(envelope) > DEFAULTS.policy_bytes:
        raise BadPolicy(f"the document has {len(envelope)} bytes, more than {DEFAULTS.policy_bytes}")
    try:
        outer = json.loads(envelope)
        payload_type, payload = outer["payloadType"], base64.b64decode(outer["payload"], validate=True)
        signatures = [
            (str(item["keyid"]), base64.b64decode(item["sig"], validate=True)) for item in outer["signatures"]
        ]
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise BadPolicy(f"the document is no signed envelope: {type(error).__name__}") from error
    if payload_type != PAYLOAD_TYPE:
        raise BadPolicy(f"the envelope carries {payload_type!r:.80}, not a policy")
    if not any(_verifies(name, signature, payload, trusted) for name, signature in signatures[:8]):
        raise BadPolicy("no trusted key has signed it", next_step="Edit it with 'tympan policy set', which signs it.")
    return _document(payload)


def _verifies(name: str, signature: bytes, payload: bytes, trusted: Mapping[str, bytes]) -> bool:
    public = trusted.get(name)
    if public is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, pre_authentication(PAYLOAD_TYPE, payload))
    except InvalidSignature:
        return False
    return True


def _payload(document: PolicyDocument) -> dict[str, object]:
    return {
        "format": _FORMAT,
        "scope": document.scope.value,
        "name": document.name,
        "number": document.number,
        "issued_at": document.issued_at.isoformat(),
        "expires_at": document.expires_at.isoformat() if document.expires_at else None,
        "rules": {key: verdict.value for key, verdict in document.rules.items()},
        **({"origins": dict(document.origins)} if document.origins else {}),
    }


def _document(payload: bytes) -> PolicyDocument:
    try:
        table = json.loads(payload)
        if table["format"] != _FORMAT:
            raise ValueError(f"format {table['format']!r} is not {_FORMAT}")
        rules = {str(key): Verdict(verdict) for key, verdict in table["rules"].items()}
        if len(rules) > _RULES:
            raise ValueError(f"more than {_RULES} rules")
        return PolicyDocument(
            scope=Scope(table["scope"]),
            name=str(table["name"]),
            number=int(table["number"]),
            issued_at=_moment(table["issued_at"]),
            expires_at=_moment(table["expires_at"]) if table["expires_at"] is not None else None,
            rules=rules,
            origins={str(key): str(name)[:_ORIGIN] for key, name in table.get("origins", {}).items() if key in rules},
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadPolicy(f"the signed payload breaks a rule: {error}") from error


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment.astimezone(dt.UTC)
