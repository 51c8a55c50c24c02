"""Capabilities: what a printer offers, mirrored from its device. Pure.

- What the device does not say it can do is not offered; required attributes it leaves out get the least value.
- Only what travels in a ticket or describes the device is mirrored. Operations, notifications, passwords and the like
  are between us and the device, so they never come through.
- Attributes that only make sense together come together or not at all: CUPS 2.4 gives up on the whole printer when
  ``image/urf`` is offered without a resolution.
"""

from __future__ import annotations

from collections.abc import Iterable

from tympan_ipp_endpoint._defaults import AFAR, COLOUR, MEDIA_TYPES, MONOCHROME, PAIRS, SINGLES, UNSEEN
from tympan_ipp_endpoint._media import media_attributes
from tympan_wire.ipp import Attribute, Group, Tag, Value, attr

Offer = dict[str, Attribute]

OCTET_STREAM = "application/octet-stream"

TEMPLATE = (
    "copies",
    "cover-back",
    "cover-front",
    "feed-orientation",
    "finishings",
    "finishings-col",
    "font-name-requested",
    "font-size-requested",
    "force-front-side",
    "imposition-template",
    "insert-sheet",
    "job-account-id",
    "job-accounting-user-id",
    "job-error-action",
    "job-error-sheet",
    "job-message-to-operator",
    "job-pages-per-set",
    "job-priority",
    "job-sheets",
    "job-sheets-col",
    "media",
    "media-col",
    "media-input-tray-check",
    "multiple-document-handling",
    "number-up",
    "orientation-requested",
    "output-bin",
    "output-device",
    "overrides",
    "page-delivery",
    "page-order-received",
    "page-ranges",
    "presentation-direction-number-up",
    "print-color-mode",
    "print-content-optimize",
    "print-darkness",
    "print-quality",
    "print-rendering-intent",
    "print-scaling",
    "print-speed",
    "printer-resolution",
    "separator-sheets",
    "sheet-collate",
    "sides",
    "x-image-position",
    "x-image-shift",
    "x-side1-image-shift",
    "x-side2-image-shift",
    "y-image-position",
    "y-image-shift",
    "y-side1-image-shift",
    "y-side2-image-shift",
)
"""Job-template attributes the ticket carries to the device (RFC 8011 section 5.2, PWG 5100.3, 5100.7, 5100.13)."""

_SUFFIXES = ("-default", "-supported", "-ready", "-database", "-actual")
_TEMPLATE_NAMES = frozenset(base + suffix for base in TEMPLATE for suffix in _SUFFIXES)
_PREFIXES = (
    "marker-",
    "media-",
    "pwg-raster-document-",
    "urf-",
    "jpeg-",
    "pdf-",
    "finishing-template-",
    "finishings-col-",
    "printer-supply",
    "printer-input-tray",
    "printer-output-tray",
    "printer-finisher",
    "printer-firmware-",
    "printer-alert",
    "printer-charge-info",
)
_DESCRIPTION = frozenset(
    {
        "color-supported",
        "job-constraints-supported",
        "job-resolvers-supported",
        "mopria-certified",
        "pages-per-minute",
        "pages-per-minute-color",
        "printer-device-id",
        "printer-geo-location",
        "printer-icons",
        "printer-kind",
        "printer-make-and-model",
        "printer-mandatory-job-attributes",
        "printer-more-info",
        "printer-more-info-manufacturer",
        "printer-organization",
        "printer-organizational-unit",
    }
)
_OUT_OF_BAND = range(0x10, 0x20)


def offer(device: Group | None, media_types: Iterable[str] = (), *, afar: bool = False) -> Offer:
    """What a printer offers.

    Args:
        device: The device's printer attributes; None when it never answered.
        media_types: What may be submitted, as the route says; empty takes the device's own list.
        afar: Whether other machines print on the device: then little is known here of one that never answered.
    """
    offered = _unseen(afar) if device is None else {a.name: a for a in device if _mirrored(a)}
    _complete_media(offered)
    _complete_features(offered)
    _complete_colour(offered)
    _offer_formats(offered, tuple(media_types) or _own_formats(device))
    _accept_both_spellings(offered)
    if "media-key" not in _strings(offered, "media-col-supported"):
        offered.pop("media-key-supported", None)
    return offered


def job_attributes_of(offered: Offer) -> tuple[str, ...]:
    """Names for ``job-creation-attributes-supported``: everything whose values are offered."""
    names = [base for base in TEMPLATE if _settable(offered, base)]
    own = [
        name.removesuffix("-supported") for name in offered if name.endswith("-supported") and _is_own(offered[name])
    ]
    return (*names, *own, "job-hold-until", "job-name")


def _settable(offered: Offer, base: str) -> bool:
    supported = offered.get(f"{base}-supported")
    return supported is not None and supported.value is not False


