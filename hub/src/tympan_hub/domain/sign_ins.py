"""People signed in at agents: whom an account of an operating system stands for, and the tokens that lengthen it.

- One account of one agent stands for one person at a time.
- A token is used once: its use names the next one. An old token in a new request was stolen, and the sign-in ends.
"""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, PersonId, SignInId, TenantId, TokenHash, hash_of
from tympan_hub.domain.limits.sign_ins import REFRESH_CHARS, REFRESH_CHARS_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.text import is_name


@frozen(kw_only=True)
class SignIn:
    """A person signed in at an agent.

    Attributes:
        id: Its name.
        tenant: Whose it is.
        agent: Where.
        user: The account of the operating system.
        person: Who.
        token: Hash of the refresh token that holds.
        previous: Hash of the one before; "" at first.
        began_at: When they signed in.
        renewed_at: When it was lengthened last.
        expires_at: When it ends unless it is lengthened.
        ended_at: When it ended; None while it lasts.
    """

    id: SignInId
    tenant: TenantId
    agent: AgentId
    user: str
    person: PersonId
    token: TokenHash
    previous: str = ""
    began_at: dt.datetime
    renewed_at: dt.datetime
    expires_at: dt.datetime
    ended_at: dt.datetime | None = None

    def lasts(self, now: dt.datetime) -> bool:
        """Whether it has neither ended nor expired."""
        return self.ended_at is None and now < self.expires_at


@frozen(kw_only=True)
class Present:
    """A sign-in that lasts, with the name of its person."""

    sign_in: SignIn
    name: str


def check_user(user: str) -> None:
    """Raises ``BadInput`` for what is no account of an operating system."""
    if not is_name(user, NAME_OCTETS):
        raise BadInput(f"an account has 1 to {NAME_OCTETS} octets and no control characters")


def token_hash(token: str) -> TokenHash:
    """What is kept of a refresh token; raises ``BadInput`` for one too short to be a secret, or too long."""
    if not REFRESH_CHARS <= len(token) <= REFRESH_CHARS_MOST or not token.isascii():
        raise BadInput(f"a refresh token has {REFRESH_CHARS} to {REFRESH_CHARS_MOST} characters of ASCII")
    return hash_of(token)


def whose(sign_ins: tuple[SignIn, ...], created_at: dt.datetime) -> PersonId | None:
    """Whose job an account made: theirs who was signed in then, else theirs who signed in next and so let it print."""
    by_time = sorted(sign_ins, key=lambda one: one.began_at)
    then = [
        one for one in by_time if one.began_at <= created_at and (one.ended_at is None or created_at < one.ended_at)
    ]
    later = [one for one in by_time if one.began_at > created_at]
    return (then[-1] if then else later[0]).person if then or later else None
