"""Devices found in networks as pages show them."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form, Page
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice
from tympan_hub.http.portal.views._printers import Move
from tympan_hub.http.portal.views._scans import MethodWord


@frozen(kw_only=True)
class DeviceRow:
    """A device in the list.

    Attributes:
        id: Its name at the hub.
        name: For people.
        model: As it calls itself; "" when it does not, or when it is the name.
        location: Where it says it stands.
        place: Its address in the network.
        methods: How it was found, words.
        seen_at: When it was seen last; None when never.
        agents: How many computers see it now.
        standing: New, known or ignored.
        makes: Whether a printer may be made of it: it is none yet, and has an address.
    """

    id: str
    name: str
    model: str
    location: str
    place: str
    methods: tuple[str, ...]
    seen_at: dt.datetime | None
    agents: int
    standing: Health
    makes: bool = False


@frozen(kw_only=True)
class DroppedRow:
    """What was dropped of what an agent told, on one day."""

    agent: str
    name: str
    day: dt.date
    too_many: int
    too_fast: int
    strange: int
    no_room: int = 0


@frozen(kw_only=True)
class Devices:
    """The page of devices.

    Attributes:
        rows: Some.
        page: Which.
        query: Words looked for.
        methods: How they were found, to choose from.
        states: Where they stand, to choose from.
        agent: The computer that sees them, when asked for one.
        agent_id: Its id.
        filtered: Whether anything was asked for.
        dropped: What was dropped lately.
        file: Address of the same as a file.
        ways: How the ways of finding devices stand.
    """

    rows: tuple[DeviceRow, ...]
    page: Page
    query: str = ""
    methods: tuple[Choice, ...] = ()
    states: tuple[Choice, ...] = ()
    agent: str = ""
    agent_id: str = ""
    filtered: bool = False
    dropped: tuple[DroppedRow, ...] = ()
    file: str = "/devices/file"
    ways: tuple[MethodWord, ...] = ()


@frozen(kw_only=True)
class Seer:
    """Who sees a device.

    Attributes:
        agent: The computer; "" for an administrator's list.
        agent_id: Its id.
        method: How, a word.
        in_view: Whether it sees it now.
        paused: Why it does not look for the time being; "" when it does.
        away_since: When it was last heard of, where that is why.
        seen_at: When it saw it last.
        uri: The address it has for it.
        addresses: Its IP addresses.
        detail: Why it did not answer.
    """

    agent: str
    agent_id: str
    method: str
    in_view: bool
    seen_at: dt.datetime
    uri: str = ""
    addresses: tuple[str, ...] = ()
    detail: str = ""
    paused: str = ""
    away_since: dt.datetime | None = None


@frozen(kw_only=True)
class DifferenceRow:
    """What was and what is, of one thing a device tells."""

    label: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    translated: bool = False


@frozen(kw_only=True)
class ChangeRow:
    """A device told something else than before."""

    at: dt.datetime
    by: str
    rows: tuple[DifferenceRow, ...]


@frozen(kw_only=True)
class SupplyRow:
    """A supply with what is left; ``color`` is one of the few that have a swatch, or ""."""

    name: str
    percent: int | None
    low: bool = False


@frozen(kw_only=True)
class MadePrinter:
    """A printer made of a device, and where the device is said to be now where that is another address."""

    id: str
    name: str
    uri: str
    now: Move | None = None


@frozen(kw_only=True)
class FoundDevice:
    """One device.

    Attributes:
        row: As in the list.
        uri: The address a printer would be made with; "" when nobody knows one.
        serial: Serial number.
        uuid: Its uuid.
        mac: Its hardware address.
        host: Its name in the network.
        firmware: Version of its firmware.
        fingerprint: Of its certificate.
        color: Whether it prints colour.
        two_sided: Whether it prints both sides.
        media: Paper.
        formats: What it takes.
        more_info: Its own page.
        first_seen_at: When it was found.
        state: How it is, a word; "" when it does not say.
        reasons: What hinders it, as it says.
        supplies: What it uses up.
        seers: Who sees it.
        changes: How it changed.
        printers: Printers made of it.
        ignored: It is to be ignored.
    """

    row: DeviceRow
    uri: str
    serial: str = ""
    uuid: str = ""
    mac: str = ""
    host: str = ""
    firmware: str = ""
    fingerprint: str = ""
    color: bool | None = None
    two_sided: bool | None = None
    media: str = ""
    formats: str = ""
    more_info: str = ""
    first_seen_at: dt.datetime
    state: str = ""
    reasons: tuple[str, ...] = ()
    supplies: tuple[SupplyRow, ...] = ()
    seers: tuple[Seer, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    printers: tuple[MadePrinter, ...] = attrs.field(default=())
    ignored: bool = False


@frozen(kw_only=True)
class ListLine:
    """A line of a list, as it is understood."""

    number: int
    name: str
    uri: str
    location: str


@frozen(kw_only=True)
class ListFault:
    """What is wrong with a line; ``cell`` is what stands there."""

    number: int
    why: str
    cell: str = ""


@frozen(kw_only=True)
class DeviceListPage:
    """Bringing a list of devices: choosing it, then what would come of it.

    Attributes:
        form: What is wrong with it as a whole.
        columns: What a list may tell.
        read: It was read, and waits to be taken.
        text: The list.
        lines: Lines that tell something new, the first of them.
        taken: How many those are.
        same: Lines that tell nothing new.
        faults: Lines with a mistake, the first of them.
        wrong: How many those are.
        unknown: Columns that tell nothing here.
    """

    form: Form = attrs.field(factory=Form)
    columns: tuple[str, ...] = ()
    read: bool = False
    text: str = ""
    lines: tuple[ListLine, ...] = ()
    taken: int = 0
    same: int = 0
    faults: tuple[ListFault, ...] = ()
    wrong: int = 0
    unknown: tuple[str, ...] = ()
