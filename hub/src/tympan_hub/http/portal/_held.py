"""Held jobs: one's own, in the order in which they come out; changed, deleted, and followed once they are released."""

import uuid
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter
from starlette.responses import JSONResponse, RedirectResponse, Response

from tympan_hub.domain.errors import BadInput, Conflict, Full, HubError, NotFound, TooMany
from tympan_hub.domain.held import Changes, ColorMode, Held, Sides, Whereabouts
from tympan_hub.domain.ids import BatchId, JobId
from tympan_hub.domain.limits.pull import COPIES_MOST, JOBS_HELD_MOST
from tympan_hub.domain.people import Act
from tympan_hub.domain.proximity import typed
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import _forms, _held_rows, views
from tympan_hub.http.portal import _held_words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._phone_app import SECTION
from tympan_hub.http.portal._visit import Member, Visit, after
from tympan_hub.http.problems import problem_response

router = APIRouter(prefix="/app")

FIELDS_MOST: Final = JOBS_HELD_MOST + 8
"""Fields of a form that lists every job one may hold."""

_ERASED: Final = marked("What is deleted is erased, and nobody can print it any more.")
_COPIES: Final = marked("There are 1 to 999 copies.")


@router.get("")
async def every(visit: Member) -> Response:
    """The list."""
    held = await visit.services.held.mine(visit.home, visit.person)
    view = views.HeldJobs(rows=_held_rows.rows(held), points=await _points(visit))
    return visit.page("held", SECTION, view)


@router.post("/grants")
async def grants(visit: Member) -> Response:
    """Signed permissions for while the hub is away, for the app alone; until they end, nobody else gets those jobs."""
    try:
        await visit.fields()
        given = await visit.services.grants.mine(visit.home, visit.person)
        names = await visit.services.printers.names(visit.home, visit.actor)
    except HubError as error:
        return problem_response(error)
    held = {job.job: job for job in await visit.services.held.mine(visit.home, visit.person)} if given else {}
    told = [
        {
            "grant": each.envelope,
            "title": held[each.grant.job].title if each.grant.job in held else "",
            "addresses": each.places,
            "points": [{"printer": point, "name": names.get(point, point)} for point in each.points],
            "expires_at": int(each.grant.expires_at.timestamp()),
        }
        for each in given
    ]
    return JSONResponse({"grants": told})


@router.post("/delete/ask")
async def ask_delete_picked(visit: Member, back: str = "/app") -> Response:
    """The question before those that are ticked are deleted: the button stands beside the one that prints."""
    fields = await visit.fields(most=FIELDS_MOST)
    jobs, way = picked(fields), _with_ticks(_forms.own_path(back), fields)
    if not jobs:
        return _back(way, "none-picked")
    titles = {job.job: job.title for job in await visit.services.held.mine(visit.home, visit.person)}
    view = views.Confirm(
        title=marked("Delete what is ticked?"),
        documents=tuple(titles[job] for job in jobs if job in titles),
        consequences=(_ERASED,),
        label=marked("Delete"),
        action=f"/app/delete?{urlencode({'back': _forms.own_path(back)})}",
        back=way,
        said={f"job-{job}": "yes" for job in jobs},
    )
    return visit.page("confirm", SECTION, view)


@router.post("/delete")
async def delete_picked(visit: Member, back: str = "/app") -> Response:
    """Deletes those that are ticked."""
    fields = await visit.fields(most=FIELDS_MOST)
    return await _delete(visit, picked(fields), _forms.own_path(back))


@router.get("/jobs/{job}")
async def one(visit: Member, job: str, back: str = "/app") -> Response:
    """One, to be changed."""
    known = await _known(visit, job)
    sides = known.changes.sides.value if known.changes.sides else ""
    values = {"copies": str(known.copies), "sides": sides, "color": _held_rows.color_of(known)}
    return _page(visit, known, views.Form(values=values), _forms.own_path(back))


@router.post("/jobs/{job}")
async def change(visit: Member, job: str) -> Response:
    """Changes one."""
    fields = await visit.fields()
    known, back = await _known(visit, job), _forms.own_path(fields.get("back", "/app"))
    try:
        await visit.services.held.change(visit.home, visit.person, known.job, _changes(fields))
    except BadInput:
        form = views.Form(values=fields, faults={"copies": _COPIES})
        return _page(visit, known, form, back, status=422)
    except Conflict:
        return _back(back, "too-late")
    return _back(back, "held-changed")


@router.get("/jobs/{job}/delete")
async def ask_delete(visit: Member, job: str, back: str = "/app") -> Response:
    """The question before one is deleted."""
    known, way = await _known(visit, job), _forms.own_path(back)
    view = views.Confirm(
        title=marked("Delete this job?"),
        documents=(known.title,),
        consequences=(_ERASED,),
        label=marked("Delete"),
        action=f"/app/jobs/{known.job}/delete",
        back=f"/app/jobs/{known.job}?{urlencode({'back': way})}",
        said={"back": way},
    )
    return visit.page("confirm", SECTION, view)


@router.post("/jobs/{job}/delete")
async def delete(visit: Member, job: str) -> Response:
    """Deletes one."""
    fields = await visit.fields()
    return await _delete(visit, [_id(job)], _forms.own_path(fields.get("back", "/app")))


