"""People."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from tympan_hub.domain.ids import GroupId, PersonId
from tympan_hub.domain.limits.people import PASSWORD_CHARS, PASSWORD_CHARS_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.people import Person as Known
from tympan_hub.domain.people import PersonFilter, Role
from tympan_hub.domain.text import fit
from tympan_hub.http.api._ask import Ask, InScope
from tympan_hub.http.api._cursor import cursor, number_of
from tympan_hub.http.api._etag import TAGGED, IfMatch, check_same, tagged
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, WORD, After, Given, Limit, Moment, Name, Page, PersonIn, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["people"], route_class=ApiRoute)

_TEXT = 200
"""Characters looked for."""

_Password = Annotated[str, Field(min_length=PASSWORD_CHARS, max_length=PASSWORD_CHARS_MOST)]


class Person(Told):
    """A person."""

    id: str
    email: str
    name: str
    login: str
    role: Role
    created_at: Moment
    disabled_at: Moment | None


class PersonGiven(Given):
    """A new person."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    name: Name
    role: Role
    password: _Password
    login: Annotated[
        str | None, Field(max_length=NAME_OCTETS, description="Their name at the computers they print from.")
    ] = None


class PersonChanged(Given):
    """What is to change of a person; what is left out stays."""

    name: Name | None = None
    role: Role | None = None
    login: Annotated[
        str | None, Field(max_length=NAME_OCTETS, description="Their name at the computers they print from.")
    ] = None


class SecondFactor(Told):
    """How it stands with a person's second factor."""

    since: Moment | None = Field(description="Since when it is asked for; null where there is none.")
    codes_left: int
    required: bool


class PasswordGiven(Given):
    """Another password."""

    password: _Password


@router.get("/people", operation_id="list-people")
async def every(
    ask: InScope,
    text: Annotated[str, Query(max_length=_TEXT, description="Words that stand in name, address or login.")] = "",
    role: Annotated[Role | None, Query(description="What they are.")] = None,
    disabled: Annotated[bool | None, Query(description="Whether they are locked out.")] = None,
    group: Annotated[str | None, Query(pattern=WORD, description="In this group.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Page[Person]:
    """People, by name."""
    first = number_of(after) or 0
    wanted = PersonFilter(
        text=fit(text),
        role=role,
        disabled=disabled,
        group=GroupId(group) if group else None,
        first=first,
        limit=limit,
    )
    found = await ask.services.people.find(ask.tenant, ask.actor, wanted)
    following = first + len(found.people)
    more = found.people and following < found.total
    items = [Person.model_validate(person) for person in found.people]
    return Page(items=items, next=cursor(str(following)) if more else None)


@router.get("/people/{person}", operation_id="get-person", responses={200: TAGGED})
async def one(ask: InScope, person: PersonIn, response: Response) -> Person:
    """One person."""
    return _tagged(response, await ask.services.people.get(ask.tenant, ask.actor, PersonId(person)))


@router.post("/people", operation_id="add-person", status_code=201, responses={201: TAGGED})
async def add(ask: InScope, given: PersonGiven, response: Response) -> Person:
    """Adds a person."""
    made = await ask.services.people.add(
        ask.tenant,
        ask.actor,
        email=given.email,
        name=given.name,
        role=given.role,
        password=given.password,
        login=given.login,
    )
    return _tagged(response, made)


@router.patch("/people/{person}", operation_id="change-person", responses={200: TAGGED})
async def change(
    ask: InScope, person: PersonIn, given: PersonChanged, response: Response, if_match: IfMatch = None
) -> Person:
    """Changes a person; what they may do changes at once. The last administrator stays one."""
    meant = await _meant(ask, person, if_match)
    changed = await ask.services.people.change(
        ask.tenant, ask.actor, PersonId(person), name=given.name, role=given.role, login=given.login, read=meant
    )
    return _tagged(response, changed)


@router.delete("/people/{person}", operation_id="remove-person", status_code=204)
async def remove(ask: InScope, person: PersonIn, if_match: IfMatch = None) -> None:
    """Removes a person for good; their jobs stay."""
    meant = await _meant(ask, person, if_match)
    await ask.services.people.remove(ask.tenant, ask.actor, PersonId(person), read=meant)


@router.post("/people/{person}/disable", operation_id="disable-person", status_code=204)
async def disable(ask: InScope, person: PersonIn) -> None:
    """Locks a person out; all their sessions and tokens end at once."""
    await ask.services.people.disable(ask.tenant, ask.actor, PersonId(person))


@router.post("/people/{person}/enable", operation_id="enable-person", status_code=204)
async def enable(ask: InScope, person: PersonIn) -> None:
    """Lets a person in again."""
    await ask.services.people.enable(ask.tenant, ask.actor, PersonId(person))


@router.get("/people/{person}/second-factor", operation_id="get-second-factor")
async def second_factor(ask: InScope, person: PersonIn) -> SecondFactor:
    """How it stands with a person's second factor."""
    return SecondFactor.model_validate(await ask.services.second_factor.of(ask.tenant, ask.actor, PersonId(person)))


@router.delete("/people/{person}/second-factor", operation_id="reset-second-factor", status_code=204)
async def reset_second_factor(ask: InScope, person: PersonIn) -> None:
    """Takes a person's second factor away; all their sessions end at once."""
    await ask.services.second_factor.reset(ask.tenant, ask.actor, PersonId(person))


@router.put("/people/{person}/password", operation_id="set-password", status_code=204)
async def set_password(ask: InScope, person: PersonIn, given: PasswordGiven) -> None:
    """Gives a person another password; all their sessions end at once."""
    await ask.services.people.set_password(ask.tenant, ask.actor, PersonId(person), given.password)


async def _meant(ask: Ask, person: str, if_match: str | None) -> Known | None:
    """The reading of a person that a change means; None for whatever they are now."""
    read = await ask.services.people.get(ask.tenant, ask.actor, PersonId(person))
    return read if check_same(if_match, Person.model_validate(read)) else None


def _tagged(response: Response, person: Known) -> Person:
    told = Person.model_validate(person)
    tagged(response, told)
    return told
