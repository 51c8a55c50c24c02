"""Enrolment tokens as pages show them."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._agents import AgentLink
from tympan_hub.http.portal.views._frame import Form, Page
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class EnrolmentTokenRow:
    """A token in the list.

    Attributes:
        id: Its name in addresses.
        name: What it is for; "" where nobody said.
        made_by: Who made it.
        made_at: When.
        expires_at: Its end.
        standing: Whether a computer may still come with it.
        open: One may.
        agent: Who came with it.
        replaces: Whose place the new computer takes.
        computers: So many may come with it.
        joined: So many came, of one for many.
    """

    id: str
    name: str
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime
    standing: Health
    open: bool
    agent: AgentLink | None = None
    replaces: AgentLink | None = None
    computers: int = 1
    joined: int = 0


@frozen(kw_only=True)
class EnrolmentTokens:
    """The page of tokens."""

    rows: tuple[EnrolmentTokenRow, ...]
    page: Page
    states: tuple[Choice, ...]
    filtered: bool = False


@frozen(kw_only=True)
class TokenMade:
    """An enrolment token, shown once, with the command that uses it."""

    command: str
    expires_at: dt.datetime
    computers: int = 1


@frozen(kw_only=True)
class AgentToken:
    """Adding an agent: say what for and how long, then see the token once."""

    ends: tuple[Choice, ...] = ()
    made: TokenMade | None = None
    form: Form = attrs.field(factory=Form)
