"""Held jobs, where they may come out, and what became of them, as pages show them."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form, Said
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class HeldRow:
    """A held job of whoever looks.

    Attributes:
        id: Its uuid.
        title: The document's title; "" where it is not known.
        pages: Of the document; None when not known.
        traits: What it would be on paper, words.
        copies: How many.
        created_at: When its first byte came.
        until: When it is erased unless it is released; None when nobody told yet.
        soon: That is soon.
        place: Where its document lies, when that is worth a word.
        first: It is the first of the list.
        last: It is the last.
        picked: It is ticked.
        refused: It cannot come out at this device.
        notes: What will differ from what was asked for, or why it cannot come out there, in English.
        nearest: A device that could do all of it, when this one cannot, and where it stands.
        detail: What its agent says of it, in English; "" for nothing.
    """

    id: str
    title: str
    pages: int | None = None
    traits: tuple[str, ...] = ()
    copies: int = 1
    created_at: dt.datetime
    until: dt.datetime | None = None
    soon: bool = False
    place: Health | None = None
    first: bool = False
    last: bool = False
    picked: bool = False
    refused: bool = False
    notes: tuple[str, ...] = ()
    nearest: str = ""
    detail: str = ""


@frozen(kw_only=True)
class HeldJobs:
    """The jobs one holds.

    Attributes:
        rows: In the owner's order.
        form: What was typed as the code of a device.
        points: Devices to release at from here.
    """

    rows: tuple[HeldRow, ...]
    form: Form = attrs.field(factory=Form)
    points: tuple[Choice, ...] = ()


@frozen(kw_only=True)
class HeldJob:
    """A held job, to be changed.

    Attributes:
        row: As in the list.
        form: What was typed.
        sides: Of the paper to choose from.
        colors: Ways of printing colour to choose from.
        back: Where it was come from.
    """

    row: HeldRow
    form: Form
    sides: tuple[Choice, ...]
    colors: tuple[Choice, ...]
    back: str


@frozen(kw_only=True)
class NearLink:
    """An agent in a device's network, for a phone to reach."""

    href: str


@frozen(kw_only=True)
class PointDevice:
    """A device at which whoever looks stands.

    Attributes:
        code: Its short code.
        spelled: The same as it is shown.
        name: For people.
        location: For people.
        health: How the device is.
        hindrance: What keeps it from printing; None for nothing.
        rows: Their held jobs, with what would become of each there.
        asks_code: A code of the device's screen is wanted.
        near: Agents of which the phone must reach one; empty when that is not wanted.
        asks_near: The phone must have reached an agent.
        ticket: Proof that they stand there; "" while there is none.
        form: What was typed.
        picks: How many of the jobs are ticked.
        free: How many of them can be.
    """

    code: str
    spelled: str
    name: str
    location: str
    health: Health
    hindrance: Said | None = None
    rows: tuple[HeldRow, ...]
    asks_code: bool = False
    asks_near: bool = False
    near: tuple[NearLink, ...] = ()
    ticket: str = ""
    form: Form = attrs.field(factory=Form)
    picks: int = 0
    free: int = 0


@frozen(kw_only=True)
class ReleasedRow:
    """A job that was released, and how it goes.

    Attributes:
        id: Of the job.
        title: The document's title.
        state: How it stands.
        why: What hinders it, a sentence of ours in English; "" for nothing.
        told: What its agent says of it, in English; "" for nothing.
        then: What to do, a sentence of ours in English; "" for nothing.
        page: Which page is being printed; None when nobody knows.
        pages: Of how many.
    """

    id: str
    title: str
    state: Health
    why: str = ""
    told: str = ""
    then: str = ""
    page: int | None = None
    pages: int | None = None


@frozen(kw_only=True)
class Released:
    """What became of a release.

    Attributes:
        place: The device.
        code: Its short code, to go back to it; "" when it is none any more.
        rows: The jobs in the order in which they come out.
        live: Something goes on.
        done: All of it is on paper.
        unsure: Nobody can tell of some of it, and the rest is on paper.
        said: The whole as a sentence.
    """

    place: str
    code: str = ""
    rows: tuple[ReleasedRow, ...]
    live: bool
    done: bool
    unsure: bool = False
    said: Said | None = None


@frozen(kw_only=True)
class PointRow:
    """A device at which held jobs may come out.

    Attributes:
        printer: The id of its printer.
        name: For people.
        location: For people.
        code: Its short code.
        qr: Its picture as an address of data.
        address: Where the picture leads.
        health: How the device is.
        since: When it was made a release point.
    """

    printer: str
    name: str
    location: str
    code: str
    qr: str = ""
    address: str = ""
    health: Health
    since: dt.datetime | None = None


@frozen(kw_only=True)
class Points:
    """Release points of the tenant.

    Attributes:
        rows: By name.
        candidates: Printers that could be made ones.
        queues: Pull queues there are.
        fault: What was wrong with what was ticked.
    """

    rows: tuple[PointRow, ...]
    candidates: tuple[Choice, ...] = ()
    queues: int = 0
    fault: str = ""


@frozen(kw_only=True)
class Point:
    """One release point.

    Attributes:
        row: As in the list, with its picture.
        kiosk: The link for the screen beside it, when that was just made.
        has_kiosk: There is such a link.
        proximities: What proof may be wanted here.
    """

    row: PointRow
    kiosk: str = ""
    has_kiosk: bool = False
    proximities: tuple[Choice, ...] = ()


@frozen(kw_only=True)
class PointSheets:
    """Sheets to hang beside devices."""

    rows: tuple[PointRow, ...]
    labels: bool
    hub: str
    whole_href: str
    labels_href: str


@frozen(kw_only=True)
class Kiosk:
    """What the tablet beside a device shows.

    Attributes:
        name: Of the device.
        location: Where it stands.
        qr: The picture with the code of now.
        code: Short code of the device.
        proof: The code of now; "" where none is wanted.
        hindrance: What keeps the device from printing; None for nothing.
        left_s: Seconds it is shown.
        of_s: Seconds a code is shown.
    """

    name: str
    location: str
    qr: str
    code: str
    proof: str
    hindrance: Said | None = None
    left_s: int
    of_s: int


@frozen(kw_only=True)
class StationRow:
    """A trusted station, such as a badge reader."""

    id: str
    name: str
    points: tuple[str, ...]
    created_at: dt.datetime
    used_at: dt.datetime | None = None


@frozen(kw_only=True)
class Stations:
    """Trusted stations of the tenant."""

    rows: tuple[StationRow, ...]


@frozen(kw_only=True)
class StationForm:
    """Making a station; once made, its secret is shown."""

    form: Form = attrs.field(factory=Form)
    points: tuple[Choice, ...] = ()
    name: str = ""
    secret: str = ""
    try_it: str = ""


@frozen(kw_only=True)
class PullForm:
    """How a pull printer holds jobs.

    Attributes:
        id: The printer.
        name: For people.
        form: What was typed.
        offers: What the queue offers of what its devices can.
        mirrors: Where else held jobs are kept.
        keepers: Which computers keep them, where computers do.
        proximities: What proof of standing at the device is wanted.
    """

    id: str
    name: str
    form: Form
    offers: tuple[Choice, ...]
    mirrors: tuple[Choice, ...]
    keepers: tuple[Choice, ...]
    proximities: tuple[Choice, ...]


@frozen(kw_only=True)
class Nothing:
    """A page that takes nothing."""


@frozen(kw_only=True)
class Camera:
    """The page with the camera.

    Attributes:
        hub: Where codes of this hub lead, beside the address of the page.
    """

    hub: str
    form: Form = attrs.field(factory=Form)
