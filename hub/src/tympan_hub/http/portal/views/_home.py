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
        told: The reason was told by an agent, in English.
        jobs: So many jobs, where the thing is jobs and has no name.
    """

    tone: Tone
    icon: str
    what: str = ""
    why: str
    href: str
    told: bool = False
    jobs: int = 0


@frozen(kw_only=True)
class Count:
    """A number with its name and the page behind it."""

    number: int
    label: str
    href: str


@frozen(kw_only=True)
class Home:
    """The first page."""

    printers: tuple[PrinterRow, ...] = ()
    printers_total: int = 0
    jobs: tuple[JobRow, ...] = ()
    counts: tuple[Count, ...] = ()
    calls: tuple[Call, ...] = ()
    agents_total: int = 0
    computers_total: int = 0

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
