"""Capabilities: what a pull printer without a device of its own offers to programs, as the hub's rules say.

Kept as if a device had said it, so that the endpoint and the spooler treat it as any other printer.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from tympan.plugin import DeviceSnapshot, Host, Printer, PrintersChanged
from tympan_pull_release._terms import PullSettings, is_pull, of_hub, rules_of
from tympan_wire.hub import PullRules
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Range, Resolution, attr, encode

MEDIA: Final = ("iso_a4_210x297mm", "na_letter_8.5x11in")
FORMATS: Final = ("application/pdf", "image/jpeg", "image/pwg-raster")
"""What every device of IPP Everywhere, and what is converted for the others, takes."""


class Offer:
    """Shows what pull printers offer, and again when their rules change."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._shown: dict[str, str] = {}

    async def run(self) -> None:
        """Until cancelled."""
        with self._host.bus.subscribe(PrintersChanged, size=1) as changes:
            while True:
                self._look()
                await changes.receive()

    def _look(self) -> None:
        for printer in self._host.printers.all():
            if is_pull(printer) and of_hub(printer) and not printer.uri:
                self._show(printer)

    def _show(self, printer: Printer) -> None:
        if self._shown.get(printer.id) != printer.terms or self._host.printers.snapshot(printer.id) is None:
            self._shown[printer.id] = printer.terms
            self._host.printers.observe(printer.id, seen(rules_of(printer, PullSettings()), self._host.now()))


def seen(rules: PullRules, now: dt.datetime) -> DeviceSnapshot:
    """A look at a device that can what the rules say."""
    attributes = encode(Message((2, 0), 0, 1, (Group(GroupTag.OPERATION), Group(GroupTag.PRINTER, described(rules)))))
    return DeviceSnapshot(reachable=True, observed_at=now, answered_at=now, attributes=attributes, media_types=FORMATS)


def described(rules: PullRules) -> tuple[Attribute, ...]:
    """What such a device would say."""
    media = rules.media or MEDIA
    modes = ("auto", "color", "monochrome") if rules.color else ("monochrome", "auto")
    sides = ("one-sided", "two-sided-long-edge", "two-sided-short-edge") if rules.duplex else ("one-sided",)
    types = ("sgray_8", "srgb_8") if rules.color else ("sgray_8",)
    return (
        attr.text("printer-make-and-model", "Tympan pull printer"),
        attr.boolean("color-supported", rules.color),
        attr.keyword("print-color-mode-default", modes[0]),
        attr.keyword("print-color-mode-supported", *modes),
        attr.keyword("sides-default", "one-sided"),
        attr.keyword("sides-supported", *sides),
        attr.integer("copies-default", 1),
        attr.range_("copies-supported", Range(1, 999)),
        attr.keyword("media-default", media[0]),
        attr.keyword("media-supported", *media),
        attr.keyword("media-ready", *media),
        attr.enum("print-quality-default", 4),
        attr.enum("print-quality-supported", 3, 4, 5),
        attr.boolean("page-ranges-supported", True),
        attr.resolution("printer-resolution-default", Resolution(300, 300)),
        attr.resolution("printer-resolution-supported", Resolution(300, 300)),
        attr.resolution("pwg-raster-document-resolution-supported", Resolution(300, 300)),
        attr.keyword("pwg-raster-document-sheet-back", "normal"),
        attr.keyword("pwg-raster-document-type-supported", *types),
        attr.mime("document-format-supported", "application/octet-stream", *FORMATS),
    )
