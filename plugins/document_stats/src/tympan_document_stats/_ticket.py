"""What a ticket orders, as far as it decides how many sides and sheets are printed."""

from __future__ import annotations

from typing import Final, Self

import attrs

from tympan_document_stats._model import SIDES
from tympan_wire.ipp import Group, GroupTag, IppProtocolError, Range, decode

_MONOCHROME: Final = frozenset({"monochrome", "auto-monochrome", "process-monochrome", "bi-level", "process-bi-level"})
"""Values of print-color-mode that put no colour on paper (PWG 5100.14 section 8.2)."""
_COPIES_MAX: Final = 1_000_000
_NUMBER_UP_MAX: Final = 1000


@attrs.frozen(kw_only=True)
class Ticket:
    """An order.

    Attributes:
        copies: Of the whole document.
        page_ranges: 1-based and inclusive; () means every page.
        sides: Keyword, or None when the ticket is silent.
        monochrome: Whether colour is forbidden.
        number_up: Pages on a side.
    """

    copies: int = 1
    page_ranges: tuple[tuple[int, int], ...] = ()
    sides: str | None = None
    monochrome: bool = False
    number_up: int = 1

    @classmethod
    def read(cls, ticket: bytes) -> Self:
        """Reads a job's ticket; one that does not parse prints with the device's defaults, and so counts."""
        if not ticket:
            return cls()
        try:
            message, _ = decode(ticket)
            return cls._of(message.first(GroupTag.JOB))
        except IppProtocolError:
            return cls()

    @classmethod
    def _of(cls, group: Group) -> Self:
        sides = group.string("sides")
        return cls(
            copies=_within(group.integer("copies"), _COPIES_MAX),
            page_ranges=_ranges(group),
            sides=sides if sides in SIDES else None,
            monochrome=group.string("print-color-mode") in _MONOCHROME,
            number_up=_within(group.integer("number-up"), _NUMBER_UP_MAX),
        )


def _within(value: int | None, limit: int) -> int:
    return min(max(1, value or 1), limit)


def _ranges(group: Group) -> tuple[tuple[int, int], ...]:
    found = group.get("page-ranges")
    values = [entry.value for entry in found.values] if found else []
    return tuple((value.lower, value.upper) for value in values if isinstance(value, Range))
