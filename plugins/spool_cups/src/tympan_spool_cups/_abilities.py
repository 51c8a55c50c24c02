"""Abilities: what a queue takes, from what CUPS tells of it and what its PPD says, normalised to IPP. Pure.

- What CUPS has in IPP terms is taken from it: it knows best how it will read a job. What it has not, trays and kinds of
  paper and everything of the driver's own, is taken from the PPD.
- A default that was set at the queue (``lpadmin -o NAME-default=VALUE``) stands before the driver's in CUPS's answer,
  and so can be told from it.
- A queue without a PPD has no options: CUPS passes its jobs on as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import attrs

from tympan.plugin import DefaultOrigin, OptionChoice, OptionConstraint, QueueCapabilities, QueueOption
from tympan_spool_cups import _words
from tympan_spool_cups._ppd import Ppd, PpdOption
from tympan_wire.ipp import ENUM_WORDS, Attribute, Group, Range, Resolution, enum_word, media_size, resolution_text

_DUPLEX: Final = ("Duplex", "JCLDuplex", "EFDuplex", "KD03Duplex")
_TRAYS: Final = ("InputSlot", "HPPaperSource")
_QUALITY: Final = ("cupsPrintQuality", "OutputMode")
_OWN: Final = {
    "media": ("PageSize", "PageRegion"),
    "sides": _DUPLEX,
    "print-color-mode": ("ColorModel", "ColorMode"),
    "printer-resolution": ("Resolution", "SetResolution", "JCLResolution"),
    "output-bin": ("OutputBin",),
    "media-source": _TRAYS,
    "media-type": ("MediaType",),
    "print-quality": _QUALITY,
}
"""Options of drivers that have an IPP name, where that name is offered."""
_FROM_CUPS: Final = ("sides", "media", "print-color-mode", "print-quality", "printer-resolution", "output-bin")
_PDF: Final = "application/pdf"
_POINT: Final = 2540 / 72
_NEAR: Final = 150
"""In hundredths of a millimetre. Drivers round A4 to whole points, and CUPS to tenths of millimetres."""
_MISNAMED: Final = "fullbleed"


@attrs.frozen(kw_only=True)
class Driver:
    """How what IPP calls ``option`` is said to a driver.

    Attributes:
        option: IPP name, or ``x-NAME``.
        keyword: The driver's own name of it.
        choices: IPP value and the driver's choice for it.
    """

    option: str
    keyword: str
    choices: tuple[tuple[str, str], ...]

    def choice(self, value: str) -> str:
        """The driver's choice; what is none of its values is kept."""
        return dict(self.choices).get(value, value)

    def value(self, choice: str) -> str:
        """The IPP value of a choice; "" for one that is not offered."""
        return next((value for value, one in self.choices if one == choice), "")


def capabilities_of(printer: Group, ppd: Ppd | None, *, raw_formats: tuple[str, ...] = ()) -> QueueCapabilities:
    """What a queue takes; ``raw_formats`` are those of the device, for a queue without a PPD."""
    if ppd is None:
        return QueueCapabilities(media_types=raw_formats)
    drivers = drivers_of(printer, ppd)
    options = [*_copies(printer), *_told_by_cups(printer)]
    names = {option.name for option in options}
    options += [_from_driver(one, ppd) for one in drivers if one.option not in names and len(one.choices) > 1]
    return QueueCapabilities(
        media_types=_media_types(printer),
        options=tuple(sorted(options, key=lambda option: option.name)),
        constraints=_constraints(ppd, drivers),
    )


def _media_types(printer: Group) -> tuple[str, ...]:
    """PDF first: what CUPS's filters make of it is the best tried way through them."""
    told = [
        name for name in printer.strings("document-format-supported") if not name.startswith("application/vnd.cups")
    ]
    return tuple(sorted(dict.fromkeys(told), key=lambda name: (name != _PDF, name)))


def _copies(printer: Group) -> list[QueueOption]:
    told = printer.get("copies-supported")
    most = told.value.upper if told is not None and isinstance(told.value, Range) else 1
    return [QueueOption(name="copies", values=(f"1-{most}",), default="1")] if most > 1 else []


def _told_by_cups(printer: Group) -> list[QueueOption]:
    options = []
    for name in (*_FROM_CUPS, "finishings"):
        values = tuple(dict.fromkeys(_texts(name, printer.get(f"{name}-supported"))))
        if len(values) > 1 or (values and name in ("media", "printer-resolution")):
            options.append(_with_default(name, values, printer))
    return options


