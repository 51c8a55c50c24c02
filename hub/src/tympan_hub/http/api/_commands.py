"""What computers are asked to do: installing and uninstalling printers, and cancelling jobs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from tympan_hub.domain.commands import Command as Asked
from tympan_hub.domain.commands import CommandState, Order, QueueStanding, Refusal
from tympan_hub.domain.errors import NotFound
from tympan_hub.domain.ids import AgentId, CommandId, JobId, PrinterId
from tympan_hub.domain.limits.values import URI_OCTETS
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import agent_place, cursor
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, HEX, After, Given, Limit, Moment, Page, PrinterIn, Told
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.queues import Place as Stands

router = APIRouter(tags=["commands"], route_class=ApiRoute)

_JobIn = Annotated[UUID, Path(description="Its job-uuid.")]


class Command(Told):
    """What an agent is asked to do once, and what became of it."""

    id: UUID
    agent: str
    order: Order
    subject: str = Field(description="A printer's id, a job's uuid or a device's URI.")
    asked_by: str
    asked_at: Moment
    expires_at: Moment
    state: CommandState
    ended_at: Moment | None
    detail: str = Field(description="The agent's own sentence.")


class Place(Told):
    """A computer, and how a printer stands there."""

    agent: str
    name: str
    connected: bool
    standing: QueueStanding
    last: Command | None
    refusal: Refusal | None = Field(description="Why it would not be installed there; null where nothing is known.")


class At(Given):
    """On which computer."""

    agent: Annotated[str, Field(pattern=HEX, description="The agent's id.")]


@router.get("/printers/{printer}/computers", operation_id="list-printer-computers")
async def places(ask: InTenant, printer: PrinterIn, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Place]:
    """How a printer stands at the computers of whoever asks, by name; an administrator's are all."""
    known = (await ask.services.printers.get(ask.tenant, ask.actor, PrinterId(printer))).printer.id
    found = await ask.services.queues.following(ask.tenant, ask.actor, known, agent_place(after), limit + 1)
    page, last = found[:limit], found[:limit][-1:]
    following = cursor(last[0].agent.name, last[0].agent.id) if len(found) > limit else None
    return Page(items=[_place(place) for place in page], next=following)


@router.post("/printers/{printer}/install", operation_id="install-printer", status_code=202)
async def install(ask: InTenant, printer: PrinterIn, given: At) -> Command:
    """Asks a computer to install a printer; a computer that is away does it when it comes back."""
    return _told(await ask.services.queues.install(ask.tenant, ask.actor, PrinterId(printer), AgentId(given.agent)))


@router.post("/printers/{printer}/uninstall", operation_id="uninstall-printer", status_code=202)
async def uninstall(ask: InTenant, printer: PrinterIn, given: At) -> Command:
    """Asks a computer to take a printer away."""
    return _told(await ask.services.queues.uninstall(ask.tenant, ask.actor, PrinterId(printer), AgentId(given.agent)))


@router.delete("/commands/{command}", operation_id="withdraw-command", status_code=204)
async def withdraw(ask: InTenant, command: Annotated[UUID, Path(description="The command's id.")]) -> None:
    """What was asked for is not wanted any more; one that is done is answered with 409."""
    await ask.services.queues.withdraw(ask.tenant, ask.actor, CommandId(command))


@router.post("/jobs/{job}/cancel", operation_id="cancel-job", status_code=202)
async def cancel(ask: InTenant, job: _JobIn) -> Command | None:
    """Asks the job's computer to cancel it; null for one that no computer has, and that is over with this."""
    asked = await ask.services.cancels.ask(ask.tenant, ask.person, JobId(job))
    return None if asked is None else _told(asked)


@router.get("/jobs/{job}/cancel", operation_id="get-job-cancel")
async def cancelled(ask: InTenant, job: _JobIn) -> Command:
    """The last wish to cancel a job, and what became of it."""
    last = await ask.services.cancels.last(ask.tenant, ask.person, JobId(job))
    if last is None:
        raise NotFound("nobody asked for this job to be cancelled")
    return _told(last)


class Found(Told):
    """What a device says of itself."""

    make_and_model: str
    formats: list[str]
    color: bool | None
    duplex: bool | None
    media: list[str]
    fingerprint: str = Field(description="SHA-256 of its certificate, hex; empty where it has none.")


class Check(Told):
    """What an agent found at an address, or that it still looks."""

    agent: str
    name: str
    state: CommandState
    detail: str
    ended_at: Moment | None
    found: Found | None


class Look(Given):
    """An address to be looked at."""

    uri: Annotated[str, Field(min_length=1, max_length=URI_OCTETS, description="The device: ipp, ipps, http, https.")]
    agent: Annotated[str | None, Field(pattern=HEX, description="By this agent; null for whoever is connected.")] = None


class Commands(Told):
    """Commands that were given."""

    items: list[Command]


class Checks(Told):
    """What agents found at an address; those that reached it first."""

    items: list[Check]


@router.post("/device-checks", operation_id="check-device", status_code=202)
async def look(ask: InTenant, given: Look) -> Commands:
    """Asks agents to look at an address: does a device answer there, and what is it?"""
    agent = AgentId(given.agent) if given.agent is not None else None
    asked = await ask.services.checks.ask(ask.tenant, ask.actor, given.uri, agent)
    return Commands(items=[_told(command) for command in asked])


@router.get("/device-checks", operation_id="list-device-checks")
async def looks(ask: InTenant, uri: Annotated[str, Query(min_length=1, max_length=URI_OCTETS)]) -> Checks:
    """What agents found at an address lately."""
    found = await ask.services.checks.of(ask.tenant, ask.actor, uri)
    return Checks(
        items=[
            Check(
                agent=check.agent.id,
                name=check.agent.name,
                state=check.standing,
                detail=check.command.detail,
                ended_at=check.command.ended_at,
                found=Found.model_validate(check.command.found) if check.command.found else None,
            )
            for check in found
        ]
    )


def _told(command: Asked) -> Command:
    return Command.model_validate(command)


def _place(place: Stands) -> Place:
    last = _told(place.last) if place.last is not None else None
    return Place(
        agent=place.agent.id,
        name=place.agent.name,
        connected=place.connected,
        standing=place.standing,
        last=last,
        refusal=place.refusal,
    )
