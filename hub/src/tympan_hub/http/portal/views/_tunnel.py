"""The way of a printer's jobs to its device, and what may go through the hub, as pages show them."""

import datetime as dt
from collections.abc import Mapping

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form, Said
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class ServerRow:
    """A computer that is meant to print what comes through the hub.

    Attributes:
        agent: Its id.
        name: For people.
        state: Whether it can, and if not why, in a word.
        about: The same as a sentence, in English; "" where the word says it.
        seen_at: When it was heard of last; None while it is connected.
    """

    agent: str
    name: str
    state: Health
    about: str = ""
    seen_at: dt.datetime | None = None


@frozen(kw_only=True)
class Way:
    """How a printer's jobs come to its device.

    Attributes:
        word: In short, in English.
        text: The same as a sentence, in English.
        group: The group whose computers print them; "" for all that reach it.
        on: Some may go through the hub.
        few: What is wrong with those that print them, and what to do; None for nothing.
        servers: They, for those who may see computers.
        total: How many those are.
        shown: Whether whoever looks may see computers.
        goes: Some go through the hub now: the service owner has it on.
    """

    word: str
    text: str
    group: str = ""
    on: bool = False
    few: Said | None = None
    servers: tuple[ServerRow, ...] = ()
    total: int = 0
    shown: bool = False
    goes: bool = False


@frozen(kw_only=True)
class UseRow:
    """A way to choose: what it is called and what it means, both in English."""

    value: str
    word: str
    text: str
    chosen: bool = False


@frozen(kw_only=True)
class WayForm:
    """Choosing the way of a printer's jobs.

    Attributes:
        id: The printer.
        name: For people.
        form: What was chosen.
        uses: When jobs go through the hub.
        groups: Whose computers print them.
        may: Whether the service owner has it on.
        holds: The printer holds jobs.
    """

    id: str
    name: str
    form: Form
    uses: tuple[UseRow, ...]
    groups: tuple[Choice, ...]
    may: bool
    holds: bool = False


@frozen(kw_only=True)
class TunnelLimitsForm:
    """What may go through the hub: the form, and where the service owner says less, what holds.

    Attributes:
        form: What was typed.
        narrower: By the name of a field what holds instead: a sentence in English with its number.
    """

    form: Form
    narrower: Mapping[str, tuple[str, int]] = attrs.field(factory=dict)
