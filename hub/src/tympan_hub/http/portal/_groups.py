"""Groups: the list, one with its people, finding people to put in, renaming and removing."""

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import Full, SoAlready, Taken
from tympan_hub.domain.groups import Group, Source
from tympan_hub.domain.ids import GroupId, PersonId
from tympan_hub.domain.people import Act, Found, PersonFilter
from tympan_hub.http.portal import _forms, _shown, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._paging import begin, stand
from tympan_hub.http.portal._visit import Member, Visit, after

router = APIRouter(prefix="/groups")

_SECTION = "people"
_TAKEN = marked("There is a group with this name already.")


@router.get("")
async def every(visit: Member) -> Response:
    """The list."""
    groups = await visit.services.groups.list(visit.home, visit.actor)
    rows = (
        views.GroupRow(id=each.group.id, name=each.group.name, people=each.people, provided=_provided(each.group))
        for each in groups
    )
    return visit.page("groups", _SECTION, views.Groups(rows=tuple(rows)))


@router.get("/new")
async def ask_new(visit: Member) -> Response:
    """The form for a new one."""
    visit.actor.require(Act.MANAGE_PEOPLE, visit.home)
    return visit.page("group_form", _SECTION, views.GroupForm())


@router.post("/new")
async def add(visit: Member) -> Response:
    """Makes one, and goes on to choosing its people."""
    fields = await visit.fields()
    faults = _faults(fields)
    if not faults:
        try:
            made = await visit.services.groups.add(visit.home, visit.actor, name=fields["name"].strip())
            return after(f"/groups/{made.id}", "group-added")
        except Taken:
            faults = {"name": _TAKEN}
        except Full:
            faults = {"": _forms.FULL}
    form = views.Form(values=fields, faults=faults)
    return visit.page("group_form", _SECTION, views.GroupForm(form=form), status=422)


@router.get("/{group}")
async def one(visit: Member, group: str, q: str = "", page: int = 1) -> Response:
    """One with its people."""
    known = await visit.services.groups.get(visit.home, visit.actor, GroupId(group))
    found, first = await _found(visit, PersonFilter(text=q, group=known.id), page)
    return visit.page("group", _SECTION, _shown_with(known, f"/groups/{known.id}", found, first, q))


@router.get("/{group}/people")
async def ask_join(visit: Member, group: str, q: str = "", page: int = 1) -> Response:
    """People who are not in it, to be found and put in."""
    known = await visit.services.groups.get(visit.home, visit.actor, GroupId(group))
    wanted = PersonFilter(text=q, outside=known.id, disabled=False)
    found, first = await _found(visit, wanted, page)
    view = _shown_with(known, f"/groups/{known.id}/people", found, first, q)
    return visit.page("group_people", _SECTION, view)


@router.post("/{group}/people")
async def join(visit: Member, group: str) -> Response:
    """Puts a person in, and goes on with the search they were found by."""
    fields = await visit.fields()
    back = f"/groups/{group}/people"
    try:
        person = PersonId(fields.get("person", ""))
        await visit.services.groups.join(visit.home, visit.actor, GroupId(group), person)
    except SoAlready:
        return after(back, "already-so", q=fields.get("q", ""))
    except Full:
        return after(back, "full", q=fields.get("q", ""))
    return after(back, "group-joined", q=fields.get("q", ""))


@router.post("/{group}/leave")
async def leave(visit: Member, group: str) -> Response:
    """Takes a person out."""
    fields = await visit.fields()
    try:
        person = PersonId(fields.get("person", ""))
        await visit.services.groups.leave(visit.home, visit.actor, GroupId(group), person)
    except SoAlready:
        return after(f"/groups/{group}", "already-so", q=fields.get("q", ""))
    return after(f"/groups/{group}", "group-left", q=fields.get("q", ""))


@router.get("/{group}/edit")
async def ask_rename(visit: Member, group: str) -> Response:
    """The form to rename one."""
    known = await visit.services.groups.get(visit.home, visit.actor, GroupId(group))
    form = views.Form(values={"name": known.name})
    return visit.page("group_form", _SECTION, views.GroupForm(id=known.id, name=known.name, form=form))


@router.post("/{group}/edit")
async def rename(visit: Member, group: str) -> Response:
    """Renames one."""
    fields = await visit.fields()
    known = await visit.services.groups.get(visit.home, visit.actor, GroupId(group))
    faults = _faults(fields)
    if not faults:
        try:
            await visit.services.groups.rename(visit.home, visit.actor, known.id, fields["name"].strip())
            return after(f"/groups/{known.id}", "group-renamed")
        except Taken:
            faults = {"name": _TAKEN}
    form = views.GroupForm(id=known.id, name=known.name, form=views.Form(values=fields, faults=faults))
    return visit.page("group_form", _SECTION, form, status=422)


@router.get("/{group}/remove")
async def ask_remove(visit: Member, group: str) -> Response:
    """The question before one is removed."""
    known = await visit.services.groups.get(visit.home, visit.actor, GroupId(group))
    view = views.Confirm(
        title=marked("Remove this group?"),
        subject=known.name,
        consequences=(
            marked("What was given to the group is its people's no more."),
            marked("The people themselves stay."),
        ),
        label=marked("Remove the group"),
        action=f"/groups/{known.id}/remove",
        back=f"/groups/{known.id}",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{group}/remove")
async def remove(visit: Member, group: str) -> Response:
    """Removes one."""
    await visit.fields()
    await visit.services.groups.remove(visit.home, visit.actor, GroupId(group))
    return after("/groups", "group-removed")


async def _found(visit: Visit, wanted: PersonFilter, page: int) -> tuple[Found, int]:
    """A page of people, and the place of its first one; past the end it is the last page."""
    return await begin(lambda first: visit.services.people.find(visit.home, visit.actor, wanted.beginning(first)), page)


def _shown_with(group: Group, address: str, found: Found, first: int, query: str) -> views.Group:
    return views.Group(
        id=group.id,
        name=group.name,
        provided=_provided(group),
        rows=tuple(map(_shown.person_row, found.people)),
        page=stand(first, found.total, address, {"q": query}),
        query=query,
    )


def _provided(group: Group) -> bool:
    return group.source is Source.PROVIDER


def _faults(fields: dict[str, str]) -> dict[str, str]:
    faults = _forms.missing(fields, "name")
    if not faults and not _forms.named(fields["name"]):
        faults["name"] = _forms.NAME_FAULT
    return faults
