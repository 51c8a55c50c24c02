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


def _plain(choice: str) -> str:
    return re.sub(r"[^a-z0-9]", "", choice.lower())
