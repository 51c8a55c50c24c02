"""Capabilities: the printer attributes that follow from a profile alone (RFC 8011 section 5.4, PWG 5100.7, 5100.14).

Everything here is constant while a printer runs. What the device cannot do is not listed, and keys that describe a
format stand there only with the format.
"""

from collections.abc import Iterator

from tympan_sim._limits import OPEN_JOB_TIMEOUT_S
from tympan_sim._media import MediaSize
from tympan_sim._profiles import OCTETS, PDF, PWG, URF, Profile
from tympan_wire.ipp import Attribute, Collection, Operation, Range, Resolution, attr

_MARGINS = ("media-bottom-margin", "media-left-margin", "media-right-margin", "media-top-margin")
_MARGIN = 423
"""1/100 mm: a sixth of an inch, what most devices cannot print on."""
MAX_COPIES = 999
JOB_ATTRIBUTES = (
    "copies",
    "finishings",
    "job-hold-until",
    "media",
    "media-col",
    "multiple-document-handling",
    "orientation-requested",
    "output-bin",
    "overrides",
    "page-ranges",
    "print-color-mode",
    "print-content-optimize",
    "print-quality",
    "print-rendering-intent",
    "printer-resolution",
    "sides",
)
"""Job template attributes every virtual printer knows (RFC 8011 section 5.2)."""
JOB_CREATION = ("ipp-attribute-fidelity", "job-name", *JOB_ATTRIBUTES)


def capabilities(profile: Profile) -> tuple[Attribute, ...]:
    """Every constant printer-description attribute of a profile, without media-col-database."""
    return tuple(sorted(_description(profile), key=lambda attribute: attribute.name))


def job_template(profile: Profile) -> tuple[Attribute, ...]:
    """Every -default, -ready and -supported attribute of the job template."""
    return tuple(sorted((*_media(profile), *_choices(profile)), key=lambda attribute: attribute.name))


def media_database(profile: Profile) -> Attribute:
    """The media-col-database, sent only to who names it (PWG 5100.7)."""
    return attr.collection("media-col-database", *(_media_col(size, ready=False) for size in profile.sizes))


def _description(profile: Profile) -> Iterator[Attribute]:
    yield from _identity(profile)
    yield from _protocol(profile)
    yield from _formats(profile)
    yield attr.boolean("color-supported", profile.color)
    speed = max(1, round(profile.pages_per_s * 60)) if profile.pages_per_s else 60
    yield attr.integer("pages-per-minute", speed)
    if profile.color:
        yield attr.integer("pages-per-minute-color", speed)
    supplies = ("black", "cyan", "magenta", "yellow")[: 4 if profile.color else 1]
    yield attr.octets("printer-supply", *(_supply(place, ink) for place, ink in enumerate(supplies, 1)))
    yield attr.text("printer-supply-description", *(f"{ink.capitalize()} toner" for ink in supplies))


def _supply(place: int, ink: str) -> bytes:
    """One supply in the form of PWG 5100.13 section 5.6.29, always three quarters full."""
    role = f"index={place};class=supplyThatIsConsumed;type=toner;unit=percent;maxcapacity=100;level=75;"
    return f"{role}colorantname={ink};".encode()


def _identity(profile: Profile) -> Iterator[Attribute]:
    yield attr.name_("printer-name", profile.name)
    yield attr.text("printer-info", profile.name)
    yield attr.text("printer-location", profile.location)
    yield attr.text("printer-make-and-model", profile.make_and_model)
    yield attr.uri("printer-uuid", profile.uuid)
    yield attr.text("printer-device-id", _device_id(profile))
    yield attr.unknown("printer-geo-location")
    yield attr.text("printer-organization", "")
    yield attr.text("printer-organizational-unit", "")
    yield attr.name_("printer-dns-sd-name", profile.instance)
    yield attr.keyword("printer-kind", "document")
    yield attr.name_("printer-firmware-name", "tympan-sim")
    yield attr.text("printer-firmware-string-version", "1.0")
    yield attr.octets("printer-firmware-version", b"\x01\x00")


def _device_id(profile: Profile) -> str:
    """The IEEE 1284 identity; CMD names the formats the way drivers look for them."""
    words = {PDF: "PDF", PWG: "PWGRaster", URF: "URF", "image/jpeg": "JPEG", "application/postscript": "PS"}
    commands = ",".join(words[kind] for kind in profile.formats if kind in words)
    serial = f"SN:{profile.serial};" if profile.serial else ""
    return f"MFG:Tympan;MDL:{profile.make_and_model};CMD:{commands};{serial}"


def _protocol(profile: Profile) -> Iterator[Attribute]:
    yield attr.charset("charset-configured", "utf-8")
    yield attr.charset("charset-supported", "utf-8")
    yield attr.language("natural-language-configured", "en")
    yield attr.language("generated-natural-language-supported", "en")
    yield attr.keyword("ipp-versions-supported", "1.1", "2.0")
    yield attr.keyword("ipp-features-supported", "ipp-everywhere")
    yield attr.enum("operations-supported", *sorted(profile.operations))
    yield attr.keyword("compression-supported", "none", "gzip", "deflate")
    yield attr.keyword("pdl-override-supported", "attempted")
    yield attr.keyword("identify-actions-default", "display")
    yield attr.keyword("identify-actions-supported", "display", "flash", "sound")
    yield attr.keyword("job-creation-attributes-supported", *JOB_CREATION)
    yield attr.boolean("job-ids-supported", True)
    yield attr.boolean("preferred-attributes-supported", False)
    yield attr.boolean("multiple-document-jobs-supported", False)
    yield attr.integer("multiple-operation-time-out", int(OPEN_JOB_TIMEOUT_S))
    yield attr.keyword("multiple-operation-time-out-action", "abort-job")
    yield attr.keyword("overrides-supported", "pages", "document-number", "document-numbers")
    yield attr.keyword("printer-get-attributes-supported", "document-format")
    yield attr.keyword("which-jobs-supported", "completed", "not-completed", "all")


