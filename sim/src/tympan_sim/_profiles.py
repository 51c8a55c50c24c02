"""Profiles: what a virtual printer is and can do, before any job and any fault."""

import re
import uuid
from collections.abc import Collection
from typing import Any

import attrs
from attrs import validators

from tympan_sim._errors import ProfileInvalid
from tympan_sim._limits import HISTORY_JOBS, QUEUED_JOBS
from tympan_sim._media import MediaSize
from tympan_wire.ipp import Operation

OCTETS = "application/octet-stream"
PDF = "application/pdf"
JPEG = "image/jpeg"
PWG = "image/pwg-raster"
URF = "image/urf"

FORMATS = (OCTETS, PDF, JPEG, PWG, URF)
MEDIA = ("iso_a4_210x297mm", "iso_a5_148x210mm", "iso_a3_297x420mm", "na_letter_8.5x11in", "na_legal_8.5x14in")
FINISHINGS = (3,)
"""The enum value "none"; staple is 4, punch 5 (RFC 8011 section 5.2.6)."""

OPERATIONS = frozenset(
    {
        Operation.PRINT_JOB,
        Operation.VALIDATE_JOB,
        Operation.CREATE_JOB,
        Operation.SEND_DOCUMENT,
        Operation.CANCEL_JOB,
        Operation.GET_JOB_ATTRIBUTES,
        Operation.GET_JOBS,
        Operation.GET_PRINTER_ATTRIBUTES,
        Operation.HOLD_JOB,
        Operation.RELEASE_JOB,
        Operation.CANCEL_MY_JOBS,
        Operation.CLOSE_JOB,
        Operation.IDENTIFY_PRINTER,
    }
)
"""What an IPP Everywhere printer answers, with hold and release (PWG 5100.14 section 4)."""

WITHOUT_CREATE_JOB = OPERATIONS - {Operation.CREATE_JOB, Operation.SEND_DOCUMENT, Operation.CLOSE_JOB}
"""An older device: Print-Job only."""

_PRINTER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_UUID_SPACE = uuid.UUID("6f0a3f8e-53c1-5f7c-9d5e-0a1cbb1f6a01")


def _named(_: object, __: object, name: str) -> None:
    if not _PRINTER_NAME.fullmatch(name):
        raise ProfileInvalid(f'the name "{name}" is not a letter followed by up to 62 letters, digits, "-" or "_"')


def _filled(_: object, attribute: "attrs.Attribute[Any]", value: Collection[object]) -> None:
    if not value:
        raise ProfileInvalid(f"it has no {attribute.name}")


def _measured(_: object, attribute: "attrs.Attribute[Any]", names: tuple[str, ...]) -> None:
    _filled(_, attribute, names)
    for name in names:
        MediaSize.named(name)


@attrs.frozen(kw_only=True)
class Profile:
    """One model of printer.

    Attributes:
        name: also the last part of its path; a letter, then up to 62 letters, digits, "-" or "_".
        formats: media types it says it takes; the first is its document-format-default.
        media: self-describing media names (PWG 5101.1); the first is the default.
        color: whether it prints colour.
        duplex: whether it prints both sides.
        finishings: enum values of `finishings` it offers.
        resolutions_dpi: what it prints at, in dots per inch.
        pages_per_s: impressions a second; 0 for as fast as they come.
        one_job: whether it takes a job only while none is unfinished, as ippeveprinter does.
        operations: what it answers at all.
        history_jobs: finished jobs it remembers.
        queued_jobs: unfinished jobs it takes.
        make_and_model: as it tells.
        device_uuid: as it tells; "" for one that is made of the name. Two printers with one are clones.
        serial: its serial number; "" for none.
        location: as it tells.
        instance_name: its name in DNS-SD; "" for its name.
    """

    name: str = attrs.field(default="printer", validator=_named)
    formats: tuple[str, ...] = attrs.field(default=FORMATS, validator=_filled)
    media: tuple[str, ...] = attrs.field(default=MEDIA, validator=_measured)
    color: bool = True
    duplex: bool = True
    finishings: tuple[int, ...] = attrs.field(default=FINISHINGS, validator=_filled)
    resolutions_dpi: tuple[int, ...] = attrs.field(default=(300, 600), validator=_filled)
    pages_per_s: float = attrs.field(default=0.0, validator=validators.ge(0))
    one_job: bool = False
    operations: frozenset[Operation] = attrs.field(default=OPERATIONS, validator=_filled)
    history_jobs: int = attrs.field(default=HISTORY_JOBS, validator=validators.ge(0))
    queued_jobs: int = attrs.field(default=QUEUED_JOBS, validator=validators.ge(1))
    make_and_model: str = "Tympan Virtual Printer"
    device_uuid: str = ""
    serial: str = ""
    location: str = ""
    instance_name: str = ""

    @property
    def uuid(self) -> str:
        """The printer-uuid: the same for the same name, whenever and wherever it runs, unless it was given one."""
        return f"urn:uuid:{self.device_uuid}" if self.device_uuid else uuid.uuid5(_UUID_SPACE, self.name).urn

    @property
    def instance(self) -> str:
        """Its instance name in DNS-SD."""
        return self.instance_name or self.name

    @property
    def sizes(self) -> tuple[MediaSize, ...]:
        """The media with their dimensions."""
        return tuple(MediaSize.named(name) for name in self.media)

    @property
    def sides(self) -> tuple[str, ...]:
        """Values of sides-supported."""
        both = ("two-sided-long-edge", "two-sided-short-edge")
        return ("one-sided", *both) if self.duplex else ("one-sided",)
