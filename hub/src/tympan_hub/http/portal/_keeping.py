"""How long jobs are kept, and the form to change it."""

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, SoAlready
from tympan_hub.domain.keeping import check_keeping
from tympan_hub.domain.limits import JOBS_DAYS_MOST
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, after

router = APIRouter(prefix="/keeping")

_SECTION = "policy"
_NAMES = ("jobs_days", "titles_days")
_FAULT = marked("Jobs are kept 1 to 3650 days, and titles not longer than jobs.")


@router.get("")
async def ask(visit: Member) -> Response:
    """The form."""
    kept = await visit.services.keeping.get(visit.home, visit.actor)
    values = {"jobs_days": str(kept.jobs_days), "titles_days": str(kept.titles_days)}
    return visit.page("keeping", _SECTION, views.Keeping(form=views.Form(values=values), most=JOBS_DAYS_MOST))


@router.post("")
async def change(visit: Member) -> Response:
    """Changes it."""
    fields = await visit.fields()
    jobs, titles = (_days(fields.get(name, "")) for name in _NAMES)
    try:
        check_keeping(jobs, titles)
    except BadInput:
        form = views.Form(values=fields, faults={"titles_days" if 1 <= jobs <= JOBS_DAYS_MOST else "jobs_days": _FAULT})
        return visit.page("keeping", _SECTION, views.Keeping(form=form, most=JOBS_DAYS_MOST), status=422)
    try:
        await visit.services.keeping.change(visit.home, visit.actor, jobs_days=jobs, titles_days=titles)
    except SoAlready:
        return after("/keeping", "already-so")
    return after("/keeping", "keeping-changed")


def _days(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else 0
