"""When versions are switched: days of the week and a time of day, in the machine's own time. Pure."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import attrs

from tympan.plugin import BadInput

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MIN: Final = 24 * 60
_WINDOW: Final = re.compile(r"(?:([a-z,]+) +)?(\d{1,2}):(\d{2}) *- *(\d{1,2}):(\d{2})")


@attrs.frozen(kw_only=True)
class Window:
    """A time in which versions are switched.

    Attributes:
        days: On which it begins, Monday is 0; none for every day.
        begin_min: Minute of the day at which it begins.
        end_min: Minute of the day at which it ends; one that is no later than the beginning is on the next day.
    """

    days: frozenset[int] = frozenset()
    begin_min: int = 0
    end_min: int = _DAY_MIN

    def holds(self, now: dt.datetime) -> bool:
        """Whether versions may be switched now, by the machine's own time."""
        minute, today = now.hour * 60 + now.minute, now.weekday()
        if self.begin_min < self.end_min:
            return self._begins(today) and self.begin_min <= minute < self.end_min
        late, early = minute >= self.begin_min, minute < self.end_min
        return (late and self._begins(today)) or (early and self._begins((today - 1) % 7))

    def opens_in_s(self, now: dt.datetime) -> float:
        """Seconds until it opens next, by the machine's own time; 0 while it is open."""
        if self.holds(now):
            return 0.0
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        days = (today + dt.timedelta(days=ahead) for ahead in range(len(DAYS) + 1))
        opens = (day + dt.timedelta(minutes=self.begin_min) for day in days if self._begins(day.weekday()))
        return min((moment - now).total_seconds() for moment in opens if moment > now)

    def _begins(self, day: int) -> bool:
        return not self.days or day in self.days

    def __str__(self) -> str:
        days = ",".join(DAYS[day] for day in sorted(self.days))
        return f"{days} {_clock(self.begin_min)}-{_clock(self.end_min)}".strip()


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def read_window(text: str) -> Window | None:
    """A window as people write it: ``22:00-05:00``, ``sat,sun 08:00-18:00``; None for none.

    Raises:
        BadInput: It is not written so.
    """
    if not text.strip():
        return None
    found = _WINDOW.fullmatch(text.strip().lower())
    days = found[1].split(",") if found and found[1] else []
    if found is None or not set(days) <= set(DAYS):
        raise BadInput(f"{text!r:.60} is no time such as 22:00-05:00 or sat,sun 08:00-18:00")
    begin, end = int(found[2]) * 60 + int(found[3]), int(found[4]) * 60 + int(found[5])
    if begin > _DAY_MIN or end > _DAY_MIN or begin == end:
        raise BadInput(f"{text!r:.60} is no time of a day")
    return Window(days=frozenset(map(DAYS.index, days)), begin_min=begin, end_min=end)
