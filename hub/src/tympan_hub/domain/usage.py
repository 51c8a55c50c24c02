"""What was printed, as sums that outlive the jobs: by day and month, person and printer.

- A job counts once, when it has truly ended. What it put into the sums stands with the job, so a newer revision takes
  exactly that out again and puts its own in.
- A job that printed counts with what its document puts on paper. One that ended otherwise counts with the sides that
  came out before, where the device told them; its pages and sheets are not known.
- Days and months are those of UTC, so that every process and every reader has the same sums.
"""

import datetime as dt
import operator
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Self

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, PersonId
from tympan_hub.domain.jobs import Job, Pages, Standing, StoryLine
from tympan_hub.domain.limits.usage import USAGE_LATE, USAGE_NUMBER, USAGE_RANGE
from tympan_hub.domain.text import fit

_YEARS = (2000, 9998)
"""Of days that are asked for: the month after the last one must be one of the calendar too."""


@frozen(kw_only=True)
class Tally:
    """Sums over jobs.

    Attributes:
        jobs: Those that printed.
        unfinished: Those that ended otherwise.
        uncounted: Those of ``jobs`` whose pages nobody counted: the other numbers lack them.
        pages: Pages of the documents.
        impressions: Sides printed.
        color_impressions: Those of them with colour.
        sheets: Sheets of paper.
        two_sided: Those of the impressions that share their sheet with another.
        saved: Sheets that were not needed because both sides were printed.
    """

    jobs: int = 0
    unfinished: int = 0
    uncounted: int = 0
    pages: int = 0
    impressions: int = 0
    color_impressions: int = 0
    sheets: int = 0
    two_sided: int = 0
    saved: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(**dict(zip(NAMES, map(operator.add, _numbers(self), _numbers(other)), strict=True)))

    def __neg__(self) -> Self:
        return type(self)(**dict(zip(NAMES, map(operator.neg, _numbers(self)), strict=True)))

    @classmethod
    def sum(cls, tallies: Iterable["Tally"]) -> "Tally":
        """The sums of many."""
        told = tuple(tallies)
        return cls(**{name: sum(map(operator.attrgetter(name), told)) for name in NAMES})

    @property
    def two_sided_share(self) -> float | None:
        """Which part of the sides was printed on both sides of the paper; None where nothing was printed."""
        return self.two_sided / self.impressions if self.impressions else None


NAMES = tuple(field.name for field in attrs.fields(Tally))
"""The sums by name."""

_numbers: Callable[[Tally], tuple[int, ...]] = operator.attrgetter(*NAMES)


@frozen(kw_only=True)
class Counted:
    """What was put into the sums, and under which account.

    Attributes:
        day: The day it ended.
        person: Id of who printed, where that is known; else "".
        user: As the spooler named the user.
        printer: Where it went.
        tally: How much.
    """

    day: dt.date
    person: str = ""
    user: str = ""
    printer: str
    tally: Tally

    def __neg__(self) -> "Counted":
        return attrs.evolve(self, tally=-self.tally)


@frozen(kw_only=True)
class KnownJob:
    """What a report of a job is measured by.

    Attributes:
        agent: Who reports it; None for one that was handed in, until an agent has begun with it.
        revision: The one that is kept.
        counted: What it has put into the sums; None for nothing.
        standing: Where it stands.
        given: It was given to another agent than the one that took it.
        person: Whose it is kept as.
        user: The account it is kept with.
        before: Its story before it was given to this agent.
    """

    agent: AgentId | None
    revision: int
    counted: Counted | None
    standing: Standing = Standing.RECEIVED
    given: bool = False
    person: PersonId | None = None
    user: str = ""
    before: tuple[StoryLine, ...] = ()


class By(StrEnum):
    """What a report tells apart."""

    USER = "user"
    PRINTER = "printer"
    GROUP = "group"
    MONTH = "month"
    DAY = "day"


@frozen(kw_only=True)
class UsageFilter:
    """Which part of the sums; what is left empty does not narrow.

    Attributes:
        since: First day.
        until: Last day.
        person: This person alone: by id, and by the name at the computers where no sign-in told who it was.
        login: See ``person``.
        printer: This printer alone.
    """

    since: dt.date
    until: dt.date
    person: PersonId | None = None
    login: str = attrs.field(default="", converter=fit)
    printer: str = attrs.field(default="", converter=fit)

    def __attrs_post_init__(self) -> None:
        if self.since.year < _YEARS[0] or self.until.year > _YEARS[1]:
            raise BadInput(f"a range lies between the years {_YEARS[0]} and {_YEARS[1]}", next_step="Give another.")
        if not self.since <= self.until:
            raise BadInput("the range ends before it begins", next_step="Give a first day that is not after the last.")
        if self.until - self.since > USAGE_RANGE:
            raise BadInput(f"a range has at most {USAGE_RANGE.days} days", next_step="Ask for a shorter one.")


@frozen(kw_only=True)
class UsageRow:
    """A line of a report: whose sums, by keys as they are kept; "" and None for what the report does not tell apart."""

    person: str = ""
    user: str = ""
    printer: str = ""
    group: str = ""
    day: dt.date | None = None
    tally: Tally


_PRINTED = {Standing.COMPLETED}
_OTHERWISE = {Standing.ABORTED, Standing.CANCELED, Standing.EXPIRED}


def counted(job: Job, now: dt.datetime) -> Counted | None:
    """What a job puts into the sums; None while it has not truly ended."""
    if job.standing not in _PRINTED | _OTHERWISE:
        return None
    tally = _bounded(_printed(job.pages) if job.standing in _PRINTED else _otherwise(job))
    return Counted(day=_day(job, now), person=job.person or "", user=job.user, printer=job.printer, tally=tally)


def _bounded(tally: Tally) -> Tally:
    return Tally(**{name: min(number, USAGE_NUMBER) for name, number in zip(NAMES, _numbers(tally), strict=True)})


def _day(job: Job, now: dt.datetime) -> dt.date:
    """The day it ended; an agent whose clock is wrong does not write into the future or into what is forgotten."""
    ended = (job.ended_at or job.created_at).astimezone(dt.UTC)
    return min(max(ended, now - USAGE_LATE), now).astimezone(dt.UTC).date()


def _printed(pages: Pages | None) -> Tally:
    sides = _sides(pages) if pages else None
    if pages is None or sides is None:
        return Tally(jobs=1, uncounted=1)
    sheets = sides if pages.sheets is None else pages.sheets
    both = pages.sides.startswith("two-sided")
    return Tally(
        jobs=1,
        pages=pages.pages or 0,
        impressions=sides,
        color_impressions=min(pages.color_impressions or 0, sides),
        sheets=sheets,
        two_sided=min(2 * max(sides - sheets, 0), sides) if both else 0,
        saved=max(sides - sheets, 0) if both else 0,
    )


def _sides(pages: Pages) -> int | None:
    return pages.pages * pages.copies if pages.impressions is None and pages.pages is not None else pages.impressions


def _otherwise(job: Job) -> Tally:
    return Tally(unfinished=1, impressions=job.impressions_completed or 0)
