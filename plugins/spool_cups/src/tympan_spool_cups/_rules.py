"""Rules, all pure: names and addresses, whose a queue is, whether it is usable, what changed, what an endpoint lacks.

- A queue is ours when it prints to loopback, to a port this agent's endpoint is known to have, below ``/ipp/print``.
- A queue without a PPD says so in its ``printer-make-and-model`` ("Local Raw Printer"); that lpadmin ended well proves
  nothing.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from urllib.parse import urlsplit

from tympan.plugin import Queue, QueueChange, QueueEvent, QueueState
from tympan_spool_cups._identity import identity_of, kind_of
from tympan_spool_cups._limits import NAME_CHARACTERS
from tympan_spool_cups._model import Server
from tympan_wire.ipp import Group, PrinterState

DEFAULT_PORT = 39149
"""The loopback listener of an agent that was not told otherwise."""
_ENDPOINT = "/ipp/print"
_SOCKETS = ("/run/cups/cups.sock", "/var/run/cups/cups.sock", "/private/var/run/cupsd")
_SCHEME_PORTS = {"ipp": 631, "ipps": 631, "http": 80, "https": 443}
_STATES: Mapping[int, QueueState] = {
    PrinterState.IDLE: QueueState.IDLE,
    PrinterState.PROCESSING: QueueState.PROCESSING,
    PrinterState.STOPPED: QueueState.STOPPED,
}
_CLASS = 0x01
"""``printer-type`` bit of a class, which needs no PPD of its own."""
_REQUIRED = ("document-format-supported", "media-supported", "media-default", "operations-supported")
_RASTER_NEEDS = {
    "image/urf": "urf-supported",
    "image/pwg-raster": "pwg-raster-document-resolution-supported",
}
_USED_FORMATS = frozenset({"application/pdf", "image/urf", "image/pwg-raster", "image/jpeg", "image/png"})


def locate_server(setting: str, environment: Mapping[str, str], exists: Callable[[str], bool]) -> Server:
    """Where CUPS is: as set, else ``$CUPS_SERVER``, else the first usual socket there is, else localhost:631."""
    told = setting.strip() or environment.get("CUPS_SERVER", "").strip()
    if told:
        return parse_server(told)
    return next((Server(socket=path) for path in _SOCKETS if exists(path)), Server())


def parse_server(text: str) -> Server:
    """Reads what CUPS's own programs take: ``/path/to/socket``, ``host``, ``host:port``, each with ``/version=1.1``.

    Raises:
        ValueError: The port is none.
    """
    if text.startswith("/"):
        return Server(socket=text)
    split = urlsplit("//" + text.partition("/")[0])
    return Server(host=split.hostname or "localhost", port=split.port or 631)


def queue_name(name: str) -> str:
    """Makes a name every part of CUPS and the shell take: ``Büro 2`` becomes ``Buro_2``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:NAME_CHARACTERS] or "printer"


def endpoint_port(uri: str) -> int | None:
    """The TCP port of an endpoint on loopback; None for any other address."""
    try:
        split = urlsplit(uri)
        port = split.port or _SCHEME_PORTS.get(split.scheme)
    except ValueError:
        return None
    served = split.path == _ENDPOINT or split.path.startswith(_ENDPOINT + "/")
    known = split.scheme in _SCHEME_PORTS and served and _is_loopback(split.hostname or "")
    return port if known else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_ours(uri: str, ports: Collection[int]) -> bool:
    """Whether a queue's device URI leads to this agent, whose endpoint has had these ports."""
    return endpoint_port(uri) in ports


def queue_from(printer: Group, ports: Collection[int]) -> Queue:
    """The queue a printer group of CUPS tells of."""
    uri = printer.string("device-uri") or ""
    return Queue(
        name=printer.string("printer-name") or "",
        uri=uri,
        info=printer.string("printer-info") or "",
        location=printer.string("printer-location") or "",
        state=_STATES.get(printer.integer("printer-state") or 0, QueueState.STOPPED),
        reasons=tuple(reason for reason in printer.strings("printer-state-reasons") if reason != "none"),
        accepting=bool(printer.boolean("printer-is-accepting-jobs", True)),
        usable=is_usable(printer),
        ours=is_ours(uri, ports),
        identity=identity_of(printer),
        kind=kind_of(printer),
        make_and_model=printer.string("printer-make-and-model") or "",
        revision=str(printer.integer("printer-config-change-time") or ""),
    )


def is_usable(printer: Group) -> bool:
    """Whether CUPS has a PPD for it, and so handles formats and options."""
    model = printer.string("printer-make-and-model") or ""
    is_class = bool((printer.integer("printer-type") or 0) & _CLASS)
    return is_class or not (model == "" or model.endswith("Raw Printer"))


def changes(before: Iterable[Queue], after: Iterable[Queue]) -> tuple[QueueEvent, ...]:
    """What happened between two looks: removed first, then added, then changed."""
    old, new = ({queue.name: queue for queue in queues} for queues in (before, after))
    kinds = (
        (QueueChange.REMOVED, [name for name in old if name not in new]),
        (QueueChange.ADDED, [name for name in new if name not in old]),
        (QueueChange.CHANGED, [name for name in new if name in old and _differ(new[name], old[name])]),
    )
    return tuple(QueueEvent(name=name, change=change) for change, names in kinds for name in names)


def _differ(one: Queue, other: Queue) -> bool:
    return one != other or one.revision != other.revision


def missing_for_ppd(printer: Group) -> tuple[str, ...]:
    """Attributes without which CUPS makes no PPD of an endpoint (CUPS 2.4.2 gives up the whole PPD for each)."""
    formats = frozenset(printer.strings("document-format-supported"))
    absent = [name for name in _REQUIRED if not _has_value(printer, name)]
    absent += [need for media_type, need in _RASTER_NEEDS.items() if media_type in formats and need not in printer]
    if "urf-supported" in printer and not any(item.startswith("RS") for item in printer.strings("urf-supported")):
        absent.append("urf-supported with a resolution (RS)")
    if formats and not formats & _USED_FORMATS:
        absent.append("a format CUPS can make: PDF, PWG raster, URF, JPEG")
    return tuple(absent)


def _has_value(printer: Group, name: str) -> bool:
    attribute = printer.get(name)
    return attribute is not None and attribute.value is not None


def reasons_in_log(log: str, name: str) -> tuple[str, ...]:
    """What CUPS's error log says went wrong with a queue: the sentences of its lines of level E that name it."""
    wanted = re.compile(rf"^E \[[^\]]*\] {re.escape(name)}: (.+)$", re.MULTILINE)
    return tuple(dict.fromkeys(match[1].strip() for match in wanted.finditer(log)))