def _with_default(name: str, values: tuple[str, ...], printer: Group) -> QueueOption:
    told = [_texts(name, one) for one in printer if one.name == f"{name}-default"]
    chosen = [texts[0] for texts in told if texts and texts[0] in values]
    origin = DefaultOrigin.OS if len(told) > 1 else DefaultOrigin.DEVICE
    return QueueOption(name=name, values=values, default=chosen[0] if chosen else "", origin=origin)


def _texts(name: str, attribute: Attribute | None) -> list[str]:
    return [text for value in (attribute.values if attribute else ()) if (text := _text(name, value.value))]


def _text(name: str, value: object) -> str:
    if isinstance(value, Resolution):
        return resolution_text(value)
    if isinstance(value, int) and name in ENUM_WORDS:
        return enum_word(name, value)
    return value if isinstance(value, str) else ""


def drivers_of(printer: Group, ppd: Ppd) -> tuple[Driver, ...]:
    """How each option of the PPD is called here; with those that CUPS offers in IPP terms, for constraints."""
    media = printer.strings("media-supported")
    found: list[Driver] = []
    spoken: set[str] = set()
    for name, keywords, say in _SPOKEN:
        option = ppd.option(*keywords)
        driver = _driver(name, option, say) if option is not None else None
        if driver is not None and driver.choices:  # one whose choices nobody knows stays the driver's own
            found.append(driver)
            spoken.update(_OWN[name])
    sizes = ppd.option("PageSize")
    if sizes is not None:
        found.append(_driver("media", sizes, _media_names(ppd, media)))
        spoken.update(_OWN["media"])
    quality = ppd.option(*_QUALITY)
    if quality is not None and len(printer.integers("print-quality-supported")) > 1:
        found.append(_driver("print-quality", quality, _words.keyword_of))
        spoken.update(_OWN["print-quality"])
    own = (option for option in ppd.options if option.keyword not in spoken)
    return (*found, *(_driver(f"x-{option.keyword}", option, lambda choice: choice) for option in own))


def _driver(name: str, option: PpdOption, say: Callable[[str], str]) -> Driver:
    told = ((say(choice), choice) for choice in option.choices)
    unique: dict[str, str] = {}
    for value, choice in told:
        if value:
            unique.setdefault(value, choice)
    return Driver(option=name, keyword=option.keyword, choices=tuple(unique.items()))


def _from_driver(driver: Driver, ppd: Ppd) -> QueueOption:
    option = ppd.option(driver.keyword)
    default = driver.value(option.default) if option else ""
    return QueueOption(name=driver.option, values=tuple(value for value, _ in driver.choices), default=default)


_SPOKEN: Final[tuple[tuple[str, tuple[str, ...], Callable[[str], str]], ...]] = (
    ("sides", _DUPLEX, _words.side_of),
    ("print-color-mode", _OWN["print-color-mode"], _words.color_of),
    ("printer-resolution", _OWN["printer-resolution"], lambda choice: choice if choice.endswith("dpi") else ""),
    ("output-bin", _OWN["output-bin"], _words.bin_of),
    ("media-source", _TRAYS, _words.source_of),
    ("media-type", _OWN["media-type"], _words.type_of),
)


def _media_names(ppd: Ppd, media: Iterable[str]) -> Callable[[str], str]:
    """The PWG name CUPS gave each paper size, found by its measures."""
    known = [(name, *size) for name in media if _MISNAMED not in name and (size := media_size(name))]
    named = {}
    for choice, width, height in ppd.sizes:
        w, h = width * _POINT, height * _POINT
        near = (name for name, x, y in known if abs(x - w) < _NEAR and abs(y - h) < _NEAR)
        named[choice] = next(near, "")
    return lambda choice: named.get(choice, "")


def _constraints(ppd: Ppd, drivers: Iterable[Driver]) -> tuple[OptionConstraint, ...]:
    by_keyword = {driver.keyword: driver for driver in drivers}
    found = []
    for rule in ppd.constraints:
        one, other = _choice(rule.one, by_keyword), _choice(rule.other, by_keyword)
        if one is not None and other is not None:
            found.append(OptionConstraint(one=one, other=other))
    return tuple(found)


def _choice(told: tuple[str, str], by_keyword: dict[str, Driver]) -> OptionChoice | None:
    driver = by_keyword.get(told[0])
    if driver is None:
        return None
    value = driver.value(told[1]) if told[1] else ""
    return None if told[1] and not value else OptionChoice(option=driver.option, value=value)
