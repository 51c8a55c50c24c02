"""People: list, add, disable, enable."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.ids import PersonId
from tympan_hub.domain.limits import NAME_OCTETS
from tympan_hub.domain.people import Act, Person, PersonFilter, Role, check_password, email_address
from tympan_hub.domain.text import is_name
from tympan_hub.http.portal import _forms, _shown, views
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._paging import begin, stand
from tympan_hub.http.portal._visit import Visit, Visiting, after

router = APIRouter(prefix="/people")

_SECTION = "people"
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
        roles=(views.Choice(value="", label=marked("All roles"), chosen=not role), *_choices(_roles(visit), role)),
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
        except Conflict:
            faults = {"email": marked("Somebody signs in with this address already.")}
    form = views.Form(values=fields, faults=faults)
    return visit.page("person_form", _SECTION, _form(visit, form), status=422)


@router.get("/{person}/disable")
async def ask_disable(visit: Visiting, person: str) -> Response:
    """The question before a person is locked out."""
    known = await visit.services.people.get(visit.home, visit.actor, PersonId(person))
    view = views.Confirm(
        title=marked("Disable this person?"),
        subject=known.name,
        consequences=(
            marked("They are signed out everywhere at once, and cannot sign in."),
            marked("Nothing of theirs is deleted; you can enable them again."),
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
    await visit.services.people.disable(visit.home, visit.actor, PersonId(person))
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
        role=_role(visit, fields.get("role", "")),
        password=fields["password"],
        login=fields.get("login", "").strip() or None,
    )


def _roles(visit: Visit) -> tuple[Role, ...]:
    return (Role.OWNER,) if visit.is_owner else (Role.USER, Role.OPERATOR, Role.ADMINISTRATOR)


def _role(visit: Visit, value: str) -> Role:
    return next((role for role in _roles(visit) if role.value == value), _roles(visit)[0])


def _form(visit: Visit, form: views.Form) -> views.PersonForm:
    now = _role(visit, form.value("role"))
    return views.PersonForm(roles=_choices(_roles(visit), now.value), form=form)


def _choices(roles: tuple[Role, ...], chosen: str) -> tuple[views.Choice, ...]:
    return tuple(views.Choice(value=role.value, label=words.ROLES[role], chosen=role == chosen) for role in roles)


def _faults(fields: dict[str, str]) -> dict[str, str]:
    faults = _forms.missing(fields, "name", "email", "password")
    found = {
        "name": (_named(fields.get("name", "")), marked("A name has at most 127 letters, and no line breaks.")),
        "login": (
            not fields.get("login") or _named(fields["login"]),
            marked("A name has at most 127 letters, and no line breaks."),
        ),
        "email": (_passes(email_address, fields.get("email", "")), marked("This is no e-mail address.")),
        "password": (password_fits(fields.get("password", "")), PASSWORD_FAULT),
    }
    return faults | {name: fault for name, (right, fault) in found.items() if not right and name not in faults}


PASSWORD_FAULT = marked("A password has at least 10 characters, and at most 256.")


def password_fits(password: str) -> bool:
    """Whether a password can be one."""
    return _passes(check_password, password)


def _named(text: str) -> bool:
    return is_name(text.strip(), NAME_OCTETS)


def _passes(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except BadInput:
        return False
    return True
