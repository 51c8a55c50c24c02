"""For whom printers are: everybody, or the people and groups they were given to."""

from fastapi import APIRouter
from pydantic import Field

from tympan_hub.domain.ids import GroupId, PersonId, PrinterId
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._kinds import Given, GroupIn, PersonIn, PrinterIn, Told, Truth
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.assignments import Assigned

router = APIRouter(tags=["printers"], route_class=ApiRoute)


class Somebody(Told):
    """A person a printer was given to."""

    id: str
    name: str
    email: str


class SomeGroup(Told):
    """A group a printer was given to."""

    id: str
    name: str


class Assignment(Told):
    """For whom a printer is."""

    everybody: bool = Field(description="It is for everybody, whomever it was given to.")
    people: list[Somebody]
    groups: list[SomeGroup]


class ForWhom(Given):
    """Whether a printer is for everybody."""

    everybody: Truth = Field(description="False: for those people and groups alone that it was given to.")


@router.get("/printers/{printer}/assignment", operation_id="get-assignment")
async def one(ask: InTenant, printer: PrinterIn) -> Assignment:
    """For whom a printer is."""
    return _told(await ask.services.assignments.get(ask.tenant, ask.actor, PrinterId(printer)))


@router.put("/printers/{printer}/assignment", operation_id="set-assignment")
async def set_everybody(ask: InTenant, printer: PrinterIn, given: ForWhom) -> Assignment:
    """Makes a printer everybody's, or theirs alone whom it was given to; those are kept either way."""
    await ask.services.assignments.set_everybody(ask.tenant, ask.actor, PrinterId(printer), given.everybody)
    return _told(await ask.services.assignments.get(ask.tenant, ask.actor, PrinterId(printer)))


@router.put("/printers/{printer}/people/{person}", operation_id="give-printer-to-person", status_code=204)
async def give_person(ask: InTenant, printer: PrinterIn, person: PersonIn) -> None:
    """Gives a printer to a person."""
    await ask.services.assignments.give_person(ask.tenant, ask.actor, PrinterId(printer), PersonId(person))


@router.delete("/printers/{printer}/people/{person}", operation_id="take-printer-from-person", status_code=204)
async def take_person(ask: InTenant, printer: PrinterIn, person: PersonIn) -> None:
    """Takes a printer from a person; they may still have it through a group."""
    await ask.services.assignments.take_person(ask.tenant, ask.actor, PrinterId(printer), PersonId(person))


@router.put("/printers/{printer}/groups/{group}", operation_id="give-printer-to-group", status_code=204)
async def give_group(ask: InTenant, printer: PrinterIn, group: GroupIn) -> None:
    """Gives a printer to whoever is in a group."""
    await ask.services.assignments.give_group(ask.tenant, ask.actor, PrinterId(printer), GroupId(group))


@router.delete("/printers/{printer}/groups/{group}", operation_id="take-printer-from-group", status_code=204)
async def take_group(ask: InTenant, printer: PrinterIn, group: GroupIn) -> None:
    """Takes a printer from a group."""
    await ask.services.assignments.take_group(ask.tenant, ask.actor, PrinterId(printer), GroupId(group))


def _told(known: Assigned) -> Assignment:
    return Assignment(
        everybody=known.printer.everybody,
        people=[Somebody.model_validate(person) for person in known.people],
        groups=[SomeGroup.model_validate(group) for group in known.groups],
    )
