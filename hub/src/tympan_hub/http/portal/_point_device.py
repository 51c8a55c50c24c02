"""The page of a device whose code somebody scanned: how it is, what they hold, and printing it there."""

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from tympan_hub.domain.errors import NotAllowed, TooMany, Unreached
from tympan_hub.domain.proximity import Proximity, spelled
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import _held_rows, views
from tympan_hub.http.portal._held import FIELDS_MOST, picked
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._phone_app import SECTION
from tympan_hub.http.portal._visit import Member, Visit, after
from tympan_hub.service.points import PointSeen

router = APIRouter(prefix="/r")

_TICKET_CHARS: Final = 1000
"""Of a ticket that comes back in an address."""

_NO_PROOF: Final = marked("This code is not the one the screen shows now, or you used it already. Take the next one.")
_AWAY: Final = marked("This takes proof that you stand at the printer, and what came proves nothing any more.")
_NONE_PICKED: Final = marked("Tick the jobs you want to print.")
_NONE_FITS: Final = marked("None of these can be printed here now.")
_TOO_OFTEN: Final = marked("Too many wrong codes. Wait a few minutes.")


@router.get("/{code}")
async def one(visit: Member, code: str, p: str = "", t: str = "") -> Response:
    """The device; what its screen showed is taken at once, and good for minutes."""
    seen = await visit.services.points.found(visit.home, visit.person, fit(code))
    if p and seen.wanted in (Proximity.ROTATING, Proximity.NEAR):
        try:
            ticket = await visit.services.points.prove(visit.home, visit.person, seen.printer, p[:_TICKET_CHARS])
        except NotAllowed:
            return await _page(visit, seen, "", _unproved(seen), 403)
        except TooMany:
            return await _page(visit, seen, "", {"": _TOO_OFTEN}, 429)
        return RedirectResponse(f"/r/{seen.code}?{urlencode({'t': ticket})}", 303)
    return await _page(visit, seen, t[:_TICKET_CHARS])


@router.post("/{code}")
async def release(visit: Member, code: str) -> Response:
    """Prints there what is ticked."""
    fields = await visit.fields(most=FIELDS_MOST)
    seen = await visit.services.points.found(visit.home, visit.person, fit(code))
    jobs, ticket = picked(fields), fields.get("ticket", "")
    if not jobs:
        return await _page(visit, seen, ticket, {"": _NONE_PICKED}, 422)
    proof = ticket or fields.get("proof", "") or seen.code
    try:
        batch = await visit.services.releases.ask(visit.home, visit.person, seen.printer, jobs, proof)
    except NotAllowed:
        return await _page(visit, seen, "", _unproved(seen), 403)
    except TooMany:
        return await _page(visit, seen, "", {"": _TOO_OFTEN}, 429)
    if not batch.releases:
        return await _page(visit, seen, ticket, {"": _NONE_FITS}, 409)
    return after(f"/app/releases/{batch.id}", "some-refused" if batch.refused else "", at=seen.printer)


def _unproved(seen: PointSeen) -> dict[str, str]:
    return {"proof": _NO_PROOF} if seen.wanted is Proximity.ROTATING else {"": _AWAY}


async def _page(
    visit: Visit, seen: PointSeen, ticket: str, faults: dict[str, str] | None = None, status: int = 200
) -> Response:
    held = await visit.services.held.mine(visit.home, visit.person)
    told = await visit.services.releases.preview(visit.home, visit.person, seen.printer, ()) if held else ()
    rows = _held_rows.rows(held, {each.job: each for each in told})
    asks_near = seen.wanted is Proximity.NEAR and not ticket
    view = views.PointDevice(
        code=seen.code,
        spelled=spelled(seen.code),
        name=seen.name,
        location=seen.location,
        health=_held_rows.health(seen.look),
        hindrance=_held_rows.hindrance(seen.look),
        rows=rows,
        asks_code=seen.wanted is Proximity.ROTATING and not ticket,
        asks_near=asks_near,
        near=await _near(visit, seen) if asks_near and rows else (),
        ticket=ticket,
        form=views.Form(faults=faults or {}),
        picks=sum(row.picked for row in rows),
    )
    return visit.page("point_device", SECTION, view, status=status)


async def _near(visit: Visit, seen: PointSeen) -> tuple[views.NearLink, ...]:
    """Agents in the device's network, for the phone to reach one."""
    try:
        challenge = await visit.services.near.challenge(visit.home, visit.person, seen.printer)
    except Unreached:
        return ()
    return tuple(views.NearLink(href=place) for place in challenge.places)
