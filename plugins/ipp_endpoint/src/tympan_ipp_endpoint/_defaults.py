"""Defaults: what a printer offers as long as its device has never answered, and what fills a device's silence.

Conservative: what any device can do. A page printed plain and on one side is right nearly always; an option offered and
then not honoured is not. A device that other machines print on is another thing: this one never sees it, whoever prints
there knows it and fits the ticket to it, so everything usual may be asked for.
"""

from __future__ import annotations

from tympan_ipp_endpoint._media import media_attributes
from tympan_wire.ipp import Attribute, Range, Resolution, attr

MEDIA_TYPES = ("application/pdf", "image/jpeg", "image/pwg-raster")
"""What may be submitted to a device nobody has seen: PDF, and the least of IPP Everywhere."""

PAIRS: tuple[tuple[Attribute, Attribute], ...] = (
    (attr.integer("copies-default", 1), attr.range_("copies-supported", Range(1, 99))),
    (attr.enum("finishings-default", 3), attr.enum("finishings-supported", 3)),
    (attr.no_value("orientation-requested-default"), attr.enum("orientation-requested-supported", 3, 4, 5, 6)),
    (attr.keyword("output-bin-default", "face-down"), attr.keyword("output-bin-supported", "face-down")),
    (attr.keyword("print-content-optimize-default", "auto"), attr.keyword("print-content-optimize-supported", "auto")),
    (attr.enum("print-quality-default", 4), attr.enum("print-quality-supported", 4)),
    (attr.keyword("print-rendering-intent-default", "auto"), attr.keyword("print-rendering-intent-supported", "auto")),
    (
        attr.resolution("printer-resolution-default", Resolution(300, 300)),
        attr.resolution("printer-resolution-supported", Resolution(300, 300)),
    ),
    (attr.keyword("sides-default", "one-sided"), attr.keyword("sides-supported", "one-sided")),
    (
        attr.keyword("multiple-document-handling-default", "separate-documents-uncollated-copies"),
        attr.keyword(
            "multiple-document-handling-supported",
            "separate-documents-uncollated-copies",
            "separate-documents-collated-copies",
        ),
    ),
)
"""Default and supported of each feature: a device that names neither gets both of these."""

MONOCHROME = (
    attr.keyword("print-color-mode-default", "monochrome"),
    attr.keyword("print-color-mode-supported", "monochrome", "auto"),
)
"""The colour modes of a device without colour that names none. Given the default *auto*, CUPS 2.4 would make colour the
default of the queue, whatever else is said.
"""

COLOUR = (
    attr.keyword("print-color-mode-default", "auto"),
    attr.keyword("print-color-mode-supported", "auto", "color", "monochrome"),
)
"""The colour modes of a device with colour that names none."""

SINGLES: tuple[Attribute, ...] = (
    attr.boolean("color-supported", False),
    attr.integer("pages-per-minute", 1),
    attr.unknown("printer-geo-location"),
    attr.text("printer-organization", ""),
    attr.text("printer-organizational-unit", ""),
    attr.octets(
        "printer-supply",
        b"type=other;maxcapacity=-2;level=-2;index=1;class=supplyThatIsConsumed;unit=percent;colorantname=unknown;",
    ),
    attr.text("printer-supply-description", "Supply of unknown level"),
)
"""Attributes every printer must have."""

UNSEEN: tuple[Attribute, ...] = (
    *media_attributes(
        ("iso_a4_210x297mm", "na_letter_8.5x11in"), "iso_a4_210x297mm", ("iso_a4_210x297mm", "na_letter_8.5x11in")
    ),
    attr.boolean("page-ranges-supported", True),
    attr.keyword("overrides-supported", "pages", "document-number", "document-numbers"),
    attr.resolution("pwg-raster-document-resolution-supported", Resolution(300, 300)),
    attr.keyword("pwg-raster-document-sheet-back", "normal"),
    attr.keyword("pwg-raster-document-type-supported", "sgray_8"),
)
"""Taken to be true only of a device that has never answered; a device that answered and left these out lacks them."""

_SIZES = (
    "iso_a4_210x297mm",
    "iso_a3_297x420mm",
    "iso_a5_148x210mm",
    "na_letter_8.5x11in",
    "na_legal_8.5x14in",
    "na_ledger_11x17in",
)

AFAR: tuple[Attribute, ...] = (
    *(each for each in UNSEEN if not each.name.startswith("media-")),
    *media_attributes(_SIZES, "iso_a4_210x297mm", ("iso_a4_210x297mm", "na_letter_8.5x11in")),
    attr.boolean("color-supported", True),
    attr.keyword("sides-supported", "one-sided", "two-sided-long-edge", "two-sided-short-edge"),
    attr.enum("print-quality-supported", 3, 4, 5),
    attr.keyword("pwg-raster-document-type-supported", "sgray_8", "srgb_8"),
)
"""What may be asked for of a device that other machines print on, as long as it never answered this one."""
