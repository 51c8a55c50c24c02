"""Printers as pages show them."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._assignments import Somebody
from tympan_hub.http.portal.views._bridge import ThisComputer
from tympan_hub.http.portal.views._frame import Form, Page
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice, JobRow
from tympan_hub.http.portal.views._queues import PlaceRow, Places
from tympan_hub.http.portal.views._shares import ShareRow
from tympan_hub.http.portal.views._tunnel import Way


@frozen(kw_only=True)
class PrinterRow:
    """A printer in a list.

    Attributes:
        id: Its id.
        name: For people.
        location: For people.
        model: As the device calls itself; "" when nobody knows.
        health: How its device is.
        place: How it stands at the one computer of whoever looks.
        elsewhere: They have several computers, to choose from on the printer's page.
    """

    id: str
    name: str
    location: str
    model: str
    health: Health
    place: PlaceRow | None = None
    elsewhere: bool = False


@frozen(kw_only=True)
class Printers:
    """The page of printers."""

    rows: tuple[PrinterRow, ...]
    page: Page
    query: str = ""


@frozen(kw_only=True)
class DeviceSeen:
    """What an agent told of the device."""

    agent: str
    health: Health
    detail: str
    observed_at: dt.datetime


@frozen(kw_only=True)
class Device:
    """What a device can, as it says."""

    model: str = ""
    color: bool | None = None
    duplex: bool | None = None
    media: str = ""
    formats: str = ""


@frozen(kw_only=True)
class CheckRow:
    """What an agent found at an address.

    Attributes:
        agent: The computer that looked.
        state: What it found, a word.
        told: The agent's sentence on why not, in English.
        live: It still looks.
        at: When it answered.
        device: What the device says of itself.
    """

    agent: str
    state: Health
    told: str = ""
    live: bool = False
    at: dt.datetime | None = None
    device: Device | None = None


@frozen(kw_only=True)
class Move:
    """Where a printer's device is said to be now, by whom, and whether its pinned certificate proves it."""

    uri: str
    seen_by: tuple[str, ...] = ()
    proven: bool = False


@frozen(kw_only=True)
class PullRules:
    """How a printer holds jobs, in short.

    Attributes:
        hold: How long.
        proximity: What proof is wanted at the device, in English.
        mirror: What becomes of jobs whose computer sleeps, in English.
    """

    hold: dt.timedelta
    proximity: str
    mirror: str


@frozen(kw_only=True)
class Printer:
    """One printer.

    Attributes:
        row: As in a list.
        uri: The device's address.
        device: What it can.
        checked_at: When an agent last looked and it answered; None when never.
        checked_by: Which computer that was; "" for those who may not see computers.
        seen: As the agents see it.
        jobs: The latest.
        places: How it stands at computers.
        everybody: It is for everybody.
        given: Whom it was given to, for those who manage printers.
        made_of: The device it was made of, where it was found.
        moved: Where that is said to be now, where it is another address; for those who oversee.
        rules: How it holds jobs; None for one that does not.
        way: How its jobs come to its device.
        share: The queue of a computer it is; None for one with a device.
    """

    row: PrinterRow
    uri: str
    device: Device
    checked_at: dt.datetime | None = None
    checked_by: str = ""
    seen: tuple[DeviceSeen, ...]
    jobs: tuple[JobRow, ...]
    here: ThisComputer
    places: Places = attrs.field(factory=Places)
    everybody: bool = True
    given: tuple[Somebody, ...] = ()
    made_of: str = ""
    moved: Move | None = None
    rules: PullRules | None = None
    way: Way | None = None
    share: ShareRow | None = None


@frozen(kw_only=True)
class Checkers:
    """Who can look at an address.

    Attributes:
        choices: Computers to choose from.
        searchable: There are more than can be chosen from at once, or some were looked for.
        none: None has the name that was looked for.
        more: There are more that fit.
    """

    choices: tuple[Choice, ...]
    searchable: bool = False
    none: bool = False
    more: bool = False


@frozen(kw_only=True)
class MadeOf:
    """The device a printer is made of, and the certificate it shows; "" where it has none."""

    id: str
    name: str
    fingerprint: str = ""


@frozen(kw_only=True)
class PrinterForm:
    """Adding a printer, or changing one.

    Attributes:
        id: The printer; "" when it is a new one.
        name: As it is called now.
        form: What was typed.
        ways: How jobs may go out.
        audiences: For whom a new one may be.
        checkers: Who can look at the address.
        checks: What they found.
        made_of: The device it is made of, with its certificate.
        holds: It holds jobs, and has no device of its own.
    """

    id: str = ""
    name: str = ""
    form: Form = attrs.field(factory=Form)
    ways: tuple[Choice, ...] = ()
    audiences: tuple[Choice, ...] = ()
    checkers: Checkers | None = None
    checks: tuple[CheckRow, ...] = ()
    made_of: MadeOf | None = None
    holds: bool = False

    @property
    def looking(self) -> bool:
        """Whether an answer is waited for."""
        return any(check.live for check in self.checks)
