"""Permits: verified with the keys pinned at enrolment, and then held against whom this agent is. Pure.

Nothing of a permit is looked at before a signature by a pinned key has verified.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tympan.plugin import Member
from tympan_browser_bridge._errors import PermitRefused
from tympan_wire.bridge import BadEnvelope, Permit, Signed, opened, to_be_signed
from tympan_wire.hub import HubMessageError, decode


def verified(envelope: str, member: Member) -> Permit:
    """The permit in an envelope, signed by this agent's hub and made out to this agent.

    Raises:
        PermitRefused: It is none, or not by this hub, or not for this agent.
    """
    try:
        signed = opened(envelope)
        if not _is_signed(signed, member):
            raise PermitRefused("the permit is not signed by the hub of this agent")
        permit = decode(Permit, signed.payload)
    except (BadEnvelope, HubMessageError) as error:
        raise PermitRefused("the permit cannot be read") from error
    if (permit.tenant, permit.agent) != (member.tenant, member.agent):
        raise PermitRefused("the permit is for another agent")
    return permit


def _is_signed(signed: Signed, member: Member) -> bool:
    key = next((key for key in member.policy_keys if _key_id(key) == signed.key_id), None)
    if key is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed.signature, to_be_signed(signed.payload))
    except InvalidSignature:
        return False
    return True


def _key_id(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]
