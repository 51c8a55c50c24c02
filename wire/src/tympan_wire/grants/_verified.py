"""Grants verified with the keys pinned at enrolment, and held against whom the agent is and what time it is. Pure.

- Nothing of a grant is looked at before a signature by a pinned key has verified.
- Whether it was used before is for who keeps that to say: this module remembers nothing.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from tympan_wire.dsse import BadEnvelope
from tympan_wire.grants._errors import BadGrant, ForAnother, NotNow, NotSigned
from tympan_wire.grants._kind import GRANT
from tympan_wire.hub import GRANT_S, HubMessageError, ReleaseGrant, decode

SKEW_S: Final = 120
"""An agent's clock may be so far behind the hub's: a grant just made is good at once. It is no good a second longer."""


def verified(envelope: str, *, keys: Iterable[bytes], tenant: str, agent: str, now: dt.datetime) -> ReleaseGrant:
    """The grant in an envelope.

    Args:
        envelope: As the hub gave it.
        keys: Public keys of the hub, Ed25519, 32 bytes each, pinned at enrolment.
        tenant: Whose this agent is.
        agent: This agent.
        now: The wall clock.

    Raises:
        NotSigned: No pinned key signed it.
        ForAnother: It is for another agent.
        NotNow: Its time has not come, or is over.
        BadGrant: It cannot be read, or claims what no grant may.
    """
    try:
        signed = GRANT.opened(envelope)
    except BadEnvelope as error:
        raise BadGrant(str(error)) from error
    if not GRANT.is_signed(signed, keys):
        raise NotSigned("the grant is not signed by the hub of this agent")
    try:
        grant = decode(ReleaseGrant, signed.payload)
    except HubMessageError as error:
        raise BadGrant("the grant cannot be read") from error
    if (grant.tenant, grant.agent) != (tenant, agent):
        raise ForAnother("the grant is for another agent")
    _check_time(grant, now.timestamp())
    return grant


def _check_time(grant: ReleaseGrant, now_s: float) -> None:
    if not 0 < grant.expires_at - grant.not_before <= GRANT_S:
        raise BadGrant(f"a grant is good for at most {GRANT_S} seconds")
    if now_s < grant.not_before - SKEW_S:
        raise NotNow("the grant is not good yet: compare this computer's clock with the hub's")
    if now_s >= grant.expires_at:
        raise NotNow("the grant has expired")
