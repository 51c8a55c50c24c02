"""The sheet that documents are set on which name none of their own: A4, or Letter where that is what lies in printers.

- Who prints says it, by the paper they ask for or by where they are; else what the printer holds does.
- A converter reads it from its environment: `SHEET_VARIABLE` holds the value of a `Sheet`.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

SHEET_VARIABLE: Final = "TYMPAN_SHEET"
"""Of a converter's environment."""

_NORTH_AMERICAN: Final = "na_"
_LETTER: Final = "na_letter"
_ISO_A4: Final = "iso_a4"


class Sheet(StrEnum):
    """A sheet."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def size_pt(self) -> tuple[float, float]:
        """Wide and high in points, upright."""
        return _SIZES_PT[self]


_SIZES_PT: Final = {Sheet.A4: (595.276, 841.890), Sheet.LETTER: (612.0, 792.0)}


def sheet_of(media: str) -> Sheet:
    """The sheet for who asks for a paper, by its PWG name (PWG 5101.1): of what America prints on, Letter."""
    return Sheet.LETTER if media.startswith(_NORTH_AMERICAN) else Sheet.A4


def sheet_among(media: Collection[str]) -> Sheet:
    """The sheet for a printer that holds these: A4, unless it holds Letter and no A4."""
    holds_letter = any(one.startswith(_LETTER) for one in media)
    holds_a4 = any(one.startswith(_ISO_A4) for one in media)
    return Sheet.LETTER if holds_letter and not holds_a4 else Sheet.A4
