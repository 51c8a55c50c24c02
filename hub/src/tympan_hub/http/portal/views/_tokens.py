"""Tokens of the API as pages show them."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class ApiTokenRow:
    """A token in the list.

    Attributes:
        id: Its name in addresses.
        name: What it is for.
        prefix: Its beginning.
        role: A word.
        maker: Whose it is; "" for the one who looks.
        standing: Whether it works.
        works: Whether there is something to revoke.
        expires_at: Its end.
        used_at: When it was last used; None when never.
    """

    id: str
    name: str
    prefix: str
    role: str
    maker: str
    standing: Health
    works: bool
    expires_at: dt.datetime
    used_at: dt.datetime | None


@frozen(kw_only=True)
class ApiTokens:
    """The page of tokens."""

    rows: tuple[ApiTokenRow, ...]


@frozen(kw_only=True)
class ApiTokenMade:
    """A token, shown once."""

    secret: str
    name: str
    try_it: str
    expires_at: dt.datetime


@frozen(kw_only=True)
class ApiTokenForm:
    """Making a token: what it is for, then itself, once; ``may_make`` offers one that makes administrators."""

    roles: tuple[Choice, ...] = ()
    ends: tuple[Choice, ...] = ()
    may_make: bool = False
    made: ApiTokenMade | None = None
    form: Form = attrs.field(factory=Form)
