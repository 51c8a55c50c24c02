"""Jobs: the list with its filters, and one job with its story."""

import uuid
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlencode

import attrs
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import NotFound
from tympan_hub.domain.ids import JobId
from tympan_hub.domain.jobs import Job, JobFilter, Place, Standing
from tympan_hub.domain.limits import EXPORT_ROWS, PAGE_MOST
from tympan_hub.domain.people import Act
from tympan_hub.http.portal import _sheet, _shown, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit

router = APIRouter(prefix="/jobs")

_SECTION = "jobs"
_NUMBERS: Final = ("pages", "copies", "impressions", "color_impressions", "sheets")
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


@router.get("")
async def every(visit: Member, q: str = "", state: str = "", printer: str = "", after: str = "") -> Response:
    """The list: one's own, or everybody's for those who oversee."""
    everybody = visit.may(Act.SEE_ALL_JOBS)
    find = visit.services.jobs.all if everybody else visit.services.jobs.mine
    place = Place.read(after) if after else None
    wanted = JobFilter(
        text=q.strip(),
        standings=_GROUPS.get(state, ("", ()))[1],
        printer=printer,
        after=place,
    )
    found = await find(visit.home, visit.person, wanted)
    names = await _printers(visit)
    kept = {"q": q, "state": state, "printer": printer}
    view = views.Jobs(
        rows=tuple(_shown.job_row(job, names) for job in found.jobs),
        page=views.Page(
            earlier=_address(kept) if after else "",
            later=_address({**kept, "after": str(found.after)}) if found.after else "",
        ),
        query=q,
        standings=_standings(state),
        printers=_choices(names, printer),
        filtered=bool(q or state or printer or after),
        everybody=everybody,
        file=_address(kept).replace("/jobs", "/jobs/file", 1),
    )
    return visit.page("jobs", _SECTION, view)


@router.get("/file")
async def file(visit: Member, q: str = "", state: str = "", printer: str = "") -> Response:
    """The same jobs as a file for spreadsheets; titles stand in it only where its reader may see them."""
    header = ("id", "created", "ended", "printer", "user", "title", "state", "size_bytes", *_NUMBERS, "sides", "sizes")
    wanted = JobFilter(text=q.strip(), standings=_GROUPS.get(state, ("", ()))[1], printer=printer, limit=PAGE_MOST)
    return _sheet.sheet("jobs.csv", header, _rows(visit, wanted))


async def _rows(visit: Visit, wanted: JobFilter) -> AsyncIterator[list[str | int]]:
    find = visit.services.jobs.all if visit.may(Act.SEE_ALL_JOBS) else visit.services.jobs.mine
    for _ in range(0, EXPORT_ROWS, PAGE_MOST):
        page = await find(visit.home, visit.person, wanted)
        for job in page.jobs:
            yield _cells(job)
        if page.after is None:
            return
        wanted = attrs.evolve(wanted, after=page.after)


def _cells(job: Job) -> list[str | int]:
    pages = job.pages
    numbers = [getattr(pages, name) if pages else None for name in _NUMBERS]
    ended = job.ended_at.isoformat() if job.ended_at else ""
    begin = [str(job.id), job.created_at.isoformat(), ended, job.printer, job.user, job.title]
    sizes = ", ".join(pages.sizes) if pages else ""
    told = ["" if number is None else number for number in numbers]
    return [*begin, job.standing.value, job.size_bytes, *told, pages.sides if pages else "", sizes]


@router.get("/{job}")
async def one(visit: Member, job: str) -> Response:
    """One job with its story."""
    known = await visit.services.jobs.get(visit.home, visit.person, _id(job))
    names = await _printers(visit)
    view = views.Job(
        row=_shown.job_row(known, names),
        printer_id=known.printer if known.printer in names else "",
        detail=known.detail,
        ended_at=known.ended_at,
        size=known.size_bytes,
        agent=await _computer(visit, known.agent),
        sheets=_shown.sheets(known.pages),
        story=_shown.story(known),
    )
    return visit.page("job", _SECTION, view)


async def _printers(visit: Visit) -> dict[str, str]:
    return {
        shown.printer.id: shown.printer.name for shown in await visit.services.printers.list(visit.home, visit.actor)
    }


async def _computer(visit: Visit, agent: str) -> str:
    if not visit.may(Act.SEE_AGENTS):
        return ""
    agents = await visit.services.agents.list(visit.home, visit.actor)
    return next((shown.agent.name for shown in agents if shown.agent.id == agent), "")


def _id(text: str) -> JobId:
    try:
        return JobId(uuid.UUID(text))
    except ValueError as error:
        raise NotFound("there is no such job") from error


def _address(kept: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"/jobs?{query}" if query else "/jobs"


def _standings(now: str) -> tuple[views.Choice, ...]:
    groups = (views.Choice(value=name, label=word, chosen=name == now) for name, (word, _) in _GROUPS.items())
    return (views.Choice(value="", label=marked("All states")), *groups)


def _choices(names: dict[str, str], now: str) -> tuple[views.Choice, ...]:
    own = (views.Choice(value=id_, label=name, chosen=id_ == now, translated=False) for id_, name in names.items())
    return (views.Choice(value="", label=marked("All printers")), *own)
