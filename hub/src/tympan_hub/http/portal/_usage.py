"""Usage: who printed how much on what, with a plot, and as a file for spreadsheets."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from typing import Final
from urllib.parse import urlencode

from attrs import frozen
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.pages import first_of
from tympan_hub.domain.people import Act
from tympan_hub.domain.usage import NAMES, By, Tally, UsageFilter
from tympan_hub.http.portal import _plot, _sheet, views
from tympan_hub.http.portal._days import day
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._moments import Reader
from tympan_hub.http.portal._paging import stand
from tympan_hub.http.portal._visit import Member, Visit, reader
from tympan_hub.service.usage import UsageLine, UsageReport

router = APIRouter(prefix="/usage")

_SECTION = "usage"
_BY: Final = {
    By.MONTH: marked("Month"),
    By.PRINTER: marked("Printer"),
    By.USER: marked("Person"),
    By.GROUP: marked("Group"),
}
_NO_GROUP: Final = marked("In no group")
_DAY = dt.timedelta(1)


@frozen(kw_only=True)
class _Asked:
    """What a reader asked for."""

    wanted: UsageFilter
    by: By

    @property
    def query(self) -> dict[str, str]:
        """As an address has it."""
        wanted = self.wanted
        return {"from": str(wanted.since), "to": str(wanted.until), "by": self.by.value, "printer": wanted.printer}

    def address(self, path: str = "/usage", **other: str) -> str:
        """The same with something else."""
        return f"{path}?{urlencode({name: value for name, value in {**self.query, **other}.items() if value})}"


@router.get("")
async def usage(visit: Member) -> Response:
    """The page."""
    asked = _asked(visit)
    report = await visit.services.usage.report(visit.home, visit.person, asked.wanted, asked.by)
    return visit.page("usage", _SECTION, await _view(visit, asked, report))


@router.get("/file")
async def file(visit: Member) -> Response:
    """The same as a file for spreadsheets, with all lines."""
    asked = _asked(visit)
    report = await visit.services.usage.report(visit.home, visit.person, asked.wanted, asked.by)
    header = [asked.by.value, f"{asked.by.value}_name", *NAMES]
    name = f"usage-{asked.by.value}-{asked.wanted.since}-{asked.wanted.until}.csv"
    return _sheet.sheet(name, header, _rows(report))


async def _rows(report: UsageReport) -> AsyncIterator[list[str | int]]:
    for line in report.lines:
        yield [line.key, line.name, *(getattr(line.tally, name) for name in NAMES)]


async def _view(visit: Visit, asked: _Asked, report: UsageReport) -> views.Usage:
    here, wanted, first = reader(visit.request), asked.wanted, _first(visit, len(report.lines))
    over_time = By.MONTH if _plot.by_month(wanted.since, wanted.until) else By.DAY
    told = (
        report
        if asked.by is over_time
        else await visit.services.usage.report(visit.home, visit.person, wanted, over_time)
    )
    tallies = {dt.date.fromisoformat(line.key): line.tally for line in told.lines}
    highest = max((line.tally.impressions for line in report.lines), default=0) or 1
    everybody = visit.may(Act.SEE_ALL_JOBS)
    return views.Usage(
        total=_sums(report.total, here),
        lines=tuple(_line(line, asked, highest, here) for line in report.lines[first : first + PAGE]),
        page=stand(first, len(report.lines), "/usage", asked.query),
        plot=_plot.plot(wanted.since, wanted.until, tallies, here),
        by=_BY[asked.by],
        told_apart=tuple(
            views.Choice(value=by.value, label=word, chosen=by is asked.by)
            for by, word in _BY.items()
            if everybody or by not in (By.USER, By.GROUP)
        ),
        printers=await _printers(visit, wanted.printer),
        ranges=tuple(_ranges(asked, here.now.date())),
        since=str(wanted.since),
        until=str(wanted.until),
        file=asked.address("/usage/file"),
        everybody=everybody,
        empty=not report.lines,
    )


def _asked(visit: Visit) -> _Asked:
    given = visit.request.query_params
    today = visit.portal.clock.now().astimezone(dt.UTC).date()
    until = day(given.get("to", "")) or today
    since = day(given.get("from", "")) or until.replace(day=1)
    by = given.get("by", "")
    return _Asked(
        wanted=UsageFilter(since=since, until=until, printer=given.get("printer", "")),
        by=By(by) if by in set(_BY) else By.PRINTER,
    )


def _first(visit: Visit, total: int) -> int:
    given = visit.request.query_params.get("page", "")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else 1
    return first_of((number - 1) * PAGE, PAGE, total)


def _ranges(asked: _Asked, today: dt.date) -> Iterator[views.Range]:
    this_month = today.replace(day=1)
    last_month = (this_month - _DAY).replace(day=1)
    known = (
        (marked("This month"), this_month, today),
        (marked("Last month"), last_month, this_month - _DAY),
        (marked("Last 30 days"), today - 29 * _DAY, today),
        (marked("This year"), today.replace(month=1, day=1), today),
        (marked("Last 12 months"), (this_month - 334 * _DAY).replace(day=1), today),
    )
    for label, since, until in known:
        chosen = (since, until) == (asked.wanted.since, asked.wanted.until)
        href = asked.address(**{"from": str(since), "to": str(until)})
        yield views.Range(label=label, href=href, chosen=chosen)


async def _printers(visit: Visit, now: str) -> tuple[views.Choice, ...]:
    names = await visit.services.printers.names(visit.home, visit.actor)
    own = (views.Choice(value=id_, label=name, chosen=id_ == now, translated=False) for id_, name in names.items())
    return (views.Choice(value="", label=marked("All printers")), *own)


def _line(line: UsageLine, asked: _Asked, highest: int, here: Reader) -> views.UsageLine:
    name = here.month(dt.date.fromisoformat(line.key)) if asked.by is By.MONTH else line.name
    if asked.by is By.GROUP and not line.key:
        name = here.words.gettext(_NO_GROUP)
    href = asked.address(by=By.MONTH.value, printer=line.key) if asked.by is By.PRINTER else ""
    share = round(100 * line.tally.impressions / highest, 2)
    return views.UsageLine(name=name, href=href, share=share, sums=_sums(line.tally, here))


def _sums(tally: Tally, here: Reader) -> views.Sums:
    share = tally.two_sided_share
    return views.Sums(
        jobs=here.number(tally.jobs),
        unfinished=here.number(tally.unfinished),
        uncounted=here.number(tally.uncounted),
        pages=here.number(tally.pages),
        impressions=here.number(tally.impressions),
        color=here.number(tally.color_impressions),
        sheets=here.number(tally.sheets),
        two_sided="" if share is None else here.percent(share),
        saved=here.number(tally.saved),
    )
