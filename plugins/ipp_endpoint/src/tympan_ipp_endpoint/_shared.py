"""Shared queues: what another machine said of its queue, as the printer attributes a device would answer with. Pure.

- Options without an IPP name are offered under the one they have, ``x-NAME``, with the driver's own choices as names.
- What cannot be read is left out by itself; the rest is offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tympan_wire.hub import ShareOption
from tympan_wire.ipp import Attribute, Group, GroupTag, Range, attr, enum_number, resolution_in

MEDIA_TYPES: Final = ("application/pdf", "image/jpeg")
"""What every machine that shares a queue prints on it."""

_KEYWORDS: Final = frozenset({"sides", "media", "print-color-mode", "media-source", "media-type", "output-bin"})
_OWN: Final = re.compile(r"x-[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_SPAN: Final = re.compile(r"(\d{1,4})-(\d{1,4})")
_KEYWORD_BYTES: Final = 255

Pair = tuple[Attribute, ...]


def shared_group(options: Iterable[ShareOption]) -> Group | None:
    """Printer attributes of a shared queue; None where nothing is known of it."""
    known = {one.name: one for one in options}
    if not known:
        return None
    modes = known["print-color-mode"].values if "print-color-mode" in known else ()
    attributes = [
        attr.mime("document-format-supported", *MEDIA_TYPES),
        attr.boolean("color-supported", "color" in modes),
    ]
    for option in known.values():
        attributes += _offered(option)
    return Group(GroupTag.PRINTER, attributes)


def _offered(option: ShareOption) -> Pair:
    if option.name in _KEYWORDS:
        return _keywords(option)
    if _OWN.fullmatch(option.name):
        return _names(option)
    make = _OTHERS.get(option.name)
    return make(option) if make else ()


def _keywords(option: ShareOption) -> Pair:
    values = tuple(value for value in option.values if 0 < len(value.encode()) <= _KEYWORD_BYTES)
    if not values:
        return ()
    supported = attr.keyword(f"{option.name}-supported", *values)
    return (
        (supported, attr.keyword(f"{option.name}-default", option.default))
        if option.default in values
        else (supported,)
    )


def _names(option: ShareOption) -> Pair:
    values = tuple(value for value in option.values if 0 < len(value.encode()) <= _KEYWORD_BYTES)
    if not values:
        return ()
    supported = attr.name_(f"{option.name}-supported", *values)
    usual = (attr.name_(f"{option.name}-default", option.default),) if option.default in values else ()
    return supported, *usual


def _copies(option: ShareOption) -> Pair:
    span = next((found for value in option.values if (found := _SPAN.fullmatch(value))), None)
    if span is None or not 1 <= int(span[1]) <= int(span[2]):
        return ()
    low, high = int(span[1]), int(span[2])
    usual = int(option.default) if option.default.isascii() and option.default.isdecimal() else low
    return attr.range_("copies-supported", Range(low, high)), attr.integer("copies-default", min(max(usual, low), high))


def _enums(option: ShareOption) -> Pair:
    found = (enum_number(option.name, value) for value in option.values)
    values = tuple(dict.fromkeys(number for number in found if number is not None))
    if not values:
        return ()
    usual = enum_number(option.name, option.default)
    usual = values[0] if usual is None else usual
    return attr.enum(f"{option.name}-supported", *values), attr.enum(f"{option.name}-default", usual)


def _resolutions(option: ShareOption) -> Pair:
    values = tuple(found for value in option.values if (found := resolution_in(value)))
    if not values:
        return ()
    usual = resolution_in(option.default) or values[0]
    return attr.resolution("printer-resolution-supported", *values), attr.resolution(
        "printer-resolution-default", usual
    )


_OTHERS: Final[Mapping[str, Callable[[ShareOption], Pair]]] = {
    "copies": _copies,
    "print-quality": _enums,
    "finishings": _enums,
    "printer-resolution": _resolutions,
}
