"""Printers of this agent: of the local file and of plugins that bring some, and what was last seen of their devices.

- ``printers.json`` is the truth for printers; it is read again when it changes on disk.
- A file that cannot be read changes nothing: the printers known stay, and the problem is shown.
- Snapshots are kept sealed in the store, so that a queue knows its device after a restart with the device away.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import attrs
import trio

from tympan._bus import Bus
from tympan._errors import BadInput, NotFound
from tympan._events import DeviceChanged, DeviceWanted, PrintersChanged
from tympan._given_printers import GivenPrinters
from tympan._ids import PluginId, PrinterId
from tympan._ports import EventBus, Printers
from tympan._printer_file import PrinterFile
from tympan._values import DeviceSnapshot, Printer

Keep = Callable[[PrinterId, DeviceSnapshot], Awaitable[None]]


class PrinterBook:
    """``Printers`` of the running agent."""

    def __init__(
        self, file: PrinterFile, given: GivenPrinters, bus: Bus, keep: Keep, background: Callable[..., None]
    ) -> None:
        self._file = file
        self._given = given
        self._bus = bus
        self._keep = keep
        self._background = background
        self._own: dict[PrinterId, Printer] = {}
        self._printers: dict[PrinterId, Printer] = {}
        self._snapshots: dict[PrinterId, DeviceSnapshot] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._trouble = ""
        self.problems: tuple[str, ...] = ()

    def refresh(self) -> bool:
        """Reads the file again when it changed on disk; tells whether printers changed."""
        stamp = self._file.stamp()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self._own = {printer.id: printer for printer in self._file.read()}
            self._trouble = ""
        except BadInput as error:
            self._trouble = error.sentence
        return self._merge()

    def give(self, owner: PluginId, printers: Sequence[Printer]) -> bool:
        """Takes what a plugin brings now; tells whether printers changed. Raises ``StoreError``."""
        self._given.give(owner, printers)
        return self._merge()

    def brought_by(self, printer: PrinterId) -> PluginId | None:
        """The plugin that brings a printer; None for one of this machine's own."""
        return None if printer in self._own else self._given.owner(printer)

    def _merge(self) -> bool:
        printers, problems = self._given.under(self._own)
        self.problems = ((self._trouble,) if self._trouble else ()) + problems
        if printers == self._printers:
            return False
        moved = [one.id for one in self._printers.values() if _address(printers.get(one.id)) != one.uri]
        for printer in moved:  # what was seen is of another device
            self._snapshots.pop(printer, None)
        self._printers = printers
        self._bus.publish(PrintersChanged())
        return True

    def restore(self, snapshots: dict[PrinterId, DeviceSnapshot]) -> None:
        """Takes the snapshots kept by an earlier run."""
        self._snapshots = {**snapshots, **self._snapshots}

    def all(self) -> tuple[Printer, ...]:
        """In the order they were added."""
        return tuple(self._printers.values())

    def get(self, printer: PrinterId) -> Printer | None:
        """One by id."""
        return self._printers.get(printer)

    async def wait(self, printer: PrinterId, within_s: float) -> Printer:
        """One by id, which may be on its way."""
        return await arrived(self, self._bus, printer, within_s)

    def snapshot(self, printer: PrinterId) -> DeviceSnapshot | None:
        """What was last seen of its device."""
        return self._snapshots.get(printer)

    def observe(self, printer: PrinterId, snapshot: DeviceSnapshot) -> None:
        """Keeps what a route saw; publishes ``DeviceChanged`` when it differs in more than the time."""
        if not isinstance(snapshot, DeviceSnapshot):  # a plugin's slip must not stop those that read it later
            raise BadInput(f"a {type(snapshot).__name__} is no DeviceSnapshot")
        before = self._snapshots.get(printer)
        self._snapshots[printer] = snapshot
        if before is None or _substance(before) != _substance(snapshot):
            self._bus.publish(DeviceChanged(printer=printer))
            self._background(self._keep, printer, snapshot)

    def want(self, printer: PrinterId) -> None:
        """Publishes ``DeviceWanted``."""
        self._bus.publish(DeviceWanted(printer=printer))

    def pin(self, printer: PrinterId, fingerprint: str) -> None:
        """Pins a certificate where the printer is kept. A printer that is gone meanwhile is ignored."""
        known = self._printers.get(printer)
        if known is None or known.fingerprint == fingerprint:
            return
        if printer in self._own:
            self._file.change(attrs.evolve(known, fingerprint=fingerprint))
            self.refresh()
        else:
            self._given.pin(printer, fingerprint)
            self._merge()


async def arrived(printers: Printers, bus: EventBus, printer: PrinterId, within_s: float) -> Printer:
    """A printer once it is known; raises ``NotFound`` when it does not come in time."""
    with bus.subscribe(PrintersChanged, size=1) as changes, trio.move_on_after(within_s):
        while (found := printers.get(printer)) is None:
            await changes.receive()
        return found
    cause = f"this agent knows no printer {printer!r:.80}"
    raise NotFound(cause, next_step="Is the agent connected to its hub, and is the printer assigned to you?")


def _address(printer: Printer | None) -> str:
    return printer.uri if printer is not None else ""


def _substance(snapshot: DeviceSnapshot) -> tuple[object, ...]:
    return (snapshot.reachable, snapshot.attributes, snapshot.media_types, snapshot.reason, snapshot.detail)
