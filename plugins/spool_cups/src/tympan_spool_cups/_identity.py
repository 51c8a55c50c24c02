"""Identity: the device behind a queue, told from where the queue sends to and what its driver says. Pure.

- The same device has the same identity under another queue name, after the queue was made again, and whether it is
  reached over IPP with or without TLS.
- A serial number or a UUID in the address says more than the address. Passwords and options of a backend
  (``?waitjob=false``) say nothing and are left out.
- The device ID of a driver names a model and no single device, so it only ever stands beside an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from tympan.plugin import QueueKind
from tympan_spool_cups._limits import IDENTITY_CHARACTERS
from tympan_wire.ipp import Group

_CLASS: Final = 0x01
_FAX: Final = 0x40000
_PORTS: Final[Mapping[str, int]] = {"ipp": 631, "http": 80, "socket": 9100, "lpd": 515, "smb": 445}
_ONE_PROTOCOL: Final[Mapping[str, str]] = {"ipps": "ipp", "https": "http", "ipp14": "ipp"}
_TELLING: Final = ("uuid", "serial", "sn", "id")
"""Query keys of device URIs that name one device: ``dnssd`` and ``usb`` of CUPS, ``hp`` of HPLIP."""
_FILE_SCHEMES: Final = frozenset({"file", "cups-pdf", "pdf", "null", "nul"})
_FAX_SCHEMES: Final = frozenset({"fax", "hpfax", "efax", "capifax", "mtink-fax", "driverless-fax"})


def kind_of(printer: Group) -> QueueKind:
    """What stands behind a queue, by its type and where it sends to."""
    bits, uri = printer.integer("printer-type") or 0, (printer.string("device-uri") or "").lower()
    scheme, path = uri.partition(":")[0], uri.partition("?")[0].rstrip("/")
    if bits & _FAX or scheme in _FAX_SCHEMES or path.endswith("/faxout"):
        return QueueKind.FAX
    if bits & _CLASS:
        return QueueKind.CLASS
    return QueueKind.FILE if scheme in _FILE_SCHEMES else QueueKind.PRINTER


def identity_of(printer: Group) -> str:
    """The device behind a queue; a class is known by its name, as that is all it is."""
    if kind_of(printer) is QueueKind.CLASS:
        return f"class:{printer.string('printer-name') or ''}"
    return normalised(printer.string("device-uri") or "")[:IDENTITY_CHARACTERS]


def normalised(uri: str) -> str:
    """A device URI as every queue of that device has it; one that is none is kept, and of nothing nothing is told."""
    if ":" not in uri:
        return uri.strip()
    try:
        split = urlsplit(uri)
        host, port = (split.hostname or "").rstrip("."), split.port
    except ValueError:
        return uri.strip()
    scheme = _ONE_PROTOCOL.get(split.scheme, split.scheme)
    told = {name.lower(): value for name, value in parse_qsl(split.query)}
    telling = next((f"{name}={told[name].lower()}" for name in _TELLING if told.get(name)), "")
    if scheme == "dnssd" and telling:
        return f"device:{telling}"  # the name it is announced under is the user's to change
    place = f"{host}:{port or _PORTS.get(scheme, 0)}" if scheme in _PORTS else unquote(split.netloc.rpartition("@")[2])
    path = unquote(split.path).rstrip("/")
    rest = f"?{telling}" if telling else ""
    return f"{scheme}:{place.lower()}{path if scheme in _PORTS else path.lower()}{rest}"
