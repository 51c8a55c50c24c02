"""One job with its story."""

import uuid
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from tympan_hub.domain.commands import OPEN, CommandState
from tympan_hub.domain.errors import Conflict, Full, NotFound
from tympan_hub.domain.ids import JobId
from tympan_hub.domain.jobs import ENDED, Job, Owner, Standing
from tympan_hub.domain.people import Act
from tympan_hub.http.portal import _shown, views
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._job_list import printer_names
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


@router.get("/{job}")
async def one(visit: Member, job: str) -> Response:
    """One job with its story."""
    known = await visit.services.jobs.get(visit.home, visit.person, _id(job))
    names = await printer_names(visit)
    own = Owner(person=visit.person.id, login=visit.person.login)
    view = views.Job(
        row=_shown.job_row(known, names),
        printer_id=known.printer if known.printer in names else "",
        person_id=known.person or "" if known.person_name and visit.may(Act.MANAGE_PEOPLE) else "",
        format=_format(known),
        came_out=known.impressions_completed,
        releasable=known.standing is Standing.HELD and own.owns(known) and known.held_until is not None,
        detail=known.detail,
        ended_at=known.ended_at,
        size=known.size_bytes,
        agent=known.agent_name,
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


def _format(job: Job) -> str:
    told = job.pages.format if job.pages else ""
    return words.FORMATS.get(told, told)


def _id(text: str) -> JobId:
    try:
        return JobId(uuid.UUID(text))
    except ValueError as error:
        raise NotFound("there is no such job") from error
