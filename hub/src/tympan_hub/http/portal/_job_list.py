"""The list of jobs, with filters that stand in its address, and the same as a file for spreadsheets."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final
from urllib.parse import urlencode

import attrs
from attrs import frozen
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.jobs import Job, JobFilter, JobPage, Place, Standing
from tympan_hub.domain.limits.pages import EXPORT_ROWS, PAGE_MOST
from tympan_hub.domain.people import Act
from tympan_hub.http.portal import _sheet, _shown, views
from tympan_hub.http.portal._days import day, midnight
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit, reader

router = APIRouter(prefix="/jobs")

_SECTION = "jobs"
_FIELDS: Final = ("q", "person", "printer", "state", "time", "from", "to")
_FOLDED: Final = ("person", "printer", "state", "from", "to")
"""Fields that are folded away on a phone while nothing stands in them: the first job comes first."""

_NUMBERS: Final = ("pages", "copies", "impressions", "color_pages", "color_impressions", "sheets")
_WORDS: Final = ("created", "ended", "printer", "user", "person", "computer", "title", "state", "size_bytes")
_DAY: Final = dt.timedelta(1)
_S = Standing
_GROUPS: Final = {
    "under-way": (
        marked("Under way"),
        (_S.RECEIVING, _S.RECEIVED, _S.QUEUED, _S.WAITING, _S.SENDING, _S.PRINTING),
    ),
    "held": (marked("Held"), (_S.HELD,)),
    "printed": (marked("Printed"), (_S.COMPLETED,)),
    "failed": (marked("Failed"), (_S.ABORTED,)),
    "given-up": (marked("Cancelled or expired"), (_S.CANCELED, _S.EXPIRED)),
    "not-sure": (marked("Not sure"), (_S.UNKNOWN,)),
}
_TIMES: Final = {
    "today": (marked("Today"), 1),
    "7-days": (marked("Last 7 days"), 7),
    "30-days": (marked("Last 30 days"), 30),
}
"""Times by the word in the address: how they are called, and how many days with today."""


@frozen(kw_only=True)
class _Asked:
    """What a reader asked for, as the address has it."""

    given: Mapping[str, str]
    now: dt.datetime
    zone: dt.tzinfo

    def __getitem__(self, field: str) -> str:
        return self.given.get(field, "").strip()

    @property
    def days(self) -> tuple[dt.date | None, dt.date | None]:
        """The first and the last day; a day that is named goes before a range."""
        since, until = day(self["from"]), day(self["to"])
        if since or until or self["time"] not in _TIMES:
            return since, until
        today = self.now.astimezone(self.zone).date()
        return today - (_TIMES[self["time"]][1] - 1) * _DAY, None

    @property
    def time(self) -> str:
        """The range that is chosen; "" for none."""
        return "" if self["from"] or self["to"] or self["time"] not in _TIMES else self["time"]

    @property
    def wanted(self) -> JobFilter:
        """As the services take it."""
        since, until = self.days
        return JobFilter(
            text=self["q"],
            who=self["person"],
            printer=self["printer"],
            standings=_GROUPS.get(self["state"], ("", ()))[1],
            since=midnight(since, self.zone) if since else None,
            until=midnight(until, self.zone, later=1) if until else None,
        )

    def address(self, path: str = "/jobs", **other: str) -> str:
        """The same with something else."""
        asked = {field: self[field] for field in _FIELDS if self[field]} | other
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{path}?{query}" if query else path


@router.get("")
async def every(visit: Member, after: str = "") -> Response:
    """The list: one's own, or everybody's for those who oversee."""
    asked = _asked(visit)
    found = await _find(visit, attrs.evolve(asked.wanted, after=Place.read(after) if after else None))
    names = await printer_names(visit)
    view = views.Jobs(
        rows=tuple(_shown.job_row(job, names) for job in found.jobs),
        page=views.Page(
            earlier=asked.address() if after else "",
            later=asked.address(after=str(found.after)) if found.after else "",
        ),
        query=asked["q"],
        person=asked["person"],
        time=asked.time,
        since=asked["from"],
        until=asked["to"],
        ranges=tuple(_ranges(asked)),
        standings=_standings(asked["state"]),
        printers=_choices(names, asked["printer"]),
        filtered=bool(after or any(asked[field] for field in _FIELDS)),
        narrowed=any(asked[field] for field in _FOLDED),
        everybody=visit.may(Act.SEE_ALL_JOBS),
        file=asked.address("/jobs/file"),
    )
    return visit.page("jobs", _SECTION, view)


@router.get("/file")
async def file(visit: Member) -> Response:
    """The same jobs as a file for spreadsheets; titles stand in it only where its reader may see them."""
    wanted = attrs.evolve(_asked(visit).wanted, limit=PAGE_MOST)
    return _sheet.sheet("jobs.csv", ("id", *_WORDS, *_NUMBERS, "sides", "sizes", "format"), _rows(visit, wanted))


async def printer_names(visit: Visit) -> dict[str, str]:
    """Names of the tenant's printers by id."""
    names = await visit.services.printers.names(visit.home, visit.actor)
    return {str(printer): name for printer, name in names.items()}


def _asked(visit: Visit) -> _Asked:
    here = reader(visit.request)
    return _Asked(given=visit.request.query_params, now=here.now, zone=here.zone)


async def _find(visit: Visit, wanted: JobFilter) -> JobPage:
    find = visit.services.jobs.all if visit.may(Act.SEE_ALL_JOBS) else visit.services.jobs.mine
    return await find(visit.home, visit.person, wanted)


async def _rows(visit: Visit, wanted: JobFilter) -> AsyncIterator[list[str | int]]:
    for _ in range(0, EXPORT_ROWS, PAGE_MOST):
        page = await _find(visit, wanted)
        for job in page.jobs:
            yield _cells(job)
        if page.after is None:
            return
        wanted = attrs.evolve(wanted, after=page.after)


def _cells(job: Job) -> list[str | int]:
    pages = job.pages
    numbers = [getattr(pages, name) if pages else None for name in _NUMBERS]
    ended = job.ended_at.isoformat() if job.ended_at else ""
    whose = [job.printer, job.user, job.person_name, job.agent_name, job.title]
    begin = [str(job.id), job.created_at.isoformat(), ended, *whose, job.standing.value, job.size_bytes]
    told = ["" if number is None else number for number in numbers]
    return [*begin, *told, *((pages.sides, ", ".join(pages.sizes), pages.format) if pages else ("", "", ""))]


def _ranges(asked: _Asked) -> Iterator[views.Range]:
    other = {"from": "", "to": ""}
    yield views.Range(label=marked("Any time"), href=asked.address(time="", **other), chosen=asked.days == (None, None))
    for word, (label, _) in _TIMES.items():
        yield views.Range(label=label, href=asked.address(time=word, **other), chosen=asked.time == word)


def _standings(now: str) -> tuple[views.Choice, ...]:
    groups = (views.Choice(value=name, label=word, chosen=name == now) for name, (word, _) in _GROUPS.items())
    return (views.Choice(value="", label=marked("All states")), *groups)


def _choices(names: Mapping[str, str], now: str) -> tuple[views.Choice, ...]:
    own = (views.Choice(value=id_, label=name, chosen=id_ == now, translated=False) for id_, name in names.items())
    return (views.Choice(value="", label=marked("All printers")), *own)
