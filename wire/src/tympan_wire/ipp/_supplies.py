"""Supplies of a device: from its ``marker-*`` lists (PWG 5100.9), else from ``printer-supply`` (PWG 5100.13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Final

from tympan_wire.device import Supply
from tympan_wire.ipp._device_limits import DEVICE_ID_CHARS, NAME_CHARS, SUPPLIES, WORD_CHARS
from tympan_wire.ipp._device_texts import clean
from tympan_wire.ipp._message import Group

_COLOR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_KIND: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LOOKED_AT: Final = SUPPLIES * 2  # some may have no name
_COLORANTS: Final = {"black": "#000000", "cyan": "#00ffff", "magenta": "#ff00ff", "yellow": "#ffff00"}


def supplies(said: Group) -> tuple[Supply, ...]:
    """What a device uses up; its lists may be of unequal length, and a supply without a name is none."""
    found = _markers(said) if "marker-names" in said else _supply_strings(said)
    return tuple(islice((supply for supply in found if supply.name), SUPPLIES))


def _markers(said: Group) -> Iterator[Supply]:
    names = said.strings("marker-names")[:_LOOKED_AT]
    kinds, colors, levels = said.strings("marker-types"), said.strings("marker-colors"), said.integers("marker-levels")
    for at, name in enumerate(names):
        yield Supply(
            name=clean(name, NAME_CHARS),
            kind=_kind(kinds[at] if at < len(kinds) else ""),
            color=_hex(colors[at] if at < len(colors) else ""),
            percent=_level(levels[at] if at < len(levels) else -1),
        )


def _supply_strings(said: Group) -> Iterator[Supply]:
    attribute = said.get("printer-supply")
    raw = [value.value for value in attribute.values[:_LOOKED_AT]] if attribute else []
    names = said.strings("printer-supply-description")
    for one, name in zip_longest(raw, names[: len(raw)]):
        keys = _keys(one)
        kind = _HUMP.sub("-", keys.get("type", "")).lower()
        color = _COLORANTS.get(keys.get("colorantname", "").lower(), "")
        yield Supply(name=clean(name or kind, NAME_CHARS), kind=_kind(kind), color=color, percent=_share(keys))


def _keys(one: object) -> dict[str, str]:
    text = one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)
    pairs = (pair.partition("=") for pair in text[:DEVICE_ID_CHARS].split(";"))
    return {key.strip().lower(): value.strip() for key, _, value in pairs if value}


def _share(keys: dict[str, str]) -> int | None:
    """Level of the capacity; both may be negative for "not known" (RFC 3805 prtMarkerSuppliesLevel)."""
    level, most = _number(keys.get("level", "")), _number(keys.get("maxcapacity", ""))
    return min(level * 100 // most, 100) if level >= 0 and most > 0 else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def _level(level: int) -> int | None:
    return level if 0 <= level <= 100 else None


def _kind(kind: str) -> str:
    return kind if len(kind) <= WORD_CHARS and _KIND.fullmatch(kind) else ""


def _hex(color: str) -> str:
    """The first colour of one: a cartridge of three has them behind each other."""
    found = _COLOR.match(color)
    return found[0].lower() if found else ""