def _unseen(afar: bool) -> Offer:
    return {attribute.name: attribute for attribute in (AFAR if afar else UNSEEN)}


def _mirrored(attribute: Attribute) -> bool:
    name = attribute.name
    if attribute.tag in _OUT_OF_BAND and not name.endswith("-default") and name != "printer-geo-location":
        return False
    return name in _TEMPLATE_NAMES or name in _DESCRIPTION or name.startswith(_PREFIXES) or _is_own(attribute)


def _is_own(attribute: Attribute) -> bool:
    """Whether it offers an option of a driver's own: ``x-NAME``, whose choices are names and no keywords."""
    offers = attribute.name.endswith(("-supported", "-default"))
    return attribute.name.startswith("x-") and offers and attribute.tag == Tag.NAME_WITHOUT_LANGUAGE


def _own_formats(device: Group | None) -> tuple[str, ...]:
    return MEDIA_TYPES if device is None else device.strings("document-format-supported")


def _strings(offered: Offer, name: str) -> tuple[str, ...]:
    attribute = offered.get(name)
    return attribute.strings() if attribute else ()


def _complete_media(offered: Offer) -> None:
    """Derives what a device leaves out from the media it names; one that names none gets the two everybody has."""
    names = _strings(offered, "media-supported")
    if not names:
        for attribute in UNSEEN:
            if attribute.name.startswith("media-"):
                offered[attribute.name] = attribute
        return
    default = next(iter(_strings(offered, "media-default")), names[0])
    for attribute in media_attributes(names, default, _strings(offered, "media-ready")):
        offered.setdefault(attribute.name, attribute)


def _complete_features(offered: Offer) -> None:
    colour = offered.get("color-supported")
    modes = COLOUR if colour is not None and colour.value is True else MONOCHROME
    for default, supported in (*PAIRS, modes):
        if supported.name not in offered:
            offered[default.name], offered[supported.name] = default, supported
        elif default.name not in offered:
            offered[default.name] = Attribute(default.name, _first_of(offered[supported.name], default))
    for attribute in SINGLES:
        offered.setdefault(attribute.name, attribute)
    if len(offered["printer-supply"].values) != len(offered["printer-supply-description"].values):
        for attribute in SINGLES:
            if attribute.name.startswith("printer-supply"):
                offered[attribute.name] = attribute


def _first_of(supported: Attribute, default: Attribute) -> tuple[Value, ...]:
    """The usual default when the device supports it, else the first it names; a range has no first value."""
    if default.values[0] in supported.values or supported.tag != default.tag:
        return default.values
    return supported.values[:1]


def _complete_colour(offered: Offer) -> None:
    """pages-per-minute-color stands if and only if the device prints in colour (PWG 5100.12 section 6.2)."""
    if offered["color-supported"].value is True:
        offered.setdefault("pages-per-minute-color", attr.integer("pages-per-minute-color", 1))
    else:
        offered.pop("pages-per-minute-color", None)


def _offer_formats(offered: Offer, media_types: tuple[str, ...]) -> None:
    formats = [kind for kind in dict.fromkeys(media_types) if _usable(kind, offered)]
    offered["document-format-supported"] = attr.mime("document-format-supported", OCTET_STREAM, *formats)
    offered["document-format-default"] = attr.mime("document-format-default", OCTET_STREAM)
    if "application/pdf" in formats:
        offered["document-format-preferred"] = attr.mime("document-format-preferred", "application/pdf")
    everywhere = "ipp-everywhere" if "image/pwg-raster" in formats else "none"
    offered["ipp-features-supported"] = attr.keyword("ipp-features-supported", everywhere)
    for kind, prefix in (("image/urf", "urf-"), ("image/pwg-raster", "pwg-raster-")):
        if kind not in formats:
            for name in [name for name in offered if name.startswith(prefix)]:
                del offered[name]


def _usable(media_type: str, offered: Offer) -> bool:
    """Whether a spooler can make use of the format: CUPS 2.4 drops the whole printer over one it cannot."""
    if media_type == OCTET_STREAM or media_type.startswith("application/vnd.cups-"):
        return False  # the latter would make CUPS hand files over without any page handling
    if media_type == "image/urf":
        return any(key.startswith("RS") for key in _strings(offered, "urf-supported"))
    if media_type == "image/pwg-raster":
        return {"pwg-raster-document-resolution-supported", "pwg-raster-document-type-supported"} <= offered.keys()
    return True


def _accept_both_spellings(offered: Offer) -> None:
    """The suites disagree over *document-number* and *document-numbers*; who offers one offers the other."""
    names = _strings(offered, "overrides-supported")
    both = ("document-number", "document-numbers")
    if any(name in names for name in both):
        offered["overrides-supported"] = attr.keyword("overrides-supported", *dict.fromkeys((*names, *both)))
