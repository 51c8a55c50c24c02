"""From what a document is and what its ticket orders to what will be put on paper. Pure.

- Pages outside ``page-ranges`` are not printed (RFC 8011 section 5.2.7); ``number-up`` puts several on one side.
- Pages of raster documents are sides already: whoever made them has applied ranges and number-up, and ``copies`` and
  ``sides`` alone remain to the device.
- An impression is a printed side; a sheet carries two of one copy when printed on both sides, never two copies.
- Where the ticket is silent on sides, PostScript and raster documents decide; a PDF only advises its viewer.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from tympan.plugin import Statistics
from tympan_document_stats._model import ONE_SIDED, Facts
from tympan_document_stats._ticket import Ticket


def statistics(facts: Facts, ticket: Ticket) -> Statistics:
    """Statistics of a document as ordered."""
    spans = _printed(facts, ticket)
    sides = None if spans is None else _sides(_length(spans), facts, ticket)
    return Statistics(
        format=facts.format,
        pages=facts.pages,
        sizes=facts.sizes,
        color_pages=facts.color_pages,
        duplex=facts.duplex,
        copies=ticket.copies,
        impressions=None if sides is None else sides * ticket.copies,
        color_impressions=_color_impressions(facts, ticket, spans),
        sheets=None if sides is None else _sheets(sides, facts, ticket) * ticket.copies,
        sides=None if sides is None else _in_force(facts, ticket),
        problem=facts.problem,
    )


def _printed(facts: Facts, ticket: Ticket) -> list[tuple[int, int]] | None:
    """Spans of pages that are printed, in order and apart; None when the pages are unknown."""
    if facts.pages is None:
        return None
    if facts.laid_out or not ticket.page_ranges:
        return [(1, facts.pages)] if facts.pages else []
    merged: list[tuple[int, int]] = []
    for low, high in sorted((max(1, low), min(high, facts.pages)) for low, high in ticket.page_ranges):
        if low > high:
            continue
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _length(spans: Sequence[tuple[int, int]]) -> int:
    return sum(high - low + 1 for low, high in spans)


def _number_up(facts: Facts, ticket: Ticket) -> int:
    return 1 if facts.laid_out else ticket.number_up


def _sides(pages: int, facts: Facts, ticket: Ticket) -> int:
    return -(-pages // _number_up(facts, ticket))


def _sheets(sides: int, facts: Facts, ticket: Ticket) -> int:
    return sides if _in_force(facts, ticket) == ONE_SIDED else -(-sides // 2)


def _in_force(facts: Facts, ticket: Ticket) -> str:
    return ticket.sides or (facts.duplex if facts.binding else None) or ONE_SIDED


def _color_impressions(facts: Facts, ticket: Ticket, spans: list[tuple[int, int]] | None) -> int | None:
    if spans is None:
        return None
    if ticket.monochrome:
        return 0
    if facts.color_pages is None:
        return None
    places = (_place(page, spans) for page in facts.color_pages)
    up = _number_up(facts, ticket)
    return len({place // up for place in places if place is not None}) * ticket.copies


def _place(page: int, spans: Sequence[tuple[int, int]]) -> int | None:
    """How many printed pages come before this one; None when it is not printed."""
    at = bisect.bisect_right(spans, (page, 2**31)) - 1
    if at < 0 or page > spans[at][1]:
        return None
    return _length(spans[:at]) + page - spans[at][0]
