"""Words: how drivers call things, and how IPP does (RFC 8011, PWG 5101.1, PWG 5100.13). Pure tables and one rule.

Vendors spell the same tray in many ways, so a table is asked first and the rule of CUPS makes a keyword of the rest:
``Tray2`` is ``tray-2``, ``LargeCapacity`` is ``large-capacity``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

SIDES: Final[Mapping[str, str]] = {
    "none": "one-sided",
    "off": "one-sided",
    "false": "one-sided",
    "duplexnotumble": "two-sided-long-edge",
    "duplextumble": "two-sided-short-edge",
}
_SOURCES: Final[Mapping[str, str]] = {
    "automatic": "auto",
    "autoselect": "auto",
    "cassette": "main",
    "lower": "bottom",
    "upper": "top",
    "center": "middle",
    "multipurpose": "by-pass-tray",
    "mptray": "by-pass-tray",
    "bypass": "by-pass-tray",
    "bypasstray": "by-pass-tray",
    "manualfeed": "manual",
    "envfeeder": "envelope",
}
_TYPES: Final[Mapping[str, str]] = {
    "plain": "stationery",
    "plainpaper": "stationery",
    "stationery": "stationery",
    "letterhead": "stationery-letterhead",
    "preprinted": "stationery-preprinted",
    "heavy": "stationery-heavyweight",
    "thick": "stationery-heavyweight",
    "thin": "stationery-lightweight",
    "recycled": "stationery-recycled",
    "glossy": "photographic-glossy",
    "photo": "photographic",
}
_COLORS: Final[Mapping[str, str]] = {
    "gray": "monochrome",
    "grayscale": "monochrome",
    "greyscale": "monochrome",
    "fastgray": "monochrome",
    "kgray": "monochrome",
    "black": "monochrome",
    "mono": "monochrome",
    "monochrome": "monochrome",
    "rgb": "color",
    "cmy": "color",
    "cmyk": "color",
    "kcmy": "color",
    "color": "color",
    "colour": "color",
    "devicergb": "color",
}
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
ENUMS: Final[Mapping[str, Mapping[int, str]]] = {"print-quality": _QUALITIES, "finishings": _FINISHINGS}
"""Attributes whose values are numbers in IPP and words here."""


def keyword_of(choice: str) -> str:
    """A driver's choice as a keyword, by the rule."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Za-z])|[^A-Za-z0-9]+", "-", choice.strip())
    return apart.strip("-").lower()


def source_of(choice: str) -> str:
    """A choice of ``InputSlot`` as ``media-source``."""
    return _SOURCES.get(_plain(choice), keyword_of(choice))


def type_of(choice: str) -> str:
    """A choice of ``MediaType`` as ``media-type``."""
    return _TYPES.get(_plain(choice), keyword_of(choice))


def bin_of(choice: str) -> str:
    """A choice of ``OutputBin`` as ``output-bin``."""
    return keyword_of(choice)


def color_of(choice: str) -> str:
    """A choice of ``ColorModel`` as ``print-color-mode``; "" for one that is neither."""
    return _COLORS.get(_plain(choice), "")


def side_of(choice: str) -> str:
    """A choice of ``Duplex`` as ``sides``; "" for one that is neither."""
    return SIDES.get(_plain(choice), "")


def word_of(name: str, number: int) -> str:
    """A number of IPP as the word for it; the number itself where there is none."""
    return ENUMS[name].get(number, str(number))


def number_of(name: str, word: str) -> str:
    """The number for a word; what is no word is kept."""
    found = next((number for number, known in ENUMS[name].items() if known == word), None)
    return word if found is None else str(found)


def _plain(choice: str) -> str:
    return re.sub(r"[^a-z0-9]", "", choice.lower())
