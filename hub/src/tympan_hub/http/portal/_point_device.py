"""The page of a device whose code somebody scanned: how it is, what they hold, and printing it there.

- A code of the device's screen is tried once, and leaves the address: a page that looks again tries nothing.
- Whoever taps twice is led to the one release there is.
- Who is signed out amid it comes back to the page as they left it; nothing is released by that.
"""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tympan_hub.domain.errors import NotAllowed, NotFound, NotSignedIn, TooMany, Unreached
from tympan_hub.domain.ids import JobId
from tympan_hub.domain.limits.pull import JOBS_AT_ONCE
from tympan_hub.domain.proximity import Proximity, spelled, typed
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import _held_rows, views
from tympan_hub.http.portal import _held_words as words
from tympan_hub.http.portal._held import FIELDS_MOST, picked
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._phone_app import SECTION, nowhere
from tympan_hub.http.portal._visit import Member, Visit, after, member, to_sign_in
from tympan_hub.service.points import PointSeen

router = APIRouter(prefix="/r")

_TICKET_CHARS: Final = 1000
"""Of a ticket that comes back in an address."""

_NONE_PICKED: Final = marked("Tick the jobs you want to print.")
_NONE_FITS: Final = marked("None of these can be printed here now.")
_TOO_MANY: Final = marked("At most 100 jobs are printed at once. Untick some.")


@router.get("/{code}")
async def one(visit: Member, code: str, p: str = "", t: str = "", on: str | None = None) -> Response:
    """The device; what its screen showed is taken at once, and good for minutes."""
    try:
        seen = await visit.services.points.found(visit.home, visit.person, fit(code))
    except NotFound:
        return nowhere(visit, code)
    if p and seen.wanted in (Proximity.ROTATING, Proximity.NEAR):
        return await _prove(visit, seen, p[:_TICKET_CHARS])
    return await _page(visit, seen, t[:_TICKET_CHARS], told=on)


@router.post("/{code}")
async def release(request: Request, code: str) -> Response:
    """Prints there what is ticked."""
    try:
        visit = await member(request)
    except NotSignedIn:
        return await _sign_in_first(request, code)
    fields = await visit.fields(most=FIELDS_MOST)
    try:
        seen = await visit.services.points.found(visit.home, visit.person, fit(code))
    except NotFound:
        return nowhere(visit, code)
    return await _release(visit, seen, picked(fields), fields.get("ticket", ""), fields.get("proof", ""))


async def _release(visit: Visit, seen: PointSeen, jobs: list[JobId], ticket: str, proof: str) -> Response:
    ticks = _held_rows.ticks(jobs)
    if not 1 <= len(jobs) <= JOBS_AT_ONCE:
        return await _page(visit, seen, ticket, {"": _TOO_MANY if jobs else _NONE_PICKED}, 422, ticks)
    try:
        shown = ticket or proof or seen.code
        batch = await visit.services.releases.ask(visit.home, visit.person, seen.printer, jobs, shown)
    except NotAllowed:
        return await _running(visit, seen, jobs) or await _page(visit, seen, "", _unproved(seen), 403, ticks)
    except TooMany:
        return await _page(visit, seen, "", {"": words.TOO_OFTEN}, 429, ticks)
    if not batch.releases:
        return await _running(visit, seen, jobs) or await _page(visit, seen, ticket, {"": _NONE_FITS}, 409, ticks)
    return after(f"/app/releases/{batch.id}", "some-refused" if batch.refused else "", at=seen.code)


async def _prove(visit: Visit, seen: PointSeen, proof: str) -> Response:
    try:
        ticket = await visit.services.points.prove(visit.home, visit.person, seen.printer, proof)
    except NotAllowed:
        return after(f"/r/{seen.code}", "code-over" if seen.wanted is Proximity.ROTATING else "proof-over")
    except TooMany:
        return after(f"/r/{seen.code}", "codes-too-often")
    return RedirectResponse(f"/r/{seen.code}?{urlencode({'t': ticket})}", 303)


async def _running(visit: Visit, seen: PointSeen, jobs: list[JobId]) -> Response | None:
    """To how these jobs fare, when a tap before this one released them."""
    batch = await visit.services.releases.running(visit.home, visit.person, jobs)
    return after(f"/app/releases/{batch}", "", at=seen.code) if batch else None


async def _sign_in_first(request: Request, code: str) -> Response:
    """Nothing of the form is done: it is only remembered what was ticked, and how they proved to be there."""
    async with request.form(max_files=0, max_fields=FIELDS_MOST) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
    ticket = fields.get("ticket", "")[:_TICKET_CHARS]
    kept = {**({"t": ticket} if ticket else {}), "on": _held_rows.ticks(picked(fields))}
    return to_sign_in(f"/r/{letters}?{urlencode(kept)}" if (letters := typed(code)) else "/app")


def _unproved(seen: PointSeen) -> dict[str, str]:
    return {"proof": words.NO_PROOF} if seen.wanted is Proximity.ROTATING else {"": words.PROOF_OVER}


async def _page(
    visit: Visit,
    seen: PointSeen,
    ticket: str,
    faults: dict[str, str] | None = None,
    status: int = 200,
    told: str | None = None,
) -> Response:
    held = await visit.services.held.mine(visit.home, visit.person)
    shown = await visit.services.releases.preview(visit.home, visit.person, seen.printer, ()) if held else ()
    previews = {each.job: each for each in shown}
    ticked: Collection[JobId] = (
        _held_rows.first_picked(held, previews) if told is None else _held_rows.ticked(held, told)
    )
    rows = _held_rows.rows(held, ticked, previews)
    asks_near = seen.wanted is Proximity.NEAR and not ticket
    view = views.PointDevice(
        code=seen.code,
        spelled=spelled(seen.code),
        name=seen.name,
        location=seen.location,
        health=_held_rows.health(seen.look),
        hindrance=_held_rows.hindrance(seen.look) if seen.look else words.UNSEEN,
        rows=rows,
        asks_code=seen.wanted is Proximity.ROTATING and not ticket,
        asks_near=asks_near,
        near=await _near(visit, seen) if asks_near and rows else (),
        ticket=ticket,
        form=views.Form(faults=faults or {}),
        picks=sum(row.picked for row in rows),
        free=sum(not row.refused for row in rows),
    )
    return visit.page("point_device", SECTION, view, status=status)


async def _near(visit: Visit, seen: PointSeen) -> tuple[views.NearLink, ...]:
    """Agents in the device's network, for the phone to reach one."""
    try:
        challenge = await visit.services.near.challenge(visit.home, visit.person, seen.printer)
    except Unreached:
        return ()
    return tuple(views.NearLink(href=place) for place in challenge.places)
