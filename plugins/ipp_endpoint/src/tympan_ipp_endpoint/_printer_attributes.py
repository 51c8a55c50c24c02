"""Printer attributes: what Get-Printer-Attributes answers (RFC 8011 section 5.4, PWG 5100.12, 5100.14).

- What changes rarely is encoded once per printer and set of requested names, and kept until the device's answer or
  the printer's definition changes. What lives (state, clock, queue) is encoded with every answer.
- media-col-database goes out only when it is named: it is larger than all the rest together.
- Times are seconds since 1970, as CUPS counts them: printer-up-time then goes on over a restart of the agent, and no
  job is older than its printer.
"""

from __future__ import annotations

import datetime as dt
import uuid

from tympan.plugin import DeviceSnapshot, Printer, PrinterReach
from tympan_ipp_endpoint._answers import shortened
from tympan_ipp_endpoint._capabilities import TEMPLATE, Offer, job_attributes_of, offer
from tympan_ipp_endpoint._compression import COMPRESSIONS
from tympan_ipp_endpoint._limits import KEPT_ANSWERS, NAME_BYTES
from tympan_ipp_endpoint._shared import shared_group
from tympan_relay import terms_of
from tympan_wire.ipp import (
    Attribute,
    DateTime,
    Group,
    GroupTag,
    IppProtocolError,
    attr,
    decode,
    encode_attributes,
    encode_group,
)

_NAMESPACE = uuid.UUID("7d0f2a52-94c7-5a3f-8f0a-2a7a5b0b6a39")
"""printer-uuid is derived from the printer's id in this namespace, so that it is the same for ever."""

_DATABASE = "media-col-database"
_TEMPLATE_NAMES = frozenset(
    base + suffix for base in (*TEMPLATE, "job-hold-until") for suffix in ("-default", "-supported", "-ready")
) | {_DATABASE}
_DEFAULTS = "printer-defaults"
"""CUPS's name for every ``-default`` attribute."""
_FLEETING = ("printer-supply", "marker-", "printer-alert", "printer-input-tray", "printer-output-tray")
"""Levels go up and down; that is no change of the printer's configuration."""


class Face:
    """One printer as clients see it, for one look at its device.

    Args:
        printer: The printer.
        snapshot: What was last seen of its device, None when it was never asked.
        operations: Codes offered.
        document_wait_s: Seconds a created job waits for its document.
        now: Wall clock, UTC: when the configuration changed, unless it looks as before.
        before: What clients saw until now, None when nothing.
    """

    def __init__(
        self,
        printer: Printer,
        snapshot: DeviceSnapshot | None,
        *,
        operations: tuple[int, ...],
        document_wait_s: int,
        now: dt.datetime,
        before: Face | None = None,
    ) -> None:
        self.printer = printer
        self.source = source_of(snapshot)
        self.device = device_group(snapshot) or shared_group(terms_of(printer).options)
        afar = printer.reach is not PrinterReach.DIRECT
        self.offered: Offer = offer(self.device, snapshot.media_types if snapshot else (), afar=afar)
        self.formats = frozenset(map(bare, self.offered["document-format-supported"].strings()))
        self.device_reasons = self.device.strings("printer-state-reasons") if self.device else ()
        self._fixed = (*_identity(printer, self.offered), *_promises(self.offered, operations, document_wait_s))
        self._looks = encode_attributes(a for a in self.offered.values() if not a.name.startswith(_FLEETING))
        same = before is not None and before._looks == self._looks and before.printer == printer
        self.changed_at: dt.datetime = before.changed_at if same and before is not None else now
        self._kept: dict[tuple[str, frozenset[str] | None], bytes] = {}

    def shows(self, printer: Printer, snapshot: DeviceSnapshot | None) -> bool:
        """Whether it still is what these say."""
        return self.printer == printer and self.source == source_of(snapshot)

    def encoded(self, authority: str, requested: frozenset[str] | None) -> bytes:
        """The printer group, without its living attributes, for a set of requested names."""
        key = (authority, requested)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= KEPT_ANSWERS:
                self._kept.clear()
            kept = self._kept[key] = self._encode(authority, requested)
        return kept

    def _encode(self, authority: str, requested: frozenset[str] | None) -> bytes:
        everything = {a.name: a for a in (*_addresses(authority, self.printer), *self._fixed, *self._changes())}
        everything |= {name: a for name, a in self.offered.items() if name not in everything}
        everything = {a.name: a for a in _links(authority, self.printer)} | everything
        chosen = [attribute for name, attribute in everything.items() if wanted(name, requested)]
        return encode_group(Group(GroupTag.PRINTER, chosen))

    def _changes(self) -> tuple[Attribute, ...]:
        return (
            attr.integer("printer-config-change-time", seconds(self.changed_at)),
            attr.date_time("printer-config-change-date-time", DateTime.from_datetime(self.changed_at)),
        )


