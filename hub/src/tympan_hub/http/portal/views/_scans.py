"""Scans as pages show them."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form, Page
from tympan_hub.http.portal.views._health import Health


@frozen(kw_only=True)
class OffWord:
    """Who switched a way of finding devices off, and when.

    Attributes:
        owner: The service owner did.
        by: Which person; "" for the service owner.
        at: When.
        group: For this group alone; "" for everybody.
    """

    owner: bool = False
    by: str = ""
    at: dt.datetime
    group: str = ""


@frozen(kw_only=True)
class MethodWord:
    """How a way of finding devices stands.

    Attributes:
        name: For people, in English.
        off: Who switched it off; empty while it is on.
        everybody: It is off for everybody.
        agents: Agents that have it.
        running: Those on which it runs.
    """

    name: str
    off: tuple[OffWord, ...] = ()
    everybody: bool = False
    agents: int = 0
    running: int = 0


@frozen(kw_only=True)
class ScanRow:
    """A scan in the list.

    Attributes:
        id: Its name in addresses.
        targets: What is scanned, the first of it.
        more: Entries that are not named.
        standing: Where it stands.
        percent: How much is done.
        live: Whether it goes on.
        found: Devices that answered.
        addresses: How many there are.
        ordered_by: Who ordered it.
        ordered_at: When.
    """

    id: str
    targets: str
    more: int
    standing: Health
    percent: int
    live: bool
    found: int
    addresses: int
    ordered_by: str
    ordered_at: dt.datetime


@frozen(kw_only=True)
class Scans:
    """The list of scans."""

    rows: tuple[ScanRow, ...]
    page: Page
    method: MethodWord
    orders: bool


@frozen(kw_only=True)
class ScannerChoice:
    """A computer that can be chosen.

    Attributes:
        id: Its name in fields.
        name: For people.
        networks: Where it is; "" when it did not tell.
        connected: Whether it is connected.
        able: Whether scans run there.
        chosen: Whether it is chosen.
    """

    id: str
    name: str
    networks: str
    connected: bool
    able: bool
    chosen: bool


@frozen(kw_only=True)
class ScanForm:
    """Ordering a scan.

    Attributes:
        form: What was typed.
        wrong: What is wrong with a line of ranges, in the reader's language, by field.
        method: How scans stand.
        scanners: Computers to choose from.
        more: There are more than are shown.
        most: The highest speed.
        addresses: The most addresses.
    """

    form: Form = attrs.field(factory=Form)
    wrong: Form = attrs.field(factory=Form)
    method: MethodWord
    scanners: tuple[ScannerChoice, ...] = ()
    more: bool = False
    most: int
    addresses: int


@frozen(kw_only=True)
class ScanShare:
    """What one computer would do."""

    name: str
    targets: str
    addresses: int
    lasts: dt.timedelta


@frozen(kw_only=True)
class ScanAsked:
    """The question before a scan begins.

    Attributes:
        fields: What was typed, to be sent again.
        shares: Who would do what.
        addresses: How many addresses that is.
        lasts: For how long.
        outside: What of it is outside private space; "" when nothing.
        outside_count: How many addresses that is.
        names: How many host names there are, which may lead outside.
        nobody: What nobody reaches; "" when all is reached.
        away: What of that computers reach that are not connected.
        unable: Computers that were chosen and on which scans do not run.
        absent: Computers that were chosen and are not connected.
        method: How scans stand.
        fault: What is missing, in English.
    """

    fields: tuple[tuple[str, str], ...]
    shares: tuple[ScanShare, ...]
    addresses: int
    lasts: dt.timedelta
    outside: str = ""
    outside_count: int = 0
    names: int = 0
    nobody: str = ""
    away: str = ""
    unable: str = ""
    absent: str = ""
    method: MethodWord
    fault: str = ""


@frozen(kw_only=True)
class ScanPartRow:
    """What one computer does.

    Attributes:
        id: Its name in addresses.
        agent: The computer's.
        name: The computer, for people.
        targets: Its share, the first of it.
        standing: Where it stands.
        percent: How much is done.
        probed: Addresses asked.
        total: Addresses to ask.
        found: Devices that answered.
        detail: Its own sentence.
        why: Why nothing is heard of it, in English.
        heard_at: When it was last heard of.
        passable: Whether it can be given to another.
        live: Whether it goes on.
    """

    id: str
    agent: str
    name: str
    targets: str
    standing: Health
    percent: int
    probed: int
    total: int
    found: int
    detail: str
    why: str
    heard_at: dt.datetime
    passable: bool
    live: bool


@frozen(kw_only=True)
class Scan:
    """One scan.

    Attributes:
        row: As the list has it.
        targets: What was ordered.
        excluded: What was left out of it.
        per_second: Addresses a second and computer.
        outside: How many are outside private space.
        confirmed: Addresses outside private space may be asked, also where names lead there.
        unreached: How many were left out, as nobody reached them.
        probed: How many are asked.
        left: How long it lasts yet; None where it does not go on.
        stopped_by: Who stopped it.
        stopped_at: When.
        parts: What each computer does.
        method: How scans stand.
        orders: Whether the reader may order scans.
    """

    row: ScanRow
    targets: tuple[str, ...]
    excluded: tuple[str, ...]
    per_second: int
    outside: int
    confirmed: bool
    unreached: int
    probed: int
    left: dt.timedelta | None
    stopped_by: str
    stopped_at: dt.datetime | None
    parts: tuple[ScanPartRow, ...]
    method: MethodWord
    orders: bool


@frozen(kw_only=True)
class PassOn:
    """Giving a part to another computer."""

    scan: str
    part: ScanPartRow
    scanners: tuple[ScannerChoice, ...]
    query: str = ""
    more: bool = False
    fault: str = ""
