"""Sums of what was printed."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query

from tympan_hub.domain.ids import PersonId
from tympan_hub.domain.usage import By, UsageFilter
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import cut
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, HEX, After, Limit, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["usage"], route_class=ApiRoute)


class Tally(Told):
    """Sums over jobs."""

    jobs: int
    unfinished: int
    uncounted: int
    pages: int
    impressions: int
    color_impressions: int
    sheets: int
    two_sided: int
    saved: int


class Line(Told):
    """The sums of one printer, person, group, month or day."""

    key: str
    name: str
    tally: Tally


class Usage(Told):
    """A report: its lines, and the sums of all of them with nothing counted twice."""

    total: Tally
    items: list[Line]
    next: str | None


@router.get("/usage", operation_id="report-usage")
async def usage(
    ask: InTenant,
    since: Annotated[dt.date, Query(description="First day, of UTC.")],
    until: Annotated[dt.date, Query(description="Last day, of UTC.")],
    by: Annotated[By, Query(description="What the report tells apart.")] = By.PRINTER,
    printer: Annotated[str, Query(max_length=63, description="On this printer alone.")] = "",
    person: Annotated[str | None, Query(pattern=HEX, description="Of this person alone.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Usage:
    """What was printed: each job once, on the day it truly ended. A user's own; everybody's for those who oversee."""
    wanted = UsageFilter(since=since, until=until, printer=printer, person=PersonId(person) if person else None)
    report = await ask.services.usage.report(ask.tenant, ask.person, wanted, by)
    lines, following = cut(report.lines, lambda line: (line.key,), after, limit)
    items = [Line.model_validate(line) for line in lines]
    return Usage(total=Tally.model_validate(report.total), items=items, next=following)
