"""What a device says of itself and of a job, read from its answers."""

from __future__ import annotations

import re
from typing import Final, Self

import attrs

from tympan_wire.ipp import Group, GroupTag, JobState, Message, Operation, PrinterState, Resolution

DOTS_PER_CM: Final = 4
"""Unit of a ``resolution`` value (RFC 8011 section 5.1.16); 3 is dots per inch."""


GRAY: Final = "sgray_8"
"""Gray pixels of one byte, as ``pwg-raster-document-type-supported`` has it; URF says ``W8``."""

COLOR: Final = "srgb_8"
"""sRGB pixels of three bytes; URF says ``SRGB24``."""

_URF_TYPES: Final = {"W8": GRAY, "SRGB24": COLOR}
_URF_BACKS: Final = {"DM1": "normal", "DM2": "flipped", "DM3": "rotated", "DM4": "manual-tumble"}
_URF_DPI: Final = re.compile(r"RS(\d{1,5}(?:-\d{1,5})*)")


@attrs.frozen(kw_only=True)
class RasterOffer:
    """What PWG raster (PWG 5102.4 section 5) or URF the device takes, in the words of PWG raster.

    Attributes:
        dpi: Resolutions with equal axes, rising.
        types: ``pwg-raster-document-type-supported`` keywords.
        sheet_back: How back sides are wanted: normal, flipped, rotated or manual-tumble.
    """

    dpi: tuple[int, ...] = ()
    types: frozenset[str] = frozenset()
    sheet_back: str = "normal"

    @classmethod
    def of(cls, group: Group) -> Self:
        """Reads what is told of PWG raster."""
        return cls(
            dpi=_resolutions(group, "pwg-raster-document-resolution-supported"),
            types=frozenset(group.strings("pwg-raster-document-type-supported")),
            sheet_back=group.string("pwg-raster-document-sheet-back") or "normal",
        )

    @classmethod
    def of_urf(cls, group: Group) -> Self:
        """Reads the keys of ``urf-supported``; those we have no use for are passed over."""
        keys = [key.strip().upper() for key in group.strings("urf-supported")]
        sizes = [match[1].split("-") for key in keys if (match := _URF_DPI.fullmatch(key))]
        return cls(
            dpi=tuple(sorted({int(dpi) for found in sizes for dpi in found} - {0})),
            types=frozenset(_URF_TYPES[key] for key in keys if key in _URF_TYPES),
            sheet_back=next((_URF_BACKS[key] for key in keys if key in _URF_BACKS), "normal"),
        )

    @property
    def usable(self) -> bool:
        """Whether it says all that is needed to render for it."""
        return bool(self.dpi and self.types & {GRAY, COLOR})


def _resolutions(group: Group, name: str) -> tuple[int, ...]:
    """Those with equal axes, rising."""
    found = group.get(name)
    values = [entry.value for entry in found.values] if found else []
    square = {_dpi(value) for value in values if isinstance(value, Resolution) and value.x == value.y}
    return tuple(sorted(dpi for dpi in square if dpi > 0))


def _dpi(value: Resolution) -> int:
    return round(value.x * 2.54) if value.units == DOTS_PER_CM else value.x