@router.post("/jobs/{job}/up")
async def earlier(visit: Member, job: str, back: str = "/app") -> Response:
    """One place earlier."""
    return await _moved(visit, _id(job), -1, back)


@router.post("/jobs/{job}/down")
async def later(visit: Member, job: str, back: str = "/app") -> Response:
    """One place later."""
    return await _moved(visit, _id(job), 1, back)


@router.get("/releases/{batch}")
async def progress(visit: Member, batch: str, at: str = "") -> Response:
    """What became of a release; ``at`` is the code of where it was asked for."""
    told = await visit.services.releases.progress(visit.home, visit.person, BatchId(fit(batch)))
    point = await _point(visit, at)
    live = _held_rows.is_live(told)
    held = await visit.services.held.mine(visit.home, visit.person) if live else ()
    asleep = frozenset(each.job for each in held if each.whereabouts is Whereabouts.ASLEEP)
    view = views.Released(
        place=point[0],
        code=point[1],
        rows=_held_rows.released(told, asleep),
        live=live,
        done=_held_rows.is_done(told),
        unsure=_held_rows.is_unsure(told),
        said=_held_rows.said(told, asleep),
    )
    return visit.page("released", SECTION, view)


def picked(fields: dict[str, str]) -> list[JobId]:
    """Jobs that are ticked, in the order in which they stand."""
    return [_id(name.removeprefix("job-")) for name in fields if name.startswith("job-")]


async def _delete(visit: Visit, jobs: Sequence[JobId], back: str) -> Response:
    if not jobs:
        return _back(back, "none-picked")
    try:
        await visit.services.held.delete(visit.home, visit.person, jobs)
    except (NotFound, Conflict):
        return _back(back, "too-late")
    except Full:
        return _back(back, "busy")
    return _back(back, "held-deleted")


async def _moved(visit: Visit, job: JobId, places: int, back: str) -> Response:
    fields = await visit.fields(most=FIELDS_MOST)
    order = [each.job for each in await visit.services.held.mine(visit.home, visit.person)]
    if job not in order:
        return _back(_forms.own_path(back), "too-late")
    now = order.index(job)
    order.insert(min(max(now + places, 0), len(order) - 1), order.pop(now))
    await visit.services.held.reorder(visit.home, visit.person, order)
    return RedirectResponse(_with_ticks(_forms.own_path(back), fields), 303)


def _with_ticks(back: str, fields: dict[str, str]) -> str:
    """The page of a device as it was left: somebody who moves a job has not ticked another by that."""
    way, _, query = back.partition("?")
    if not way.startswith("/r/"):
        return back
    asked = [(name, value) for name, value in parse_qsl(query) if name not in ("said", "on")]
    return f"{way}?{urlencode([*asked, ('on', _held_rows.ticks(picked(fields)))])}"


async def _known(visit: Visit, job: str) -> Held:
    wanted = _id(job)
    held = await visit.services.held.mine(visit.home, visit.person)
    known = next((each for each in held if each.job == wanted), None)
    if known is None:
        raise NotFound("this job is not held any more")
    return known


async def _points(visit: Visit) -> tuple[views.Choice, ...]:
    """Devices to go to without a scan, for those who know them all anyway."""
    if not visit.may(Act.SEE_ALL_PRINTERS):
        return ()
    points = await visit.services.points.all(visit.home, visit.person)
    return tuple(views.Choice(value=point.code, label=point.printer.name, translated=False) for point in points)


async def _point(visit: Visit, code: str) -> tuple[str, str]:
    """Name and code of a device, for who knows its code; both are "" when it is no release point any more."""
    if not typed(code):
        return "", ""
    try:
        seen = await visit.services.points.found(visit.home, visit.person, code)
    except (NotFound, TooMany):
        return "", ""
    return seen.name, seen.code


def _page(visit: Visit, known: Held, form: views.Form, back: str, status: int = 200) -> Response:
    view = views.HeldJob(
        row=_held_rows.one(known),
        form=form,
        sides=_held_rows.choices(words.SIDES, form.value("sides")),
        colors=_held_rows.choices(words.COLORS, form.value("color")),
        back=back,
    )
    return visit.page("held_job", SECTION, view, status=status)


def _changes(fields: dict[str, str]) -> Changes:
    copies, sides, color = fields.get("copies", "").strip(), fields.get("sides", ""), fields.get("color", "")
    if not (copies.isascii() and copies.isdigit() and len(copies) <= len(str(COPIES_MOST))):
        raise BadInput("copies are a whole number")
    return Changes(
        copies=int(copies),
        sides=Sides(sides) if sides in set(Sides) else None,
        color=ColorMode(color) if color in set(ColorMode) else None,
    )


def _back(path: str, said: str) -> Response:
    """To where they came from, which may have a query of its own."""
    way, _, query = path.partition("?")
    return after(way, said, **{name: value for name, value in parse_qsl(query) if name != "said"})


def _id(text: str) -> JobId:
    try:
        return JobId(uuid.UUID(text))
    except ValueError as error:
        raise NotFound("there is no such job") from error
