"""Shared queues, as pages show them."""

import datetime as dt

from attrs import frozen

from tympan_hub.http.portal.views._frame import Form
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class ShareRow:
    """A queue in a list, or on the page of its printer.

    Attributes:
        id: Its id.
        name: For people.
        queue: What its computer calls it.
        computer: That computer.
        agent: Its agent's id.
        seen_at: When it was heard of last.
        state: How it stands, in a word.
        about: The same as a sentence, in English; "" where the word says it.
        printer: The printer it is; "" while it is none.
        stopped_by: Who stopped it; "" while nobody has.
        stopped_at: When.
    """

    id: str
    name: str
    queue: str
    computer: str
    agent: str
    seen_at: dt.datetime
    state: Health
    about: str = ""
    printer: str = ""
    stopped_by: str = ""
    stopped_at: dt.datetime | None = None


@frozen(kw_only=True)
class OptionRow:
    """An option of a queue.

    Attributes:
        name: What it is called.
        value: What it is when nobody asks.
        why: Who chose that, in English.
        by: Who of the tenant set it; "" where nobody did.
        at: When.
        told: What the queue itself says, where the tenant says otherwise.
        choices: What it may be; none where a number is typed.
        typed: Whether a number is typed.
    """

    name: str
    value: str
    why: str
    by: str = ""
    at: dt.datetime | None = None
    told: str = ""
    choices: tuple[Choice, ...] = ()
    typed: bool = False


@frozen(kw_only=True)
class Share:
    """The page of a shared queue."""

    row: ShareRow
    options: tuple[OptionRow, ...] = ()


@frozen(kw_only=True)
class SharingForm:
    """What the tenant says of sharing."""

    form: Form
    audiences: tuple[Choice, ...]
