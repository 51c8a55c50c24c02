"""The first page: a user's printers and jobs, an administrator's overview."""

import datetime as dt

from attrs import frozen

from tympan_hub.http.portal.views._frame import Tone
from tympan_hub.http.portal.views._jobs import JobRow
from tympan_hub.http.portal.views._printers import PrinterRow


@frozen(kw_only=True)
class Call:
    """Something that needs a person: what, and where to go.

    Attributes:
        tone: How bad it is.
        icon: Its picture.
        what: The thing, named as people know it.
        why: The reason: English of the portal, or as an agent told it.
        href: Where to go.
        then: The next step, in English; "" where the reason says it.
        told: The reason was told by an agent, in English.
        jobs: So many jobs, where the thing is jobs and has no name.
    """

    tone: Tone
    icon: str
    what: str = ""
    why: str
    href: str
    then: str = ""
    told: bool = False
    jobs: int = 0


@frozen(kw_only=True)
class Count:
    """A number with its name and the page behind it.

    Attributes:
        note: A number that belongs to it, with its sentence in English (``%(num)s``); None for none.
    """

    number: int
    label: str
    href: str
    note: tuple[str, int] | None = None


@frozen(kw_only=True)
class Step:
    """A step on the way to the first page.

    Attributes:
        title: What is to be done, in English.
        text: How, in English.
        href: Where.
        label: What its button says, in English.
        done: It is done.
        next: It is the one to do now.
    """

    title: str
    text: str
    href: str
    label: str
    done: bool
    next: bool = False


@frozen(kw_only=True)
class Home:
    """The first page.

    Attributes:
        held: How many jobs whoever looks holds.
        soon: How many of those are erased soon.
    """

    printers: tuple[PrinterRow, ...] = ()
    printers_total: int = 0
    jobs: tuple[JobRow, ...] = ()
    counts: tuple[Count, ...] = ()
    calls: tuple[Call, ...] = ()
    calls_total: int = 0
    steps: tuple[Step, ...] = ()
    held: int = 0
    soon: int = 0

    @property
    def busy(self) -> bool:
        """Whether a computer is installing something."""
        return any(printer.place is not None and printer.place.state.live for printer in self.printers)


@frozen(kw_only=True)
class TenantRow:
    """A tenant in a service owner's list."""

    id: str
    name: str
    created_at: dt.datetime


@frozen(kw_only=True)
class Tenants:
    """The first page of a service owner."""

    rows: tuple[TenantRow, ...]
