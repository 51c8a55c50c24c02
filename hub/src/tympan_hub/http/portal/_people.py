"""People: list, add, disable, enable."""

import attrs
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import Conflict, Full, SoAlready, Taken
from tympan_hub.domain.ids import PersonId
from tympan_hub.domain.people import Act, Person, PersonFilter, Role, email_address
from tympan_hub.http.portal import _forms, _shown, views
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._paging import begin, stand
from tympan_hub.http.portal._visit import Visit, Visiting, after

router = APIRouter(prefix="/people")

_SECTION = "people"
_ANY_ROLE = views.Choice(value="", label=marked("All roles"))
_STATES = {"active": False, "disabled": True}
_STATE_WORDS = {"": marked("All"), "active": marked("Active"), "disabled": marked("Disabled")}


@router.get("")
async def every(visit: Visiting, q: str = "", role: str = "", state: str = "", page: int = 1) -> Response:
    """The list."""
    wanted = PersonFilter(
        text=q, role=next((each for each in Role if each.value == role), None), disabled=_STATES.get(state)
    )
    found, first = await begin(
        lambda first: visit.services.people.find(visit.home, visit.actor, wanted.beginning(first)), page
    )
    view = views.People(
        rows=tuple(_shown.person_row(person, oneself=person.id == visit.person.id) for person in found.people),
        page=stand(first, found.total, "/people", {"q": q, "role": role, "state": state}),
        roles=(
            views.Choice(value="", label=marked("All roles"), chosen=not role),
            *role_choices(roles_of(visit), role),
        ),
        states=tuple(
            views.Choice(value=name, label=label, chosen=name == state) for name, label in _STATE_WORDS.items()
        ),
        query=q,
        filtered=bool(q.strip() or wanted.role or wanted.disabled is not None),
    )
    return visit.page("people", _SECTION, view)


@router.get("/new")
async def ask_new(visit: Visiting) -> Response:
    """The form for a new person."""
    visit.actor.require(Act.MANAGE_PEOPLE, visit.home)
    return visit.page("person_form", _SECTION, _form(visit, views.Form()))


@router.post("/new")
async def add(visit: Visiting) -> Response:
    """Adds a person."""
    fields = await visit.fields()
    faults = _faults(fields)
    if not faults:
        try:
            await _add(visit, fields)
            return after("/people", "person-added")
        except Full:
            faults = {"": _forms.FULL}
        except Taken:
            faults = {"email": marked("Somebody signs in with this address already.")}
    form = views.Form(values=fields, faults=faults)
    return visit.page("person_form", _SECTION, _form(visit, form), status=422)


@router.get("/{person}")
async def one(visit: Visiting, person: str) -> Response:
    """One person, with the form to change them."""
    known = await visit.services.people.get(visit.home, visit.actor, PersonId(person))
    values = {"name": known.name, "login": known.login, "role": known.role.value}
    return visit.page("person", _SECTION, await _of(visit, known, views.Form(values=values)))


@router.post("/{person}")
async def change(visit: Visiting, person: str) -> Response:
    """Changes a person."""
    fields = await visit.fields()
    known = await visit.services.people.get(visit.home, visit.actor, PersonId(person))
    faults = _name_faults(fields)
    if not faults:
        try:
            changed = await visit.services.people.change(
                visit.home,
                visit.actor,
                known.id,
                name=fields["name"].strip(),
                login=fields.get("login", "").strip(),
                role=role_of(visit, fields.get("role", known.role.value)),
            )
            gave_up = changed.id == visit.person.id and not changed.actor.may(Act.MANAGE_PEOPLE, visit.home)
            return after("/" if gave_up else f"/people/{known.id}", "person-changed")
        except Conflict:
            return after(f"/people/{known.id}", "last-administrator")
    view = await _of(visit, known, views.Form(values=fields, faults=faults))
    return visit.page("person", _SECTION, view, status=422)


@router.get("/{person}/password")
async def ask_password(visit: Visiting, person: str) -> Response:
    """The form for another password."""
    known = await visit.services.people.get(visit.home, visit.actor, PersonId(person))
    return visit.page("person_password", _SECTION, views.NewPassword(row=_shown.person_row(known)))


@router.post("/{person}/password")
async def set_password(visit: Visiting, person: str) -> Response:
    """Gives a person another password."""
    fields = await visit.fields()
    known = await visit.services.people.get(visit.home, visit.actor, PersonId(person))
    if not _forms.password_fits(fields.get("password", "")):
        form = views.Form(faults={"password": _forms.PASSWORD_FAULT})
        view = views.NewPassword(row=_shown.person_row(known), form=form)
        return visit.page("person_password", _SECTION, view, status=422)
    await visit.services.people.set_password(visit.home, visit.actor, known.id, fields["password"])
    return after(f"/people/{known.id}", "password-set")


