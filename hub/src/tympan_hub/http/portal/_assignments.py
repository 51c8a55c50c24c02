"""For whom a printer is: everybody, or people and groups that are found by name."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import Full, SoAlready
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import GroupId, PersonId, PrinterId
from tympan_hub.domain.people import Person, PersonFilter
from tympan_hub.http.portal import views
from tympan_hub.http.portal._visit import Member, Visit, after
from tympan_hub.service.assignments import Assigned

router = APIRouter(prefix="/printers")

_SECTION: Final = "printers"
_MOST: Final = 20
"""Groups, and people, found at once; whoever looks for one types more of its name."""


@router.get("/{printer}/for-whom")
async def one(visit: Member, printer: str, q: str = "") -> Response:
    """For whom it is, and with a search whom it can be given to."""
    known = await visit.services.assignments.get(visit.home, visit.actor, PrinterId(printer))
    query = q.strip()
    groups = await _groups(visit, query, known) if query else ()
    people = await _people(visit, query, known) if query else ()
    view = views.ForWhom(
        id=known.printer.id,
        name=known.printer.name,
        everybody=known.printer.everybody,
        given=given(known),
        found=(*map(_group, groups[:_MOST]), *map(_person, people[:_MOST])),
        more=len(groups) > _MOST or len(people) > _MOST,
        query=query,
    )
    return visit.page("printer_for_whom", _SECTION, view)


@router.post("/{printer}/for-whom")
async def set_everybody(visit: Member, printer: str) -> Response:
    """Makes it everybody's, or theirs alone whom it was given to."""
    everybody = (await visit.fields()).get("everybody") == "yes"
    await visit.services.assignments.set_everybody(visit.home, visit.actor, PrinterId(printer), everybody)
    return after(f"/printers/{printer}/for-whom", "for-everybody" if everybody else "for-chosen")


@router.post("/{printer}/for-whom/give")
async def give(visit: Member, printer: str) -> Response:
    """Gives it to a person or a group, and goes on with the search they were found by."""
    fields = await visit.fields()
    assign, back = visit.services.assignments, f"/printers/{printer}/for-whom"
    try:
        if fields.get("group"):
            await assign.give_group(visit.home, visit.actor, PrinterId(printer), GroupId(fields["group"]))
        else:
            person = PersonId(fields.get("person", ""))
            await assign.give_person(visit.home, visit.actor, PrinterId(printer), person)
    except SoAlready:
        return after(back, "already-so", q=fields.get("q", ""))
    except Full:
        return after(back, "given-to-many", q=fields.get("q", ""))
    return after(back, "printer-given", q=fields.get("q", ""))


@router.post("/{printer}/for-whom/take")
async def take(visit: Member, printer: str) -> Response:
    """Takes it from a person or a group."""
    fields = await visit.fields()
    assign, back = visit.services.assignments, f"/printers/{printer}/for-whom"
    try:
        if fields.get("group"):
            await assign.take_group(visit.home, visit.actor, PrinterId(printer), GroupId(fields["group"]))
        else:
            person = PersonId(fields.get("person", ""))
            await assign.take_person(visit.home, visit.actor, PrinterId(printer), person)
    except SoAlready:
        return after(back, "already-so", q=fields.get("q", ""))
    return after(back, "printer-taken", q=fields.get("q", ""))


def given(known: Assigned) -> tuple[views.Somebody, ...]:
    """Whom a printer was given to: groups first."""
    return (*map(_group, known.groups), *map(_person, known.people))


async def _groups(visit: Visit, query: str, known: Assigned) -> tuple[Group, ...]:
    words, there = query.casefold().split(), {group.id for group in known.groups}
    every = (shown.group for shown in await visit.services.groups.list(visit.home, visit.actor))
    return tuple(
        group for group in every if group.id not in there and all(word in group.name.casefold() for word in words)
    )


async def _people(visit: Visit, query: str, known: Assigned) -> tuple[Person, ...]:
    there = {person.id for person in known.people}
    wanted = PersonFilter(text=query, disabled=False, limit=len(there) + _MOST + 1)
    found = await visit.services.people.find(visit.home, visit.actor, wanted)
    return tuple(person for person in found.people if person.id not in there)


def _group(group: Group) -> views.Somebody:
    return views.Somebody(id=group.id, name=group.name, group=True)


def _person(person: Person) -> views.Somebody:
    return views.Somebody(id=person.id, name=person.name, about=person.email, disabled=person.disabled_at is not None)
