"""Days in addresses, and where they begin for a reader."""

import datetime as dt

from tympan_hub.domain.errors import BadInput


def day(text: str) -> dt.date | None:
    """The day of an address; None for "", ``BadInput`` for what is none."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput(f"{text!r:.40} is no day", next_step="Give one such as 2026-11-26.") from error


def midnight(day: dt.date, zone: dt.tzinfo, *, later: int = 0) -> dt.datetime:
    """When a day, or one so many days later, begins there; ``BadInput`` for one that no clock shows."""
    try:
        return dt.datetime.combine(day + dt.timedelta(later), dt.time(), zone).astimezone(dt.UTC)
    except OverflowError as error:
        raise BadInput(f"{day} is outside of what a calendar holds", next_step="Give another day.") from error