@attrs.frozen(kw_only=True)
class DeviceFacts:
    """What the device answered to Get-Printer-Attributes (RFC 8011 section 5.4), as far as it steers a delivery.

    Attributes:
        state: ``printer-state``; ``IDLE`` when it does not tell.
        reasons: ``printer-state-reasons`` without ``none``.
        message: ``printer-state-message``.
        accepting: ``printer-is-accepting-jobs``.
        formats: ``document-format-supported``, in lower case.
        operations: ``operations-supported``.
        compressions: ``compression-supported``.
        up_time_s: ``printer-up-time``; 0 when it does not tell.
        color: ``color-supported``; True when it does not tell.
        raster: What PWG raster it takes.
        urf: What URF it takes.
        dpi: ``printer-resolution-supported`` with equal axes, rising.
        uris: ``printer-uri-supported``.
        attributes: Everything it answered.
    """

    state: int = PrinterState.IDLE
    reasons: tuple[str, ...] = ()
    message: str = ""
    accepting: bool = True
    formats: frozenset[str] = frozenset()
    operations: frozenset[int] = frozenset()
    compressions: frozenset[str] = frozenset()
    up_time_s: int = 0
    color: bool = True
    raster: RasterOffer = RasterOffer()
    urf: RasterOffer = RasterOffer()
    dpi: tuple[int, ...] = ()
    uris: tuple[str, ...] = ()
    attributes: Group = attrs.field(default=Group(GroupTag.PRINTER), repr=False)

    @classmethod
    def of(cls, answer: Message) -> Self:
        """Reads an answer; what is missing or of another type counts as not told."""
        group = answer.first(GroupTag.PRINTER)
        return cls(
            state=group.integer("printer-state") or PrinterState.IDLE,
            reasons=tuple(name for name in group.strings("printer-state-reasons") if name != "none"),
            message=group.string("printer-state-message") or "",
            accepting=group.boolean("printer-is-accepting-jobs") is not False,
            formats=frozenset(name.lower() for name in group.strings("document-format-supported")),
            operations=frozenset(group.integers("operations-supported")),
            compressions=frozenset(group.strings("compression-supported")),
            up_time_s=group.integer("printer-up-time") or 0,
            color=group.boolean("color-supported") is not False,
            raster=RasterOffer.of(group),
            urf=RasterOffer.of_urf(group),
            dpi=_resolutions(group, "printer-resolution-supported"),
            uris=group.strings("printer-uri-supported"),
            attributes=group,
        )

    @property
    def creates_jobs(self) -> bool:
        """Whether a job can have a number before its document leaves. A device that lists nothing is taken to."""
        return not self.operations or {Operation.CREATE_JOB, Operation.SEND_DOCUMENT} <= self.operations

    def without_create_job(self) -> Self:
        """The same of a device that turned out to make no job without its document."""
        left = self.operations - {Operation.CREATE_JOB}
        return attrs.evolve(self, operations=left or frozenset({Operation.PRINT_JOB}))

    @property
    def validates_jobs(self) -> bool:
        """Whether Validate-Job is listed."""
        return Operation.VALIDATE_JOB in self.operations


@attrs.frozen(kw_only=True)
class JobReport:
    """What the device answered about a job (RFC 8011 section 5.3).

    Attributes:
        id: ``job-id``.
        uri: ``job-uri``.
        uuid: ``job-uuid``.
        name: ``job-name``.
        user: ``job-originating-user-name``.
        state: ``job-state``; 0 when it does not tell.
        reasons: ``job-state-reasons`` without ``none``.
        message: ``job-state-message``.
        impressions: ``job-impressions-completed``, else ``job-media-sheets-completed``; None when neither is told.
        created_s: ``time-at-creation`` on the device's clock; None when not told.
        started: Whether ``time-at-processing`` says that it was ever processed; None when not told.
        up_time_s: ``job-printer-up-time``; 0 when not told.
    """

    id: int = 0
    uri: str = ""
    uuid: str = ""
    name: str = ""
    user: str = ""
    state: int = 0
    reasons: tuple[str, ...] = ()
    message: str = ""
    impressions: int | None = None
    created_s: int | None = None
    started: bool | None = None
    up_time_s: int = 0

    @classmethod
    def of(cls, group: Group) -> Self:
        """Reads one job group."""
        impressions = group.integer("job-impressions-completed")
        return cls(
            id=group.integer("job-id") or 0,
            uri=group.string("job-uri") or "",
            uuid=group.string("job-uuid") or "",
            name=group.string("job-name") or "",
            user=group.string("job-originating-user-name") or "",
            state=group.integer("job-state") or 0,
            reasons=tuple(name for name in group.strings("job-state-reasons") if name != "none"),
            message=group.string("job-state-message") or "",
            impressions=group.integer("job-media-sheets-completed") if impressions is None else impressions,
            created_s=group.integer("time-at-creation"),
            started=_started(group),
            up_time_s=group.integer("job-printer-up-time") or 0,
        )

    @property
    def over(self) -> bool:
        """Whether the state is final."""
        return self.state >= JobState.CANCELED

    @property
    def untouched(self) -> bool:
        """Whether it is certain that nothing of it is on paper: the device never began to process it.

        A count of 0 impressions proves nothing: some devices never count (ippeveprinter), others only at the end.
        """
        return self.started is False

    @property
    def incoming(self) -> bool:
        """Whether the device still waits for (the rest of) its document."""
        return not self.over and bool({"job-incoming", "job-data-insufficient"} & set(self.reasons))


def _started(group: Group) -> bool | None:
    moment = group.get("time-at-processing")
    if moment is None:
        return None
    return bool(moment.integers())
