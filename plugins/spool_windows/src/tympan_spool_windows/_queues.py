"""Rules of queues, all pure: whose one is, what kind, which device stands behind it, whether it works, what changed.

- A queue is ours when its port, or where this agent saw Windows put the queue it made, leads to loopback, to a port
  this agent's endpoint is known to have, below ``/ipp/print``. A name proves nothing: anybody may take one.
- The device behind a queue is known by its port: the name of a queue is changed at will, and a driver is exchanged.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from tympan.plugin import Queue, QueueChange, QueueEvent, QueueKind, QueueState
from tympan_spool_windows._limits import NAME_CHARACTERS
from tympan_spool_windows._records import QueueFlag, QueueRecord, QueueStatus

DEFAULT_PORT: Final = 39149
"""The loopback listener of an agent that was not told otherwise."""
_ENDPOINT: Final = "/ipp/print"
_SCHEME_PORTS: Final[Mapping[str, int]] = {"ipp": 631, "ipps": 631, "http": 80, "https": 443}
_FORBIDDEN: Final = re.compile(r"[\\,!\x00-\x1f]+")
"""What Windows takes in no name of a queue."""
_FILE_PORTS: Final = ("FILE:", "PORTPROMPT:", "XPSPORT:", "NUL:", "NUL")
_FILE_DRIVERS: Final = ("microsoft print to pdf", "microsoft xps document writer", "microsoft shared fax driver")
_FILE_DRIVER_STARTS: Final = ("send to microsoft onenote", "onenote")
_REASONS: Final[tuple[tuple[QueueStatus, str], ...]] = (
    (QueueStatus.PAUSED, "paused"),
    (QueueStatus.ERROR, "other-error"),
    (QueueStatus.PENDING_DELETION, "deleting"),
    (QueueStatus.PAPER_JAM, "media-jam-error"),
    (QueueStatus.PAPER_OUT, "media-empty-error"),
    (QueueStatus.MANUAL_FEED, "media-needed-report"),
    (QueueStatus.PAPER_PROBLEM, "media-needed-error"),
    (QueueStatus.OFFLINE, "offline-report"),
    (QueueStatus.OUTPUT_BIN_FULL, "output-area-full-error"),
    (QueueStatus.NOT_AVAILABLE, "offline-report"),
    (QueueStatus.TONER_LOW, "toner-low-warning"),
    (QueueStatus.NO_TONER, "toner-empty-error"),
    (QueueStatus.USER_INTERVENTION, "other-error"),
    (QueueStatus.OUT_OF_MEMORY, "spool-area-full-error"),
    (QueueStatus.DOOR_OPEN, "cover-open-error"),
    (QueueStatus.SERVER_UNKNOWN, "offline-report"),
)
_STOPPED: Final = (
    QueueStatus.PAUSED
    | QueueStatus.ERROR
    | QueueStatus.PAPER_JAM
    | QueueStatus.PAPER_OUT
    | QueueStatus.PAPER_PROBLEM
    | QueueStatus.OFFLINE
    | QueueStatus.OUTPUT_BIN_FULL
    | QueueStatus.NOT_AVAILABLE
    | QueueStatus.NO_TONER
    | QueueStatus.USER_INTERVENTION
    | QueueStatus.OUT_OF_MEMORY
    | QueueStatus.DOOR_OPEN
    | QueueStatus.SERVER_UNKNOWN
)
_WORKS: Final = (
    QueueStatus.BUSY | QueueStatus.PRINTING | QueueStatus.PROCESSING | QueueStatus.IO_ACTIVE | QueueStatus.WARMING_UP
)


def queue_name(name: str) -> str:
    """Makes a name Windows takes: no backslash, comma or exclamation mark, no space at its ends."""
    return _FORBIDDEN.sub("_", name).strip()[:NAME_CHARACTERS].strip() or "printer"


def endpoint_port(uri: str) -> int | None:
    """The TCP port of an endpoint of an agent on loopback; None for any other address."""
    try:
        split = urlsplit(uri)
        port = split.port or _SCHEME_PORTS.get(split.scheme)
    except ValueError:
        return None
    served = split.path == _ENDPOINT or split.path.startswith(_ENDPOINT + "/")
    return port if split.scheme in _SCHEME_PORTS and served and _is_loopback(split.hostname or "") else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ipp_uri(url: str) -> str:
    """The ``ipp:`` form of an address that Windows keeps as ``http:``; others as they are."""
    return "ipp" + url[4:] if url.startswith(("http:", "https:")) else url


def http_url(uri: str) -> str:
    """The ``http:`` form, which ``Add-Printer -IppURL`` takes, of an ``ipp:`` address, its port always told."""
    split = urlsplit(uri)
    port = split.port or _SCHEME_PORTS.get(split.scheme, 631)
    host = f"[{split.hostname}]" if ":" in (split.hostname or "") else split.hostname
    scheme = "https" if split.scheme in ("ipps", "https") else "http"
    return f"{scheme}://{host}:{port}{split.path}"


def uri_of(record: QueueRecord, made: Mapping[str, str]) -> str:
    """Where a queue prints to: its port when that is an address, else what this agent made at that port, else the port.

    Args:
        record: The queue.
        made: Addresses by the port that Windows gave to the queue this agent made for it.
    """
    for place in (record.port, record.location):
        if endpoint_port(place) is not None:
            return ipp_uri(place)
    return made.get(record.port) or record.port


def kind_of(record: QueueRecord) -> QueueKind:
    """Fax machines and queues that end in a file are no printers to share."""
    driver = record.driver.lower()
    if record.flags & QueueFlag.FAX or "fax" in driver or record.port.upper().startswith("SHRFAX"):
        return QueueKind.FAX
    if record.port.upper() in _FILE_PORTS or driver in _FILE_DRIVERS or driver.startswith(_FILE_DRIVER_STARTS):
        return QueueKind.FILE
    return QueueKind.PRINTER


def identity_of(record: QueueRecord) -> str:
    """The device behind a queue: its server and share, or its port in lower case; "" for what tells nothing."""
    if record.server:
        share = record.name.rpartition("\\")[2]
        return f"windows:{record.server}\\{share}".lower()
    port = record.port.strip().lower()
    return f"windows:{port}" if port and "," not in port else ""


def queue_from(record: QueueRecord, ports: Collection[int], made: Mapping[str, str]) -> Queue:
    """The queue a record tells of."""
    uri = uri_of(record, made)
    offline = bool(record.flags & QueueFlag.WORK_OFFLINE)
    return Queue(
        name=record.name,
        uri=uri,
        info=record.comment or record.name,
        location="" if endpoint_port(record.location) is not None else record.location,
        state=state_of(record.status, offline=offline),
        reasons=reasons_of(record.status, offline=offline),
        accepting=not record.status & QueueStatus.PENDING_DELETION,
        usable=bool(record.driver),
        ours=endpoint_port(uri) in ports,
        identity=identity_of(record),
        kind=kind_of(record),
        make_and_model=record.driver,
        revision=record.revision,
    )


def state_of(status: QueueStatus, *, offline: bool = False) -> QueueState:
    """What holds a queue up counts before what it does."""
    if offline or status & _STOPPED:
        return QueueState.STOPPED
    return QueueState.PROCESSING if status & _WORKS else QueueState.IDLE


def reasons_of(status: QueueStatus, *, offline: bool = False) -> tuple[str, ...]:
    """IPP ``printer-state-reasons``."""
    told = [keyword for bit, keyword in _REASONS if status & bit]
    return tuple(dict.fromkeys([*told, *(["offline-report"] if offline else [])]))


def changes(before: Iterable[Queue], after: Iterable[Queue]) -> tuple[QueueEvent, ...]:
    """What happened between two looks: removed first, then added, then changed."""
    old, new = ({queue.name: queue for queue in queues} for queues in (before, after))
    kinds = (
        (QueueChange.REMOVED, [name for name in old if name not in new]),
        (QueueChange.ADDED, [name for name in new if name not in old]),
        (QueueChange.CHANGED, [name for name in new if name in old and new[name] != old[name]]),
    )
    return tuple(QueueEvent(name=name, change=change) for change, names in kinds for name in names)


def is_class_driver(driver: str) -> bool:
    """Whether it is one of those of Windows itself whose format is XPS: for IPP, and for what speaks a standard one."""
    name = driver.lower()
    return name.startswith("microsoft ") and name.endswith("class driver")