def bare(media_type: str) -> str:
    """A media type without its parameters and without case: what formats are compared by."""
    return media_type.partition(";")[0].strip().lower()


def wanted(name: str, requested: frozenset[str] | None) -> bool:
    """Whether a printer attribute goes into the answer (RFC 8011 section 4.2.5.1)."""
    if requested is None:
        return name != _DATABASE
    if name in requested:
        return True
    if name == _DATABASE:
        return False
    group = "job-template" if name in _TEMPLATE_NAMES else "printer-description"
    return "all" in requested or group in requested or (_DEFAULTS in requested and name.endswith("-default"))


def source_of(snapshot: DeviceSnapshot | None) -> tuple[bytes, tuple[str, ...]] | None:
    """The part of a snapshot that capabilities come from."""
    return (snapshot.attributes, snapshot.media_types) if snapshot and snapshot.attributes else None


def device_group(snapshot: DeviceSnapshot | None) -> Group | None:
    """The device's printer attributes; None when there are none or they cannot be read."""
    if snapshot is None or not snapshot.attributes:
        return None
    try:
        message, _ = decode(snapshot.attributes)
    except IppProtocolError:
        return None
    return message.first(GroupTag.PRINTER)


def seconds(moment: dt.datetime) -> int:
    """A moment as printer-up-time counts."""
    return max(1, int(moment.timestamp()))


def _identity(printer: Printer, offered: Offer) -> tuple[Attribute, ...]:
    name = shortened(printer.name, NAME_BYTES)
    model = next(iter(offered["printer-make-and-model"].strings()), "") if "printer-make-and-model" in offered else ""
    return (
        attr.name_("printer-name", name),
        attr.text("printer-info", name),
        attr.text("printer-location", shortened(printer.location, NAME_BYTES)),
        attr.text("printer-make-and-model", shortened(model or "Tympan Printer", NAME_BYTES)),
        attr.uri("printer-uuid", uuid.uuid5(_NAMESPACE, printer.id).urn),
        _device_id(offered, model or "Tympan Printer"),
    )


def _device_id(offered: Offer, model: str) -> Attribute:
    """The IEEE 1284 identification: the device's own, or one made of what is known."""
    own = offered.get("printer-device-id")
    if own is not None and own.strings() and own.strings()[0].endswith(";"):
        return own
    kinds = {
        "application/pdf": "PDF",
        "image/pwg-raster": "PWGRaster",
        "image/urf": "AppleRaster",
        "image/jpeg": "JPEG",
    }
    formats = ",".join(kinds[f] for f in offered["document-format-supported"].strings() if f in kinds)
    plain = model.replace(";", " ").replace(":", " ")
    return attr.text("printer-device-id", shortened(f"MFG:Tympan;MDL:{plain};CMD:{formats};"))


def _promises(offered: Offer, operations: tuple[int, ...], document_wait_s: int) -> tuple[Attribute, ...]:
    """What the endpoint itself promises, whatever the device."""
    return (
        attr.charset("charset-configured", "utf-8"),
        attr.charset("charset-supported", "utf-8", "us-ascii"),
        attr.language("natural-language-configured", "en"),
        attr.language("generated-natural-language-supported", "en"),
        attr.keyword("ipp-versions-supported", "1.1", "2.0"),
        attr.enum("operations-supported", *operations),
        attr.keyword("compression-supported", *COMPRESSIONS),
        attr.keyword("pdl-override-supported", "attempted"),
        attr.keyword("job-creation-attributes-supported", *job_attributes_of(offered)),
        attr.keyword("job-hold-until-default", "no-hold"),
        attr.keyword("job-hold-until-supported", "no-hold", "indefinite"),
        attr.boolean("job-ids-supported", True),
        attr.boolean("preferred-attributes-supported", False),
        attr.boolean("multiple-document-jobs-supported", False),
        attr.integer("multiple-operation-time-out", document_wait_s),
        attr.keyword("multiple-operation-time-out-action", "abort-job"),
        attr.keyword("identify-actions-default", "display"),
        attr.keyword("identify-actions-supported", "display"),
        attr.keyword("printer-get-attributes-supported", "document-format"),
        attr.keyword("which-jobs-supported", "completed", "not-completed", "all"),
    )


def _addresses(authority: str, printer: Printer) -> tuple[Attribute, ...]:
    return (
        attr.uri("printer-uri-supported", f"ipp://{authority}/ipp/print/{printer.id}"),
        attr.keyword("uri-security-supported", "none"),
        attr.keyword("uri-authentication-supported", "none"),
    )


def _links(authority: str, printer: Printer) -> tuple[Attribute, ...]:
    """Pages of the printer's own; the device's stand in their place where it has some."""
    page = f"http://{authority}/ipp/print/{printer.id}"
    return (
        attr.uri("printer-more-info", page),
        attr.uri("printer-supply-info-uri", page),
        attr.uri("printer-icons", f"{page}/icon.png"),
    )
