"""Printers that plugins bring (a hub's), beside those of this machine's own file.

- They are kept, a file for each plugin in ``given/``: queues go on printing while the source is away, off or failing.
- An id is unique: a printer of this machine wins over one that is brought, an earlier source over a later one by name.
- A certificate pinned here stays pinned while the printer's address is the same and its source names no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from tympan._errors import BadInput
from tympan._home import Home
from tympan._ids import PluginId, PrinterId, plugin_id
from tympan._limits import DEFAULTS
from tympan._printer_file import PrinterFile, check_whole
from tympan._values import Printer

_NAMED = 5
"""How many ids one sentence names."""
_TERMS_SHARE = 4
"""Of the file they are kept in, terms take a quarter: escaped they are longer, and it must be readable at a start."""


class GivenPrinters:
    """What each plugin brought."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._of: dict[PluginId, tuple[Printer, ...]] = {}
        self._refused: dict[PluginId, str] = {}

    def restore(self) -> None:
        """Takes up what an earlier run kept; a file that cannot be read is said."""
        for path in sorted(self._home.given.glob("*.json"))[: DEFAULTS.plugins]:
            try:
                owner = plugin_id(path.stem)
                self._of[owner] = self._file(owner).read()
            except ValueError:
                continue  # named after no plugin, so nothing of ours
            except BadInput as error:
                self._refused[plugin_id(path.stem)] = error.sentence

    def give(self, owner: PluginId, printers: Sequence[Printer]) -> None:
        """Takes what a plugin brings now; one that breaks a rule is refused and said, the others are taken.

        Raises:
            StoreError: They could not be kept; nothing changed.
        """
        kept = {printer.id: printer for printer in self._of.get(owner, ())}
        taken: dict[PrinterId, Printer] = {}
        refused: list[str] = []
        characters = 0
        for printer in printers[: DEFAULTS.printers]:
            if (why := _fault(printer, taken, characters)) is not None:
                refused.append(f"{printer.id!s:.80}: {why}")
            else:
                characters += len(printer.terms)
                taken[printer.id] = _pinned(printer, kept.get(printer.id))
        if len(printers) > DEFAULTS.printers:
            refused.append(f"{len(printers)} printers are more than {DEFAULTS.printers}")
        self._replace(owner, tuple(taken.values()))
        self._refused[owner] = f"{owner} brings what is no printer: {_some(refused)}" if refused else ""

    def owner(self, printer: PrinterId) -> PluginId | None:
        """Who brings a printer."""
        return next((owner for owner, printers in self._ordered() if any(p.id == printer for p in printers)), None)

    def pin(self, printer: PrinterId, fingerprint: str) -> None:
        """Pins a certificate of a printer that is brought."""
        owner = self.owner(printer)
        if owner is not None:
            pinned = (attrs.evolve(p, fingerprint=fingerprint) if p.id == printer else p for p in self._of[owner])
            self._replace(owner, tuple(pinned))

    def under(self, own: Mapping[PrinterId, Printer]) -> tuple[dict[PrinterId, Printer], tuple[str, ...]]:
        """This machine's own printers and those brought, and what is wrong with the latter."""
        merged, problems = dict(own), [why for why in self._refused.values() if why]
        for owner, printers in self._ordered():
            clashes = [printer.id for printer in printers if printer.id in merged]
            merged |= {printer.id: printer for printer in printers if printer.id not in merged}
            if clashes:
                problems.append(f"{owner} brings printers whose ids are taken: {_some(clashes)}; they are left out")
        return merged, tuple(problems)

    def _ordered(self) -> list[tuple[PluginId, tuple[Printer, ...]]]:
        return sorted(self._of.items())

    def _replace(self, owner: PluginId, printers: tuple[Printer, ...]) -> None:
        if printers != self._of.get(owner, ()):
            self._file(owner).write(printers)
        self._of[owner] = printers

    def _file(self, owner: PluginId) -> PrinterFile:
        return PrinterFile(self._home, self._home.given / f"{owner}.json")


def _fault(printer: Printer, taken: Mapping[PrinterId, Printer], characters: int) -> str | None:
    try:
        check_whole(printer)
    except (BadInput, ValueError) as error:
        return str(error)
    if characters + len(printer.terms) > DEFAULTS.file_bytes // _TERMS_SHARE:
        return "the rules of the printers before it take all the room there is"
    return "its id is there twice" if printer.id in taken else None


def _pinned(printer: Printer, before: Printer | None) -> Printer:
    if printer.fingerprint or before is None or before.uri != printer.uri:
        return printer
    return attrs.evolve(printer, fingerprint=before.fingerprint)


def _some(texts: Iterable[str]) -> str:
    every = list(texts)
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more
