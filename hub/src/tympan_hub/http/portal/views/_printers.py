"""Printers as pages show them."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._bridge import ThisComputer
from tympan_hub.http.portal.views._frame import Form, Page, Tone
from tympan_hub.http.portal.views._jobs import JobRow
from tympan_hub.http.portal.views._queues import PlaceRow, Places


@frozen(kw_only=True)
class Health:
    """How a printer's device is, as the agents see it."""

    word: str
    icon: str
    tone: Tone


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
class Printer:
    """One printer."""

    row: PrinterRow
    uri: str
    color: bool | None
    duplex: bool | None
    media: str
    seen: tuple[DeviceSeen, ...]
    jobs: tuple[JobRow, ...]
    here: ThisComputer
    places: Places = attrs.field(factory=Places)
    changed_by: str = ""
    changed_at: dt.datetime | None = None


@frozen(kw_only=True)
class PrinterForm:
    """Adding a printer, or changing one.

    Attributes:
        id: The printer; "" when it is a new one.
        name: As it is called now.
        form: What was typed.
    """

    id: str = ""
    name: str = ""
    form: Form = attrs.field(factory=Form)