def _formats(profile: Profile) -> Iterator[Attribute]:
    formats = profile.formats
    yield attr.mime("document-format-default", OCTETS if OCTETS in formats else formats[0])
    yield attr.mime("document-format-supported", *formats)
    yield attr.mime("document-format-preferred", PDF if PDF in formats else formats[-1])
    if PWG in formats:
        dots = (Resolution(dpi, dpi) for dpi in profile.resolutions_dpi)
        yield attr.resolution("pwg-raster-document-resolution-supported", *dots)
        yield attr.keyword("pwg-raster-document-sheet-back", "normal")
        yield attr.keyword(
            "pwg-raster-document-type-supported", *(["sgray_8", "srgb_8"] if profile.color else ["sgray_8"])
        )
    if URF in formats:
        yield attr.keyword("urf-supported", *_urf(profile))


def _urf(profile: Profile) -> Iterator[str]:
    """Keys of URF: copies made by the client, one tray, one type, resolutions, colours, duplex."""
    yield from ("V1.4", "CP1", "IS1", "MT1", "W8")
    yield "RS" + "-".join(str(dpi) for dpi in sorted(profile.resolutions_dpi))
    if profile.color:
        yield "SRGB24"
    if profile.duplex:
        yield "DM1"


def _media(profile: Profile) -> Iterator[Attribute]:
    sizes = profile.sizes
    yield attr.keyword("media-default", sizes[0].name)
    yield attr.keyword("media-supported", *profile.media)
    yield attr.keyword("media-ready", *profile.media)
    yield attr.collection("media-col-default", _media_col(sizes[0], ready=True))
    yield attr.collection("media-col-ready", *(_media_col(size, ready=True) for size in sizes))
    members = ("media-size", "media-size-name", "media-source", "media-type", *_MARGINS)
    yield attr.keyword("media-col-supported", *members)
    yield attr.collection("media-size-supported", *(_dimensions(size) for size in sizes))
    yield attr.keyword("media-source-supported", "auto")
    yield attr.keyword("media-type-supported", "stationery")
    for margin in _MARGINS:
        yield attr.integer(f"{margin}-supported", _MARGIN)


def _dimensions(size: MediaSize) -> Collection:
    members = (attr.integer("x-dimension", size.x), attr.integer("y-dimension", size.y))
    return Collection((member.name, member.values) for member in members)


def _media_col(size: MediaSize, *, ready: bool) -> list[Attribute]:
    margins = [attr.integer(margin, _MARGIN) for margin in _MARGINS]
    source = [attr.keyword("media-source", "auto")] if ready else []
    name = attr.keyword("media-size-name", size.name)
    return [
        attr.collection("media-size", _dimensions(size)),
        name,
        *margins,
        *source,
        attr.keyword("media-type", "stationery"),
    ]


def _choices(profile: Profile) -> Iterator[Attribute]:
    yield attr.integer("copies-default", 1)
    yield attr.range_("copies-supported", Range(1, MAX_COPIES))
    yield attr.enum("finishings-default", profile.finishings[0])
    yield attr.enum("finishings-supported", *profile.finishings)
    if Operation.HOLD_JOB in profile.operations:
        yield attr.keyword("job-hold-until-default", "no-hold")
        yield attr.keyword("job-hold-until-supported", "no-hold", "indefinite")
    handling = ("separate-documents-uncollated-copies", "separate-documents-collated-copies")
    yield attr.keyword("multiple-document-handling-default", handling[1])
    yield attr.keyword("multiple-document-handling-supported", *handling)
    yield attr.no_value("orientation-requested-default")
    yield attr.enum("orientation-requested-supported", 3, 4, 5, 6)
    yield attr.keyword("output-bin-default", "face-down")
    yield attr.keyword("output-bin-supported", "face-down")
    yield attr.boolean("page-ranges-supported", PDF in profile.formats)
    yield attr.keyword("sides-default", "one-sided")
    yield attr.keyword("sides-supported", *profile.sides)
    yield attr.resolution("printer-resolution-default", Resolution(*[profile.resolutions_dpi[-1]] * 2))
    yield attr.resolution("printer-resolution-supported", *(Resolution(dpi, dpi) for dpi in profile.resolutions_dpi))
    yield from _print_choices(profile)


def _print_choices(profile: Profile) -> Iterator[Attribute]:
    modes = ("auto", "monochrome", "color") if profile.color else ("auto", "monochrome")
    yield attr.keyword("print-color-mode-default", "auto")
    yield attr.keyword("print-color-mode-supported", *modes)
    yield attr.keyword("print-content-optimize-default", "auto")
    yield attr.keyword("print-content-optimize-supported", "auto", "graphic", "photo", "text", "text-and-graphic")
    yield attr.enum("print-quality-default", 4)
    yield attr.enum("print-quality-supported", 3, 4, 5)
    yield attr.keyword("print-rendering-intent-default", "auto")
    yield attr.keyword("print-rendering-intent-supported", "auto")
