"""Papers, trays and kinds of paper: numbers and names of Windows to the keywords of IPP (PWG 5101.1, 5100.3, 5100.7).

- A paper is known by its extent, for drivers number and name the same paper differently, in every language.
- What has no keyword gets one of its own, made of the driver's name and number: two never share one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from tympan_spool_windows._limits import KEYWORD_CHARACTERS
from tympan_spool_windows._records import Named, Paper

_TOLERANCE: Final = 10
"""Tenths of a millimetre that a driver's extent may be off: inches are rounded, some cut to whole millimetres."""
_SIZES: Final = (
    ("iso_a3_297x420mm", 2970, 4200),
    ("iso_a4_210x297mm", 2100, 2970),
    ("iso_a5_148x210mm", 1480, 2100),
    ("iso_a6_105x148mm", 1050, 1480),
    ("iso_a2_420x594mm", 4200, 5940),
    ("iso_a1_594x841mm", 5940, 8410),
    ("iso_a0_841x1189mm", 8410, 11890),
    ("iso_b4_250x353mm", 2500, 3530),
    ("iso_b5_176x250mm", 1760, 2500),
    ("jis_b4_257x364mm", 2570, 3640),
    ("jis_b5_182x257mm", 1820, 2570),
    ("iso_c4_229x324mm", 2290, 3240),
    ("iso_c5_162x229mm", 1620, 2290),
    ("iso_dl_110x220mm", 1100, 2200),
    ("jpn_hagaki_100x148mm", 1000, 1480),
    ("na_letter_8.5x11in", 2159, 2794),
    ("na_legal_8.5x14in", 2159, 3556),
    ("na_ledger_11x17in", 2794, 4318),
    ("na_executive_7.25x10.5in", 1842, 2667),
    ("na_invoice_5.5x8.5in", 1397, 2159),
    ("na_foolscap_8.5x13in", 2159, 3302),
    ("na_index-4x6_4x6in", 1016, 1524),
    ("na_5x7_5x7in", 1270, 1778),
    ("na_number-10_4.125x9.5in", 1048, 2413),
    ("na_monarch_3.875x7.5in", 984, 1905),
)
_BINS: Final[Mapping[int, str]] = {
    1: "top",
    2: "bottom",
    3: "middle",
    4: "manual",
    5: "envelope",
    7: "auto",
    11: "large-capacity",
    14: "main",
    15: "auto",
}
"""``DMBIN_*`` that mean what a keyword of ``media-source`` means."""
_KINDS: Final[Mapping[int, str]] = {1: "stationery", 2: "transparency", 3: "photographic-glossy"}
"""``DMMEDIA_*``."""
_TRAY: Final = re.compile(r"^(?:tray|fach|kassette|cassette|bac|magasin)\s*(\d{1,2})$", re.IGNORECASE)


def media_keywords(papers: Iterable[Paper]) -> dict[str, Paper]:
    """Papers by their PWG name, the first of equal ones; those without an extent have none."""
    found: dict[str, Paper] = {}
    for paper in papers:
        if paper.width > 0 and paper.height > 0:
            found.setdefault(media_name(paper.width, paper.height), paper)
    return found


def media_name(width: int, height: int) -> str:
    """The PWG name of an extent in tenths of a millimetre; ``custom_…`` when it is no standard one."""
    short, long = sorted((width, height))
    for name, near, far in _SIZES:
        if abs(short - near) <= _TOLERANCE and abs(long - far) <= _TOLERANCE:
            return name
    across, down = (f"{value / 10:g}" for value in (width, height))
    return f"custom_{across}x{down}mm_{across}x{down}mm"


def media_extent(name: str) -> tuple[int, int] | None:
    """Width and height of a PWG name in tenths of a millimetre; None when it names no extent."""
    extent = re.search(r"_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)$", name)
    if extent is None:
        return None
    scale = 10.0 if extent[3] == "mm" else 254.0
    return round(float(extent[1]) * scale), round(float(extent[2]) * scale)


def bin_keywords(bins: Iterable[Named]) -> dict[str, Named]:
    """Trays by their ``media-source``."""
    return _distinct((_bin(each), each) for each in bins)


def kind_keywords(kinds: Iterable[Named]) -> dict[str, Named]:
    """Kinds of paper by their ``media-type``."""
    return _distinct((_KINDS.get(each.code) or slug(each.name), each) for each in kinds)


def _bin(tray: Named) -> str:
    numbered = _TRAY.match(tray.name.strip())
    if numbered:
        return f"tray-{int(numbered[1])}"
    return _BINS.get(tray.code) or slug(tray.name)


def _distinct(named: Iterable[tuple[str, Named]]) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for keyword, each in named:
        free = keyword if keyword and keyword not in found else f"{keyword or 'other'}-{each.code}"
        found.setdefault(free, each)
    return found


def slug(name: str) -> str:
    """A keyword made of a name: lower case letters, digits and dashes; "" when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:KEYWORD_CHARACTERS]
