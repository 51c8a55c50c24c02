"""The plot of usage over time: bars in per cent of the width, so that words keep their size on every screen. Pure."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tympan_hub.domain.usage import Tally
from tympan_hub.http.portal._moments import Reader
from tympan_hub.http.portal.views import Bar, Plot, Tick

HEIGHT: Final = 160
"""Units the highest bar may take."""

_GAP, _LABELS, _TICKS, _DAYS_MOST = 0.22, 6, 4, 92
_LAST_LABEL = 93
"""A label further right than this part of the width would be cut off."""


def by_month(since: dt.date, until: dt.date) -> bool:
    """Whether a range is told by months: a bar for each of more days would be a hair."""
    return (until - since).days >= _DAYS_MOST


def plot(since: dt.date, until: dt.date, tallies: Mapping[dt.date, Tally], reader: Reader) -> Plot:
    """The plot of a range; days and months without a job have their place too."""
    monthly = by_month(since, until)
    days = list(_months(since, until) if monthly else _days(since, until))
    highest = _round_up(max((tally.impressions for tally in tallies.values()), default=0))
    every = max(1, -(-len(days) // _LABELS))
    slot = 100 / len(days)
    bars = tuple(
        _bar(
            place * slot,
            slot,
            day,
            tallies.get(day, Tally()),
            highest,
            reader,
            monthly,
            place % every == 0 and place * slot < _LAST_LABEL,
        )
        for place, day in enumerate(days)
    )
    return Plot(bars=bars, ticks=_ticks(highest, reader), by_month=monthly)


def _bar(
    left: float, slot: float, day: dt.date, tally: Tally, highest: int, reader: Reader, monthly: bool, labelled: bool
) -> Bar:
    color = tally.color_impressions / highest * HEIGHT
    name = reader.month(day) if monthly else reader.day(day)
    short = reader.month_name(day) if monthly else reader.short_day(day)
    return Bar(
        left=round(left + slot * _GAP / 2, 3),
        width=round(slot * (1 - _GAP), 3),
        plain=round((tally.impressions - tally.color_impressions) / highest * HEIGHT, 2),
        color=round(color, 2),
        label=short if labelled else "",
        told=f"{name}: {reader.sides(tally.impressions, tally.color_impressions)}",
    )


def _ticks(highest: int, reader: Reader) -> tuple[Tick, ...]:
    steps: Sequence[int] = [highest * step // _TICKS for step in range(_TICKS + 1)]
    return tuple(Tick(height=round(step / highest * HEIGHT, 2), label=reader.number(step)) for step in steps)


def _round_up(number: int) -> int:
    """The next number that four parts of are round too: 4, 8, 20, 40, 80, 200 and so on."""
    power = 1
    while True:
        for digit in (4, 8, 20):
            if number <= digit * power:
                return digit * power
        power *= 10


def _days(since: dt.date, until: dt.date) -> Iterator[dt.date]:
    return (since + dt.timedelta(days) for days in range((until - since).days + 1))


def _months(since: dt.date, until: dt.date) -> Iterator[dt.date]:
    month = since.replace(day=1)
    while month <= until:
        yield month
        month = (month + dt.timedelta(32)).replace(day=1)
