"""What a queue takes, and how a job asks for it: options of IPP to and from the settings of its driver. All pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

import attrs

from tympan.plugin import DefaultOrigin, QueueCapabilities, QueueOption
from tympan_spool_windows._devmode import Color, Duplex, JobSettings
from tympan_spool_windows._frames import JPEG, PDF
from tympan_spool_windows._limits import OPTION_VALUES, OPTIONS
from tympan_spool_windows._media import bin_keywords, kind_keywords, media_extent, media_keywords, media_name
from tympan_spool_windows._print_schema import SchemaFeature
from tympan_spool_windows._records import DeviceRecord, Named

_T = TypeVar("_T")
RAW: Final = "application/vnd.cups-raw"
XPS: Final = frozenset({"application/oxps", "application/vnd.ms-xpsdocument"})
RENDERED: Final = frozenset({PDF, JPEG})
"""What is rendered here; all else goes to the device as it is."""
COPIES_MOST: Final = 99
"""Copies offered: a driver's own bound is 9999, and a slip of the finger is not to be."""
_SIDES: Final[Mapping[str, Duplex]] = {
    "one-sided": Duplex.SIMPLEX,
    "two-sided-long-edge": Duplex.VERTICAL,
    "two-sided-short-edge": Duplex.HORIZONTAL,
}
_COLORS: Final[Mapping[str, Color]] = {"monochrome": Color.MONOCHROME, "color": Color.COLOR}
_RESOLUTION: Final = re.compile(r"^(\d{1,5})(?:x(\d{1,5}))?dpi$")


@attrs.frozen(kw_only=True)
class Asked:
    """What a job's options come to.

    Attributes:
        settings: For the driver.
        copies: How often we send the pages, because the driver makes no copies of them.
    """

    settings: JobSettings
    copies: int = 1


def capabilities_of(
    device: DeviceRecord, defaults: JobSettings, features: tuple[SchemaFeature, ...], *, passes_xps: bool = False
) -> QueueCapabilities:
    """What a queue takes.

    Args:
        device: What its driver can.
        defaults: What a job has that asks for nothing.
        features: Of its Print Schema document.
        passes_xps: Whether its driver takes XPS as it is.
    """
    told = [*_paper_options(device, defaults), *_page_options(device, defaults), *_own_options(features)]
    xps = tuple(sorted(XPS)) if passes_xps else ()
    return QueueCapabilities(media_types=(PDF, JPEG, *xps, RAW), options=tuple(told[:OPTIONS]))


def _option(name: str, values: Iterable[str], default: str) -> list[QueueOption]:
    """The option, or none when there are no values. A default that is none of them is not told."""
    kept = tuple(values)[:OPTION_VALUES]
    default = default if default in kept else ""
    return [QueueOption(name=name, values=kept, default=default, origin=DefaultOrigin.OS)] if kept else []


def _paper_options(device: DeviceRecord, defaults: JobSettings) -> list[QueueOption]:
    media, bins, kinds = (
        media_keywords(device.papers),
        bin_keywords(device.bins),
        kind_keywords(device.media_types),
    )
    return [
        *_option("media", media, _default_media(device, defaults)),
        *_option("media-source", bins, _named(bins, defaults.default_source)),
        *_option("media-type", kinds, _named(kinds, defaults.media_type)),
    ]


def _default_media(device: DeviceRecord, defaults: JobSettings) -> str:
    chosen = next((paper for paper in device.papers if paper.code == defaults.paper_size), None)
    if chosen is not None and chosen.width > 0 and chosen.height > 0:
        return media_name(chosen.width, chosen.height)
    if defaults.paper_width and defaults.paper_length:
        return media_name(defaults.paper_width, defaults.paper_length)
    return ""


def _named(keywords: Mapping[str, Named], code: int | None) -> str:
    return next((keyword for keyword, each in keywords.items() if each.code == code), "")


