"""How long jobs are kept, and the form to change it."""

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, SoAlready
from tympan_hub.domain.keeping import check_keeping
from tympan_hub.domain.limits.keeping import JOBS_DAYS_MOST
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, after

router = APIRouter(prefix="/keeping")

_SECTION = "policy"
_NAMES = ("jobs_days", "titles_days")
_AUDIT_FAULT = marked("The audit log is kept for ever, or 90 to 3650 days.")
_FAULT = marked("Jobs are kept 1 to 3650 days, and titles not longer than jobs.")


@router.get("")
async def ask(visit: Member) -> Response:
    """The form."""
    kept = await visit.services.keeping.get(visit.home, visit.actor)
    values = {"jobs_days": str(kept.jobs_days), "titles_days": str(kept.titles_days)}
    values["audit_days"] = "" if kept.audit_days is None else str(kept.audit_days)
    return visit.page("keeping", _SECTION, views.Keeping(form=views.Form(values=values), most=JOBS_DAYS_MOST))


@router.post("")
async def change(visit: Member) -> Response:
    """Changes it."""
    fields, keeping = await visit.fields(), visit.services.keeping
    jobs, titles = (_days(fields.get(name, "")) for name in _NAMES)
    audit = _days(fields["audit_days"]) if fields.get("audit_days", "").strip() else None
    try:
        check_keeping(jobs, titles, audit)
    except BadInput:
        form = views.Form(values=fields, faults=_faults(jobs, titles))
        return visit.page("keeping", _SECTION, views.Keeping(form=form, most=JOBS_DAYS_MOST), status=422)
    try:
        await keeping.change(visit.home, visit.actor, jobs_days=jobs, titles_days=titles, audit_days=audit)
    except SoAlready:
        return after("/keeping", "already-so")
    return after("/keeping", "keeping-changed")


def _faults(jobs: int, titles: int) -> dict[str, str]:
    if not 1 <= jobs <= JOBS_DAYS_MOST:
        return {"jobs_days": _FAULT}
    return {"audit_days": _AUDIT_FAULT} if 1 <= titles <= jobs else {"titles_days": _FAULT}


def _days(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else 0
