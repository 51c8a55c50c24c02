"""People at this machine: who is signed in at the hub for an account, and how somebody signs in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs
from attrs.validators import instance_of


@attrs.frozen(kw_only=True)
class SignedIn:
    """A person who is signed in.

    Attributes:
        user: The account of the operating system they are signed in for.
        person: Their id at the hub.
        name: For people.
    """

    user: str = attrs.field(validator=instance_of(str))
    person: str = attrs.field(validator=instance_of(str))
    name: str = attrs.field(default="", validator=instance_of(str))


@runtime_checkable
class PeopleSource(Protocol):
    """Says who is signed in."""

    async def people(self) -> Sequence[SignedIn] | None:
        """Everybody, as confirmed just now; None: not known yet, those of before hold for a while."""

    async def wait_changed(self) -> None:
        """Returns when ``people`` gives others, or the same confirmed anew, than when it was asked last."""


@attrs.frozen(kw_only=True)
class LoginCode:
    """A code for a person to approve at the portal.

    Attributes:
        id: By which it is asked about.
        user_code: To be typed.
        uri: Where.
        uri_complete: The same with the code in it.
        interval_s: Least time between two questions.
        expires_at: When it is no good any more, UTC.
        enrols: Whether approving it makes this agent known to the hub, too.
    """

    id: str
    user_code: str
    uri: str
    uri_complete: str
    interval_s: float
    expires_at: dt.datetime
    enrols: bool


class LoginStanding(StrEnum):
    """What became of a code."""

    PENDING = "pending"
    SLOWER = "slower"
    DENIED = "denied"
    EXPIRED = "expired"
    ENROLLED = "enrolled"
    SIGNED_IN = "signed-in"


@runtime_checkable
class SignIn(Protocol):
    """Signs people in at the hub; where this agent belongs to none, it is let in by the same code."""

    async def begin(self, address: str, user: str) -> LoginCode:
        """A code for ``user``, an account of this machine; at the hub of ``address``, or "" for the one it belongs to.

        Raises:
            TympanError: No hub is named, another one is, or the hub says no.
        """

    async def ask(self, code: str) -> LoginStanding:
        """What became of the code with this id; durable when it says ``signed-in``. Raises ``TympanError``."""

    async def sign_out(self, user: str) -> bool:
        """Ends the sign-in of an account; False when there was none. Raises ``TympanError``."""