def _page_options(device: DeviceRecord, defaults: JobSettings) -> list[QueueOption]:
    sides = tuple(_SIDES) if device.duplex else ("one-sided",)
    side = next((name for name, value in _SIDES.items() if value == defaults.duplex), "one-sided")
    colors = ("monochrome", "color") if device.color else ("monochrome",)
    color = "color" if device.color and defaults.color != Color.MONOCHROME else "monochrome"
    copies = str(min(max(defaults.copies or 1, 1), COPIES_MOST))
    resolutions = tuple(dict.fromkeys(resolution_name(*each) for each in device.resolutions))
    resolution = resolution_name(defaults.print_quality or 0, defaults.y_resolution or defaults.print_quality or 0)
    return [
        QueueOption(name="copies", values=(f"1-{COPIES_MOST}",), default=copies, origin=DefaultOrigin.OS),
        *_option("sides", sides, side),
        *_option("print-color-mode", colors, color),
        *_option("printer-resolution", resolutions, resolution),
    ]


def _own_options(features: tuple[SchemaFeature, ...]) -> list[QueueOption]:
    return [
        option
        for feature in features
        for option in _option(feature.name, (value.keyword for value in feature.values), feature.default)
    ]


def resolution_name(across: int, down: int) -> str:
    """As IPP texts write it: ``600dpi``, ``600x1200dpi``."""
    return f"{across}dpi" if across == down else f"{across}x{down}dpi"


def settings_for(device: DeviceRecord, options: Mapping[str, str]) -> Asked:
    """What the driver is to be told. Options it is not asked about here, as those of a Print Schema, are passed over.

    Raises:
        ValueError: The queue cannot do it, in words for the user.
    """
    copies = _copies(options.get("copies", "1"))
    across, down = _resolution(device, options.get("printer-resolution", ""))
    code, width, length = _media(device, options.get("media", ""))
    settings = JobSettings(
        paper_size=code,
        paper_width=width,
        paper_length=length,
        copies=copies if device.copies >= copies else 1,
        default_source=_code("media-source", bin_keywords(device.bins), options),
        media_type=_code("media-type", kind_keywords(device.media_types), options),
        color=_among("print-color-mode", _COLORS, options),
        duplex=_duplex(device, options),
        print_quality=across,
        y_resolution=down,
    )
    return Asked(settings=settings, copies=1 if device.copies >= copies else copies)


def _copies(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= COPIES_MOST:
        raise ValueError(f"copies cannot be {text}")
    return int(text)


def _resolution(device: DeviceRecord, text: str) -> tuple[int | None, int | None]:
    if not text:
        return None, None
    match = _RESOLUTION.match(text)
    wanted = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if wanted not in device.resolutions:
        raise ValueError(f"printer-resolution cannot be {text}")
    return wanted


def _media(device: DeviceRecord, name: str) -> tuple[int | None, int | None, int | None]:
    """Number of a paper of the driver, else an extent."""
    if not name:
        return None, None, None
    known = media_keywords(device.papers)
    if name in known:
        return known[name].code, None, None
    extent = media_extent(name)
    same = known.get(media_name(*extent)) if extent else None
    if same is None:
        raise ValueError(f"media cannot be {name}")
    return same.code, None, None


def _code(name: str, keywords: Mapping[str, Named], options: Mapping[str, str]) -> int | None:
    return None if name not in options else _at(name, keywords, options[name]).code


def _among(name: str, values: Mapping[str, _T], options: Mapping[str, str]) -> _T | None:
    return None if name not in options else _at(name, values, options[name])


def _at(name: str, values: Mapping[str, _T], value: str) -> _T:
    if value not in values:
        raise ValueError(f"{name} cannot be {value}")
    return values[value]


def _duplex(device: DeviceRecord, options: Mapping[str, str]) -> int | None:
    wanted = _among("sides", _SIDES, options)
    if wanted is not None and wanted is not Duplex.SIMPLEX and not device.duplex:
        raise ValueError(f"sides cannot be {options['sides']}")
    return wanted
