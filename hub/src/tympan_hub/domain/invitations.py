"""Invitations: a link that makes one person, once."""

import datetime as dt
from enum import StrEnum

from attrs import frozen

from tympan_hub.domain.errors import InvitationEnded
from tympan_hub.domain.ids import GroupId, InvitationId, PersonId, TenantId, TokenHash
from tympan_hub.domain.people import Role


class Ending(StrEnum):
    """Why an invitation is none any more."""

    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


@frozen(kw_only=True)
class Invitation:
    """An invitation.

    Attributes:
        id: By which administrators name it; it opens nothing.
        tenant: Where to.
        hash: Of the secret in its link.
        email: With what the invited person will sign in.
        role: What they will be.
        groups: Groups they will be in, of those that are there then.
        made_by: Who invites, as the log names them.
        maker: The person that is, or whose token it was; None when it was nobody.
        made_at: When.
        expires_at: Until when the link is good.
        ended_at: When it was used or revoked.
        ended: Which of them.
    """

    id: InvitationId
    tenant: TenantId
    hash: TokenHash
    email: str
    role: Role
    groups: tuple[GroupId, ...] = ()
    made_by: str
    maker: PersonId | None = None
    made_at: dt.datetime
    expires_at: dt.datetime
    ended_at: dt.datetime | None = None
    ended: Ending | None = None

    def ending(self, now: dt.datetime) -> Ending | None:
        """Why it is good for nothing; None while it is open."""
        return self.ended or (Ending.EXPIRED if self.expires_at <= now else None)

    def require_open(self, now: dt.datetime) -> None:
        """Raises ``InvitationEnded`` unless it is good."""
        ending = self.ending(now)
        if ending is not None:
            raise InvitationEnded(
                f"this invitation is {ending.value}", next_step="Ask for a new one.", why=ending.value
            )
