"""Shared queues, as pages show them."""

import datetime as dt

from attrs import frozen

from tympan_hub.http.portal.views._frame import Form
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class Word:
    """What something is called.

    Attributes:
        text: In English, or in its own words.
        rest: What follows in every language: a number.
        translated: Whether the text is English, to be said in the language of whoever reads it.
    """

    text: str
    rest: str = ""
    translated: bool = True


@frozen(kw_only=True)
class ValueChoice:
    """A value of an option, in a select."""

    value: str
    word: Word
    chosen: bool = False


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
        name: Its IPP name.
        called: The same for people.
        value: What it is when nobody asks, for people.
        why: Who chose that, in English.
        by: Who of the tenant set it; "" where nobody did.
        at: When.
        told: What the queue itself says, where the tenant says otherwise.
        choices: What it may be; none where a number is typed.
        typed: The number that was typed here; None where none is typed.
    """

    name: str
    called: Word
    value: Word
    why: str
    by: str = ""
    at: dt.datetime | None = None
    told: Word | None = None
    choices: tuple[ValueChoice, ...] = ()
    typed: str | None = None


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
