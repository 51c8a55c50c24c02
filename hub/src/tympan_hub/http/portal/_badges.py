"""Badges of a person, for readers beside devices: given by their number, taken away when they are lost."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, Full, NotFound, Taken
from tympan_hub.domain.ids import PersonId, TokenHash
from tympan_hub.http.portal import _forms, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._people import person_page
from tympan_hub.http.portal._visit import Member, Visit, after

router = APIRouter(prefix="/people")

_NO_NUMBER: Final = marked("This is no number of a badge: letters and digits, as the reader writes them.")
_TAKEN: Final = marked("Somebody holds this badge already. Take it from them first.")


@router.post("/{person}/badges")
async def add(visit: Member, person: str) -> Response:
    """Gives one."""
    fields = await visit.fields()
    try:
        await visit.services.badges.add(visit.home, visit.person, PersonId(person), fields.get("badge", ""))
    except BadInput:
        return await _refused(visit, person, _NO_NUMBER)
    except Taken:
        return await _refused(visit, person, _TAKEN)
    except Full:
        return await _refused(visit, person, _forms.FULL)
    return after(f"/people/{person}", "badge-added")


@router.post("/{person}/badges/remove")
async def remove(visit: Member, person: str) -> Response:
    """Takes one away."""
    fields = await visit.fields()
    digest = TokenHash(fields.get("digest", "")[:64])
    try:
        await visit.services.badges.remove(visit.home, visit.person, PersonId(person), digest)
    except NotFound:
        return after(f"/people/{person}", "already-so")
    return after(f"/people/{person}", "badge-removed")


async def _refused(visit: Visit, person: str, fault: str) -> Response:
    return await person_page(visit, person, views.Form(faults={"badge": fault}))
