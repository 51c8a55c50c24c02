"""The watcher: keeps what the kernel knows of every printer's device true.

- One task a printer; it looks at start, when somebody wants a newer look, and from time to time: seldom when all is
  well, often while a job is under way or the device cannot print.
- At most one look at a device at a time, and two looks never closer than ``LOOK_GAP_S``.
- A look's connection stays open for ``LOOK_GAP_S``: a spooler that asks is about to send a job, and TLS takes longer
  than all else about a short one. After that none stays open.
"""

from __future__ import annotations

import random

import attrs
import trio

from tympan.plugin import DeviceSnapshot, DeviceWanted, Host, Printer, PrinterId, PrintersChanged, TympanError
from tympan_ipp_submission import _limits, _rules
from tympan_ipp_submission._address import SCHEMES
from tympan_ipp_submission._device import EVERYTHING
from tympan_ipp_submission._errors import DeviceAway, SubmissionError
from tympan_ipp_submission._fleet import Fleet
from tympan_ipp_submission._format import media_types
from tympan_ipp_submission._model import DeviceFacts
from tympan_wire.ipp import Group, Message, encode

_FLEETING = frozenset(
    {
        "printer-up-time",
        "printer-current-time",
        "printer-state-change-time",
        "printer-state-change-date-time",
        "queued-job-count",
    }
)
"""Clocks and counters of the device (RFC 8011 section 5.4): fresh in every answer, and nobody's capability."""


@attrs.define(eq=False)
class _Watch:
    """One printer's task."""

    printer: Printer
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    wanted: trio.Event = attrs.field(factory=trio.Event)


class Watcher:
    """The plugin's service.

    Args:
        fleet: Devices, shared with the route.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._watches: dict[PrinterId, _Watch] = {}

    async def run(self, host: Host) -> None:
        """Watches until cancelled."""
        try:
            with self._fleet.attached(host), host.bus.subscribe(PrintersChanged, DeviceWanted, size=256) as events:
                async with trio.open_nursery() as nursery:
                    self._follow_printers(host, nursery)
                    host.ready()
                    async for event in events:
                        if isinstance(event, DeviceWanted):
                            self._want(event.printer)
                        else:
                            self._follow_printers(host, nursery)
        finally:
            self._watches.clear()
            await self._fleet.close()

    def _want(self, printer: PrinterId) -> None:
        watch = self._watches.get(printer)
        if watch is not None:
            watch.wanted.set()

    def _follow_printers(self, host: Host, nursery: trio.Nursery) -> None:
        """Starts a task for each new printer, ends those of removed ones, and looks again at changed ones."""
        defined = {printer.id: printer for printer in host.printers.all() if _is_ipp(printer)}
        for gone in self._watches.keys() - defined.keys():
            self._watches.pop(gone).scope.cancel()
        for printer in defined.values():
            watch = self._watches.get(printer.id)
            if watch is None:
                watch = self._watches[printer.id] = _Watch(printer)
                nursery.start_soon(self._watch, host, printer.id, watch)
            elif watch.printer != printer:
                watch.printer = printer
                watch.wanted.set()

    async def _watch(self, host: Host, printer: PrinterId, watch: _Watch) -> None:
        with watch.scope:
            while True:
                watch.wanted = trio.Event()
                snapshot = await self._look(host, printer)
                if host.printers.get(printer) is None:
                    return
                host.printers.observe(printer, snapshot)
                await trio.sleep(_limits.LOOK_GAP_S)
                await self._fleet.rest(printer)
                with trio.move_on_after(self._pause(host, printer, snapshot)):
                    await watch.wanted.wait()

    def _pause(self, host: Host, printer: PrinterId, snapshot: DeviceSnapshot) -> float:
        calm = snapshot.reachable and snapshot.reason == "none" and not self._fleet.active(printer)
        seconds = host.settings.number("watch_interval_s" if calm else "watch_alert_interval_s")
        return seconds * random.uniform(1 - _limits.JITTER, 1 + _limits.JITTER)  # noqa: S311

    async def _look(self, host: Host, printer: PrinterId) -> DeviceSnapshot:
        known = host.printers.snapshot(printer)
        try:
            line = await self._fleet.line(printer)
            facts, answer = await line.look(EVERYTHING)
        except (TympanError, ValueError) as error:
            return failed(host, printer, known, error)
        return answered(host, facts, answer)


def _is_ipp(printer: Printer) -> bool:
    return printer.uri.partition(":")[0].lower() in SCHEMES


def answered(host: Host, facts: DeviceFacts, answer: Message) -> DeviceSnapshot:
    """The snapshot of a device that answered."""
    found, now = _rules.condition(facts), host.now()
    return DeviceSnapshot(
        reachable=True,
        observed_at=now,
        answered_at=now,
        attributes=encode(lasting(answer)),
        media_types=media_types(facts),
        reason=found.reason,
        detail=found.detail,
    )


def lasting(answer: Message) -> Message:
    """An answer without what differs in every one, so that two looks at an unchanged device are equal bytes."""
    groups = (
        Group(group.tag, tuple(attribute for attribute in group if attribute.name not in _FLEETING))
        for group in answer.groups
    )
    return Message(answer.version, answer.code, 1, tuple(groups))


def failed(host: Host, printer: PrinterId, known: DeviceSnapshot | None, error: Exception) -> DeviceSnapshot:
    """The snapshot of a device that could not be asked: what it said last stays."""
    cause = error if isinstance(error, SubmissionError) else DeviceAway(str(error))
    found, now = _rules.trouble(cause, printer), host.now()
    last = known or DeviceSnapshot(reachable=False, observed_at=now)
    return attrs.evolve(last, reachable=False, observed_at=now, reason=found.reason, detail=found.detail)
