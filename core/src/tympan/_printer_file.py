"""The printers file: reading, checking and editing it.

- ``printers.json`` is the truth for printers of this machine; people may edit it.
- What it says is checked whole before any of it counts.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cattrs
from cattrs.gen import make_dict_unstructure_fn, override

from tympan._errors import BadInput, NotFound, Overloaded
from tympan._home import Home, read_file, write_file
from tympan._ids import printer_id, printer_id_from_name
from tympan._limits import DEFAULTS
from tympan._values import Printer, PrinterMode, PrinterReach

SCHEMES = ("ipp", "ipps", "http", "https", "socket")
_OWN = re.compile(r"tympan-[a-z]{1,20}:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FORMAT = 1
_SELDOM = ("offered", "releases", "serves", "reach", "terms")
"""Left out of the file at their default: people edit it, and these come from a hub."""


def check_printer(name: str, uri: str, *, addressless: bool = False, own: bool = False) -> None:
    """Raises ``BadInput`` for a name or device URI that no printer can have.

    Args:
        name: For people.
        uri: The device.
        addressless: Whether it may have none: it serves many devices, or its device is seen from elsewhere alone.
        own: Whether it may be one of this machine's own things, which a route knows by its UUID: ``tympan-KIND:UUID``.
    """
    if not 1 <= len(name.encode()) <= 127 or not name.isprintable():
        cause = "a printer's name has 1 to 127 octets and no control characters"
        raise BadInput(cause, next_step="Choose another name.")
    if (addressless and not uri) or (own and _OWN.fullmatch(uri)):
        return
    try:
        parts = urlsplit(uri)
        valid = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or len(uri) > 1023:
        raise BadInput(f"{uri!r:.120} is no device URI", next_step="Give one such as ipp://printer.example/ipp/print.")
    if parts.username is not None or parts.password is not None:
        # Nobody would send it, and every listing would show it.
        cause = "a device URI holds no user name and no password"
        raise BadInput(cause, next_step=f"Leave out what stands before the '@' of {parts.hostname}.")


class PrinterFile:
    """The local printers file, used by the agent and, when none runs, by the command line."""

    def __init__(self, home: Home, path: Path | None = None) -> None:
        self._path = path or home.printers_file

    def stamp(self) -> tuple[int, int, int]:
        """Changes whenever the file does; zeros when there is none."""
        try:
            status = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (status.st_mtime_ns, status.st_size, status.st_ino)

    def read(self) -> tuple[Printer, ...]:
        """The printers; none when there is no file. Raises ``BadInput`` when it cannot be understood."""
        try:
            table = json.loads(read_file(self._path))
            if table["format"] != _FORMAT:
                raise ValueError(f"format {table['format']!r} is not {_FORMAT}")
            printers = tuple(_converter().structure(item, Printer) for item in table["printers"])
            _check_all(printers)
        except FileNotFoundError:
            return ()
        except (BadInput, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise self._unreadable(str(error)) from error
        except cattrs.BaseValidationError as error:
            raise self._unreadable("; ".join(cattrs.transform_error(error))) from error
        return printers

    def _unreadable(self, cause: str) -> BadInput:
        return BadInput(f"{self._path} cannot be understood: {cause}", next_step="Mend or remove the file.")

    def write(self, printers: tuple[Printer, ...]) -> None:
        """Replaces the file durably."""
        table = {"format": _FORMAT, "printers": [_converter().unstructure(printer) for printer in printers]}
        write_file(self._path, json.dumps(table, indent=1, ensure_ascii=False).encode() + b"\n")

    def add(self, name: str, uri: str, *, mode: PrinterMode = PrinterMode.PUSH, location: str = "") -> Printer:
        """Adds a printer under a free id made from its name."""
        check_printer(name, uri)
        printers = self.read()
        if any(printer.name == name for printer in printers):
            raise BadInput(
                f"there is a printer called {name!r} already", next_step="Choose another name, or remove it."
            )
        if len(printers) >= DEFAULTS.printers:
            raise Overloaded(f"there are {len(printers)} printers already", next_step="Remove one first.")
        new_id = printer_id_from_name(name, frozenset(printer.id for printer in printers))
        printer = Printer(id=new_id, name=name, uri=uri, mode=mode, location=location)
        self.write((*printers, printer))
        return printer

    def remove(self, wanted: str) -> Printer:
        """Removes a printer by id or name."""
        printers = self.read()
        printer = find_printer(printers, wanted)
        self.write(tuple(other for other in printers if other is not printer))
        return printer

    def change(self, changed: Printer) -> None:
        """Replaces the printer of the same id."""
        printers = self.read()
        self.write(tuple(changed if printer.id == changed.id else printer for printer in printers))


def find_printer(printers: tuple[Printer, ...], wanted: str) -> Printer:
    """The printer with this id, or else this name; raises ``NotFound`` naming those there are."""
    for printer in printers:
        if printer.id == wanted:
            return printer
    for printer in printers:
        if printer.name == wanted:
            return printer
    known = ", ".join(printer.id for printer in printers[:10]) or "none yet"
    raise NotFound(f"there is no printer {wanted!r}", next_step=f"Known printers: {known}.")


def _check_all(printers: tuple[Printer, ...]) -> None:
    if len({printer.id for printer in printers}) != len(printers):
        raise BadInput("two printers have one id", next_step="Give each printer its own id.")
    if len(printers) > DEFAULTS.printers:
        raise BadInput(f"there are {len(printers)} printers, more than {DEFAULTS.printers}")
    for printer in printers:
        check_whole(printer)


def check_whole(printer: Printer) -> None:
    """Raises ``BadInput`` or ``ValueError`` for what no printer can be."""
    printer_id(printer.id)
    addressless = printer.mode is PrinterMode.PULL or printer.reach is PrinterReach.TUNNEL
    check_printer(printer.name, printer.uri, addressless=addressless, own=True)
    if len(printer.terms) > DEFAULTS.terms_characters:
        raise BadInput(f"what belongs to it has {len(printer.terms)} characters, more than {DEFAULTS.terms_characters}")


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_structure_hook(str, _strict_text)
    converter.register_structure_hook(bool, _strict_flag)
    converter.register_structure_hook(PrinterMode, lambda value, _: PrinterMode(value))
    converter.register_structure_hook(PrinterReach, lambda value, _: PrinterReach(value))
    lean: dict[str, Any] = {name: override(omit_if_default=True) for name in _SELDOM}
    converter.register_unstructure_hook(Printer, make_dict_unstructure_fn(Printer, converter, **lean))
    return converter


def _strict_text(value: object, _: type[str]) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _strict_flag(value: object, _: type[bool]) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value
