"""Who takes part: made for each run, with passwords by chance."""

from __future__ import annotations

import getpass
import secrets

import attrs

TENANT = "Harbour Works"
_PASSWORD_BYTES = 9


@attrs.frozen(kw_only=True)
class Person:
    """Somebody who signs in at the portal."""

    role: str
    name: str
    email: str
    password: str = attrs.field(factory=lambda: secrets.token_urlsafe(_PASSWORD_BYTES), repr=False)


@attrs.frozen(kw_only=True)
class People:
    """The three of the demo, and the account of this machine that the user prints from."""

    owner: Person = attrs.field(factory=lambda: Person(role="service owner", name="Olu", email="olu@hub.example"))
    administrator: Person = attrs.field(
        factory=lambda: Person(role="administrator", name="Ada", email="ada@harbour.example")
    )
    user: Person = attrs.field(factory=lambda: Person(role="user", name="Ben", email="ben@harbour.example"))
    account: str = attrs.field(factory=getpass.getuser)

    @property
    def everybody(self) -> tuple[Person, ...]:
        """All of them."""
        return (self.owner, self.administrator, self.user)
