"""Jobs: the list with its filters, and one job with its story."""

import uuid
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlencode

import attrs
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from tympan_hub.domain.commands import OPEN, CommandState
from tympan_hub.domain.errors import Conflict, Full, NotFound
from tympan_hub.domain.ids import JobId
from tympan_hub.domain.jobs import ENDED, Job, JobFilter, Place, Standing
from tympan_hub.domain.limits import EXPORT_ROWS, PAGE_MOST
from tympan_hub.domain.people import Act
from tympan_hub.http.portal import _sheet, _shown, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit
from tympan_hub.http.portal._visit import after as after_deed
from tympan_hub.service.cancels import may_cancel

router = APIRouter(prefix="/jobs")

_SECTION = "jobs"
_ASKED: Final = marked("The computer is asked to cancel it. If it is away, it will do so when it comes back.")
_STOPPING: Final = marked("The computer has told the device to stop.")
_TOO_LATE: Final = marked("It was too late to cancel it.")
_NOT_CANCELLED: Final = marked("It could not be cancelled.")
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
        cancel=await _cancel(visit, known),
    )
    return visit.page("job", _SECTION, view)


@router.post("/{job}/cancel")
async def cancel(visit: Member, job: str) -> Response:
    """Asks the computer to cancel one."""
    await visit.fields()
    try:
        await visit.services.cancels.ask(visit.home, visit.person, _id(job))
    except Full:
        return after_deed(f"/jobs/{job}", "busy")
    except Conflict:
        return after_deed(f"/jobs/{job}", "too-late")
    return RedirectResponse(f"/jobs/{job}", 303)


async def _cancel(visit: Visit, job: Job) -> views.Cancel | None:
    """Whether it can be cancelled, and what became of the wish; None where it is not theirs to cancel."""
    if not may_cancel(visit.person, visit.home, job):
        return None
    last = await visit.services.cancels.last(visit.home, visit.person, job.id)
    over, state = job.standing in ENDED, last.standing(visit.portal.clock.now()) if last else None
    if state in OPEN and not over:
        return views.Cancel(note=_ASKED, live=True)
    if last is not None and state is CommandState.FAILED and job.standing is not Standing.CANCELED:
        return views.Cancel(offered=not over, note=_TOO_LATE if over else _NOT_CANCELLED, told=last.detail)
    if state is CommandState.DONE and not over:
        return views.Cancel(note=_STOPPING, live=True)
    return views.Cancel(offered=not over)


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
