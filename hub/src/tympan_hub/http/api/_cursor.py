"""Cursors: where a page of a list ended, as text that nobody needs to understand."""

import base64
import binascii
import bisect
import datetime as dt
import json
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.text import fit

T = TypeVar("T")

_NUMBER: Final = (1 << 31) - 1
"""What a column of whole numbers holds."""


def cursor(*place: str) -> str:
    """A place as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(text: str, parts: int) -> tuple[str, ...]:
    """The place of a cursor, or ``BadInput``."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _strange() from error
    if not isinstance(place, list) or len(place) != parts or not all(isinstance(part, str) for part in place):
        raise _strange()
    return tuple(place)


def agent_place(text: str | None) -> tuple[str, AgentId] | None:
    """The place of an agent in the order of names, or ``BadInput``; None for the beginning."""
    if text is None:
        return None
    name, agent = place_of(text, 2)
    return fit(name), AgentId(fit(agent))


def moment_of(text: str) -> dt.datetime:
    """The moment of a part of a place, or ``BadInput``."""
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise _strange()
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise _strange() from error


def number_of(text: str | None) -> int | None:
    """The number of a cursor that is one, or ``BadInput``."""
    if text is None:
        return None
    number = place_of(text, 1)[0]
    if not number.isascii() or not number.isdigit() or len(number) > 10 or int(number) > _NUMBER:
        raise _strange()
    return int(number)


def cut(
    rows: Iterable[T], place: Callable[[T], tuple[str, ...]], after: str | None, limit: int
) -> tuple[list[T], str | None]:
    """A page of a list that is there as a whole, in the order of the rows' places, and the cursor of the next one."""
    ordered = sorted(rows, key=place)
    begin = 0
    if after is not None and ordered:
        begin = bisect.bisect_right(ordered, place_of(after, len(place(ordered[0]))), key=place)
    page = ordered[begin : begin + limit]
    more = begin + limit < len(ordered)
    return page, cursor(*place(page[-1])) if more else None


def _strange() -> BadInput:
    return BadInput("after is no place in this list", next_step="Give the next of the page before.")