@router.get("/{person}/second-factor")
async def ask_reset(visit: Visiting, person: str) -> Response:
    """The question before a person's second factor is taken away."""
    known = await visit.services.people.get(visit.home, visit.actor, PersonId(person))
    view = views.Confirm(
        title=marked("Take the second factor away?"),
        subject=f"{known.name} · {known.email}",
        consequences=(
            marked("Do this when the telephone is lost. Be sure that it is really this person who asks."),
            marked("They are signed out everywhere, and sign in with their password alone."),
            marked("Where policy demands a second factor, they set up a new one at once."),
        ),
        label=marked("Take it away"),
        action=f"/people/{known.id}/second-factor",
        back=f"/people/{known.id}",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{person}/second-factor")
async def reset(visit: Visiting, person: str) -> Response:
    """Takes a person's second factor away."""
    await visit.fields()
    try:
        await visit.services.second_factor.reset(visit.home, visit.actor, PersonId(person))
    except SoAlready:
        return after(f"/people/{person}", "already-so")
    return after(f"/people/{person}", "second-factor-reset")


@router.get("/{person}/remove")
async def ask_remove(visit: Visiting, person: str) -> Response:
    """The question before a person is removed."""
    known = await visit.services.people.get(visit.home, visit.actor, PersonId(person))
    view = views.Confirm(
        title=marked("Remove this person?"),
        subject=f"{known.name} · {known.email}",
        consequences=(
            marked("They are signed out everywhere at once, and are in no group any more."),
            marked("Their jobs stay in the list, as jobs of the name they printed under."),
            marked("To lock somebody out for a while, disable them instead."),
        ),
        label=marked("Remove the person"),
        action=f"/people/{known.id}/remove",
        back=f"/people/{known.id}",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{person}/remove")
async def remove(visit: Visiting, person: str) -> Response:
    """Removes a person."""
    await visit.fields()
    try:
        await visit.services.people.remove(visit.home, visit.actor, PersonId(person))
    except Conflict:
        return after(f"/people/{person}", "last-administrator")
    return after("/people", "person-removed")


@router.get("/{person}/disable")
async def ask_disable(visit: Visiting, person: str) -> Response:
    """The question before a person is locked out."""
    known = await visit.services.people.get(visit.home, visit.actor, PersonId(person))
    view = views.Confirm(
        title=marked("Disable this person?"),
        subject=known.name,
        consequences=(
            marked("They are signed out everywhere at once, and cannot sign in."),
            marked("Their tokens, open invitations and unused enrolment tokens end for good."),
            marked("Nothing else of theirs is deleted; you can enable them again."),
        ),
        label=marked("Disable the person"),
        action=f"/people/{person}/disable",
        back="/people",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{person}/disable")
async def disable(visit: Visiting, person: str) -> Response:
    """Locks a person out."""
    await visit.fields()
    try:
        await visit.services.people.disable(visit.home, visit.actor, PersonId(person))
    except Conflict:
        return after(f"/people/{person}", "last-administrator")
    return after("/people", "person-disabled")


@router.post("/{person}/enable")
async def enable(visit: Visiting, person: str) -> Response:
    """Lets a person in again."""
    await visit.fields()
    await visit.services.people.enable(visit.home, visit.actor, PersonId(person))
    return after("/people", "person-enabled")


async def _add(visit: Visit, fields: dict[str, str]) -> Person:
    return await visit.services.people.add(
        visit.home,
        visit.actor,
        email=fields["email"],
        name=fields["name"].strip(),
        role=role_of(visit, fields.get("role", "")),
        password=fields["password"],
        login=fields.get("login", "").strip() or None,
    )


async def person_page(visit: Visit, person: str, badge_form: views.Form) -> Response:
    """The page of a person again, with what is wrong with a badge."""
    known = await visit.services.people.get(visit.home, visit.actor, PersonId(person))
    values = {"name": known.name, "login": known.login, "role": known.role.value}
    view = attrs.evolve(await _of(visit, known, views.Form(values=values)), badge_form=badge_form)
    return visit.page("person", _SECTION, view, status=422)


async def _badges(visit: Visit, known: Person) -> tuple[views.BadgeRow, ...]:
    if visit.is_owner:
        return ()
    badges = await visit.services.badges.of(visit.home, visit.person, known.id)
    return tuple(views.BadgeRow(digest=badge.digest, shown=badge.shown, made_at=badge.made_at) for badge in badges)


async def _of(visit: Visit, known: Person, form: views.Form) -> views.PersonChange:
    groups = await visit.services.groups.of_person(visit.home, visit.actor, known.id)
    return views.PersonChange(
        row=_shown.person_row(known, oneself=known.id == visit.person.id),
        roles=role_choices(roles_of(visit), form.value("role")),
        factor=await visit.services.second_factor.of(visit.home, visit.actor, known.id),
        groups=tuple(views.Choice(value=group.id, label=group.name, translated=False) for group in groups),
        form=form,
        badges=await _badges(visit, known),
    )


def roles_of(visit: Visit) -> tuple[Role, ...]:
    """The roles there are at home, the least first."""
    return (Role.OWNER,) if visit.is_owner else (Role.USER, Role.OPERATOR, Role.ADMINISTRATOR)


def role_of(visit: Visit, value: str) -> Role:
    """The role a field names; the least for one that is not theirs to give."""
    return next((role for role in roles_of(visit) if role.value == value), roles_of(visit)[0])


def _form(visit: Visit, form: views.Form) -> views.PersonForm:
    now = role_of(visit, form.value("role"))
    return views.PersonForm(roles=role_choices(roles_of(visit), now.value), form=form)


def role_choices(roles: tuple[Role, ...], chosen: str) -> tuple[views.Choice, ...]:
    """Roles to choose from."""
    return tuple(views.Choice(value=role.value, label=words.ROLES[role], chosen=role == chosen) for role in roles)


def _faults(fields: dict[str, str]) -> dict[str, str]:
    faults = _forms.missing(fields, "name", "email", "password")
    found = {
        "email": (_forms.passes(email_address, fields.get("email", "")), marked("This is no e-mail address.")),
        "password": (_forms.password_fits(fields.get("password", "")), _forms.PASSWORD_FAULT),
    }
    wrong = {name: fault for name, (right, fault) in found.items() if not right}
    return wrong | _name_faults(fields) | faults


def _name_faults(fields: dict[str, str]) -> dict[str, str]:
    if not fields.get("name", "").strip():
        return {"name": _forms.MISSING}
    given = {"name": fields["name"], **({"login": fields["login"]} if fields.get("login", "").strip() else {})}
    return {name: _forms.NAME_FAULT for name, value in given.items() if not _forms.named(value)}
