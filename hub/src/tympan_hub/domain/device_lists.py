"""Lists of devices that administrators bring: CSV from whichever spreadsheet, read line by line.

- The first line names the columns, in any order; those that are not known are left alone. Commas, semicolons or
  tabulators part them. UTF-8, UTF-16 with its mark, or the code page of Western Europe.
- A mistake in a line leaves out that line, and is told with its number.
- A text that begins with an apostrophe before what a spreadsheet would take for a formula stands for itself: it is how
  the hub's own files write it (`tympan_hub.http.portal._sheet`).
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

from attrs import frozen

from tympan_hub.domain.devices import Device
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.limits.devices import DEVICE_LIST_BYTES, DEVICE_LIST_ROWS
from tympan_hub.domain.limits.sightings import SIGHTING_KEY_CHARS
from tympan_hub.domain.limits.values import WORD_CHARS
from tympan_hub.domain.sightings import (
    BY_HAND,
    IMPORT,
    Description,
    Name,
    Sighting,
    Trace,
    addresses_of,
    cleaned,
    device_uri,
    fingerprint_of,
    mac_of,
    place,
    serial_of,
)
from tympan_hub.domain.text import plain

COLUMNS: Final = ("id", "name", "uri", "location", "model", "serial", "uuid", "host", "address", "mac", "fingerprint")
"""What a list may tell of a device, as the columns are named."""

_ALSO: Final = {
    "printer": "name", "printer name": "name", "drucker": "name", "url": "uri", "device uri": "uri", "adresse": "uri",
    "place": "location", "ort": "location", "standort": "location", "make and model": "model", "modell": "model",
    "serial number": "serial", "seriennummer": "serial", "hostname": "host", "host name": "host", "ip": "address",
    "ip address": "address", "ip-adresse": "address", "mac address": "mac", "mac-adresse": "mac",
    "certificate": "fingerprint",
}  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
                   "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
_TELLING: Final = ("name", "uri", "serial", "uuid", "host", "address", "mac")


class Flaw(StrEnum):
    """Why a list is none."""

    TOO_LARGE = "too-large"
    NO_TEXT = "no-text"
    EMPTY = "empty"
    NO_COLUMN = "no-column"
    TOO_LONG = "too-long"
    NO_TABLE = "no-table"


class BadList(BadInput):
    """A list that cannot be read at all.

    Attributes:
        flaw: Why.
    """

    def __init__(self, flaw: Flaw, cause: str, *, next_step: str) -> None:
        super().__init__(cause, next_step=next_step)
        self.flaw = flaw


@frozen(kw_only=True)
class Fault:
    """What is wrong with a line, in English; ``cell`` is what stands there, when it is that."""

    line: int
    why: str
    cell: str = ""


@frozen(kw_only=True)
class Line:
    """A device as a list tells it.

    Attributes:
        number: Of the line in the file, from 1.
        cells: By column; what is empty is left out.
    """

    number: int
    cells: dict[str, str]


@frozen(kw_only=True)
class DeviceList:
    """A list, read.

    Attributes:
        lines: Those that are right.
        faults: What is wrong with the others.
        unknown: Columns that tell nothing here.
    """

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]
    unknown: tuple[str, ...]


def text_of(content: bytes) -> str:
    """The text of a file. Raises ``BadList`` for one that is too large, or no text."""
    if len(content) > DEVICE_LIST_BYTES:
        raise _too_large()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise BadList(Flaw.NO_TEXT, "this is no text", next_step="Save the table as CSV, and bring that.")
    return text


def read_list(text: str) -> DeviceList:
    """Reads a list. Raises ``BadList`` when it is none at all, or too long."""
    if _carried(text) > DEVICE_LIST_BYTES:
        raise _too_large()
    rows = _rows(text.removeprefix("\ufeff"))
    head = next(((number, cells) for number, cells in rows if any(map(str.strip, cells))), None)
    if head is None:
        raise BadList(
            Flaw.EMPTY, "the list is empty", next_step="The first line names the columns, such as name,uri,location."
        )
    columns = _columns(head[1])
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, cells in rows:
        if number - head[0] > DEVICE_LIST_ROWS:
            raise BadList(
                Flaw.TOO_LONG, f"a list has at most {DEVICE_LIST_ROWS} lines", next_step="Cut it into several."
            )
        told = {name: _cell(cell) for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
        if told and (fault := _fault(number, told)):
            faults.append(fault)
        elif told:
            lines.append(Line(number=number, cells=told))
    unknown = tuple(plain(cell, WORD_CHARS) for cell, name in zip(head[1], columns, strict=True) if not name)
    return DeviceList(lines=tuple(lines), faults=tuple(faults), unknown=tuple(filter(None, unknown)))


def _columns(head: Sequence[str]) -> list[str]:
    """What each column of the first line tells; "" for one that tells nothing here."""
    columns = [_column(cell) for cell in head]
    if not {*columns} & {*_TELLING}:
        known = ", ".join(COLUMNS)
        raise BadList(
            Flaw.NO_COLUMN,
            "the first line names no column that is known here",
            next_step=f"Known ones are: {known}.",
        )
    return columns


def cells_of(device: Device, uri: str, fingerprint: str) -> dict[str, str]:
    """A device as a list tells it; ``uri`` is where it takes jobs, with the certificate that is shown there."""
    told = device.description
    cells = {
        "id": device.id,
        "name": device.given_name or told.name,
        "uri": uri,
        "location": device.location,
        "model": told.make_and_model,
        "serial": told.serial,
        "uuid": told.uuid,
        "host": device.host_name,
        "address": device.place if addresses_of([device.place]) else "",
        "mac": device.mac,
        "fingerprint": fingerprint,
    }
    return {name: cell for name, cell in cells.items() if cell}


def guarded(cell: str) -> str:
    """A cell as it is written, so that no spreadsheet runs it; `read_list` takes that away again."""
    return f"'{cell}" if cell.lstrip("' ").startswith(_FORMULA) else cell


def sighting_of(line: Line, now: dt.datetime) -> Sighting:
    """A line as a sighting of nobody: it says where a device is, and that no agent sees it."""
    cells = line.cells
    described = cleaned(
        Description(
            uuid=cells.get("uuid", ""),
            serial=cells.get("serial", ""),
            name=cells.get("name", ""),
            make_and_model=cells.get("model", ""),
            location=cells.get("location", ""),
        )
    )
    uri, addresses = device_uri(cells.get("uri", "")), addresses_of([cells.get("address", "")])
    host = plain(cells.get("host", ""), WORD_CHARS)
    trace = Trace(
        name=Name(BY_HAND, IMPORT, _key(cells)),
        in_view=False,
        first_seen_at=now,
        seen_at=now,
        uuid=described.uuid,
        serial=serial_of(described),
        fingerprint=fingerprint_of(cells.get("fingerprint", "").lower()),
        mac=mac_of(cells.get("mac", "")),
        host=place(addresses, uri, host),
        model=described.make_and_model,
    )
    return Sighting(trace=trace, uri=uri, host_name=host, addresses=addresses, description=described)


def _carried(text: str) -> int:
    """Bytes of a text as a form carries it, which ends each line with two characters."""
    return len(re.sub("\r\n|\r|\n", "\r\n", text).encode())


def _too_large() -> BadList:
    return BadList(
        Flaw.TOO_LARGE, f"a list has at most {DEVICE_LIST_BYTES >> 10} KiB", next_step="Cut it into several."
    )


def _key(cells: Mapping[str, str]) -> str:
    """What names a line: its serial number with its maker, and its name with its place, for many have the same."""
    named = next(name for name in ("uuid", "serial", "mac", "uri", "address", "host", "name") if name in cells)
    beside = {"serial": cells.get("model", "").split()[:1], "name": [cells.get("location", "")]}.get(named, [])
    return " | ".join(filter(None, (cells[named], *beside))).casefold()[:SIGHTING_KEY_CHARS]


def _rows(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    first = text.lstrip("\r\n").partition("\n")[0]
    parted = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=parted)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        cause = f"line {reader.line_num} is no CSV: {error}"
        raise BadList(Flaw.NO_TABLE, cause, next_step="Save the table as CSV once more.") from error


def _column(cell: str) -> str:
    name = " ".join(cell.replace("_", " ").casefold().split())
    return name if name in COLUMNS else _ALSO.get(name, "")


def _cell(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell.lstrip("' ").startswith(_FORMULA) else cell


def _fault(number: int, told: dict[str, str]) -> Fault | None:
    if not {*told} & {*_TELLING}:
        return Fault(line=number, why="The line names no device.")
    for name, check, why in _CHECKS:
        if name in told and not check(told[name]):
            return Fault(line=number, why=why, cell=plain(told[name], WORD_CHARS))
    return None


_CHECKS: Final[tuple[tuple[str, Callable[[str], bool], str], ...]] = (
    ("name", lambda cell: len(cell) <= WORD_CHARS and bool(plain(cell, WORD_CHARS)), "This can be no name."),
    ("uri", lambda cell: bool(device_uri(cell)), "This is no address of a device, such as ipp://192.0.2.7/ipp/print."),
    ("location", lambda cell: len(cell) <= WORD_CHARS, "This is too long for a place."),
    ("serial", lambda cell: len(cell) <= WORD_CHARS, "This is too long for a serial number."),
    ("uuid", lambda cell: bool(cleaned(Description(uuid=cell)).uuid), "This is no UUID."),
    ("address", lambda cell: bool(addresses_of([cell])), "This is no IP address."),
    ("mac", lambda cell: bool(mac_of(cell)), "This is no hardware address, such as 00:00:5e:00:53:01."),
    ("fingerprint", lambda cell: bool(fingerprint_of(cell.lower())), "This is no SHA-256 of a certificate."),
)
