"""Words: values that are no text in IPP, as options of a print system are written.

- Numbers of ``print-quality`` (RFC 8011 section 5.2.13) and ``finishings`` (PWG 5100.1) have the names of their
  standards; a number that has none here stays a number, and comes back as one.
- Resolutions are ``600dpi`` and ``600x300dpi``, as CUPS's ``lp -o`` takes them.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tympan_wire.ipp._values import Resolution

_QUALITIES: Final[Mapping[int, str]] = {3: "draft", 4: "normal", 5: "high"}
_FINISHINGS: Final[Mapping[int, str]] = {
    3: "none",
    4: "staple",
    5: "punch",
    6: "cover",
    7: "bind",
    8: "saddle-stitch",
    9: "edge-stitch",
    10: "fold",
    11: "trim",
    13: "booklet-maker",
    20: "staple-top-left",
    21: "staple-bottom-left",
    22: "staple-top-right",
    23: "staple-bottom-right",
    28: "staple-dual-left",
    29: "staple-dual-top",
    30: "staple-dual-right",
    31: "staple-dual-bottom",
    74: "punch-dual-left",
    75: "punch-dual-top",
    76: "punch-dual-right",
    77: "punch-dual-bottom",
}
ENUM_WORDS: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {"print-quality": _QUALITIES, "finishings": _FINISHINGS}
)
"""The words for the numbers of an attribute, by its name."""

_NUMBERS: Final = {name: {word: number for number, word in words.items()} for name, words in ENUM_WORDS.items()}
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_RESOLUTION: Final = re.compile(r"([1-9][0-9]{0,4})(?:x([1-9][0-9]{0,4}))?(dpi|dpcm)", re.ASCII)
_UNITS: Final = {3: "dpi", 4: "dpcm"}
_MEDIA: Final = re.compile(
    r"[a-z0-9.-]+_[a-z0-9.-]+_(\d{1,6}(?:\.\d{1,5})?)x(\d{1,6}(?:\.\d{1,5})?)(mm|in)", re.IGNORECASE
)
_HUNDREDTHS: Final = {"mm": 100, "in": 2540}


def enum_word(name: str, number: int) -> str:
    """A number of an attribute as the word for it; in digits where there is none."""
    return ENUM_WORDS.get(name, {}).get(number, str(number))


def enum_number(name: str, word: str) -> int | None:
    """The number for a word, or for the digits of one; None for what is neither."""
    known = _NUMBERS.get(name, {}).get(word)
    return int(word) if known is None and _NUMBER.fullmatch(word) else known


def resolution_text(value: Resolution) -> str:
    """A resolution as text, ``600dpi`` where it is the same both ways."""
    unit = _UNITS.get(value.units, f" (units {value.units})")
    return f"{value.x}{unit}" if value.x == value.y else f"{value.x}x{value.y}{unit}"


def resolution_in(text: str) -> Resolution | None:
    """The resolution a text says; None for one that says none."""
    found = _RESOLUTION.fullmatch(text)
    if found is None:
        return None
    return Resolution(int(found[1]), int(found[2] or found[1]), 3 if found[3] == "dpi" else 4)


def media_size(name: str) -> tuple[int, int] | None:
    """Width and height of paper in hundredths of a millimetre, as its name tells (PWG 5101.1); None of no such name."""
    found = _MEDIA.fullmatch(name)
    if found is None:
        return None
    unit = _HUNDREDTHS[found[3].lower()]
    return round(float(found[1]) * unit), round(float(found[2]) * unit)
