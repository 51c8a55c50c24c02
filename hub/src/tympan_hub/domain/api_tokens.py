"""Tokens for programs: made by a person for a tenant, with a role that is at most theirs.

- Of a token the hash and a short beginning are kept; the token itself is shown once.
- It acts as its maker, with the lesser of its own role and the maker's of today. It dies with its maker.
"""

import datetime as dt
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import ApiTokenId, PersonId, TenantId, TokenHash, new_secret
from tympan_hub.domain.limits.requests import API_TOKEN_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.people import ACTS, Actor, Person, Role
from tympan_hub.domain.text import is_name

PREFIX: Final = "tym_"
"""What every token begins with, so that one in the wrong place is known for what it is."""

SHOWN_CHARS: Final = 10
"""So much of a token is kept and shown: enough to tell it from others, far too little to guess the rest."""


@frozen(kw_only=True)
class ApiToken:
    """A token for programs.

    Attributes:
        id: Never used again for another.
        tenant: Where it acts; ``SERVICE`` for a service owner's.
        hash: SHA-256 of the token.
        prefix: Its first characters, for people.
        name: What it is for.
        role: What it may do, at most.
        person: Who made it.
        made_at: When.
        expires_at: When it is no good any more.
        used_at: When it was last used, to the minute; None when never.
        revoked_at: When it was ended; None while it works.
        makes_administrators: Whether it may do what makes somebody manage the tenant.
    """

    id: ApiTokenId
    tenant: TenantId
    hash: TokenHash
    prefix: str
    name: str
    role: Role
    person: PersonId
    made_at: dt.datetime
    expires_at: dt.datetime
    used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    makes_administrators: bool = False

    def works(self, now: dt.datetime) -> bool:
        """Whether it is good, as far as itself can tell."""
        return self.revoked_at is None and now < self.expires_at


@frozen(kw_only=True)
class Caller:
    """A program that showed a token.

    Attributes:
        token: The token.
        person: Its maker, with the role the token gives.
    """

    token: ApiToken
    person: Person

    @property
    def actor(self) -> Actor:
        """The maker as one who acts through the token; the audit log names both."""
        label = f"{self.person.email[:230]} ({self.token.prefix}…)"
        return attrs.evolve(self.person.actor, label=label, makes_administrators=self.token.makes_administrators)


def new_api_token() -> str:
    """A token to give away."""
    return PREFIX + new_secret()


def roles_within(role: Role) -> tuple[Role, ...]:
    """Roles of a token that somebody of a role can make, their own first."""
    lesser = sorted((other for other in Role if ACTS[other] < ACTS[role]), key=lambda other: -len(ACTS[other]))
    return (role, *(() if role is Role.OWNER else lesser))


def role_today(token: ApiToken, maker: Person) -> Role:
    """The lesser of a token's role and its maker's of today: who lost a role has no token that keeps it."""
    return token.role if token.role in roles_within(maker.role) else maker.role


def check_api_token(name: str, role: Role, maker: Role, validity: dt.timedelta) -> None:
    """Raises ``BadInput`` for a token nobody can have, or not this person."""
    if not is_name(name, NAME_OCTETS):
        raise BadInput(f"a token's name has 1 to {NAME_OCTETS} octets and no control characters")
    if role not in roles_within(maker):
        raise BadInput("a token's role is at most that of its maker", next_step="Choose a lesser role.")
    if not dt.timedelta() < validity <= API_TOKEN_MOST:
        raise BadInput(f"a token is valid for up to {API_TOKEN_MOST.days} days")
