"""Permits: verified with the keys pinned at enrolment, and then held against whom this agent is. Pure.

Nothing of a permit is looked at before a signature by a pinned key has verified.
"""

from __future__ import annotations

from tympan.plugin import Member
from tympan_browser_bridge._errors import PermitRefused
from tympan_wire.bridge import PERMIT, Permit
from tympan_wire.dsse import BadEnvelope
from tympan_wire.hub import HubMessageError, decode


def verified(envelope: str, member: Member) -> Permit:
    """The permit in an envelope, signed by this agent's hub and made out to this agent.

    Raises:
        PermitRefused: It is none, or not by this hub, or not for this agent.
    """
    try:
        signed = PERMIT.opened(envelope)
        if not PERMIT.is_signed(signed, member.policy_keys):
            raise PermitRefused("the permit is not signed by the hub of this agent")
        permit = decode(Permit, signed.payload)
    except (BadEnvelope, HubMessageError) as error:
        raise PermitRefused("the permit cannot be read") from error
    if (permit.tenant, permit.agent) != (member.tenant, member.agent):
        raise PermitRefused("the permit is for another agent")
    return permit
