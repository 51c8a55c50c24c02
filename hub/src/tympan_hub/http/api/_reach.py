"""Which agents reach which devices."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.reaches import ReachFilter
from tympan_hub.domain.text import fit
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import cursor, number_of
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, HEX, After, Limit, Page, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["devices"], route_class=ApiRoute)

Text = Annotated[str, Query(max_length=NAME_OCTETS, description="Words that must stand in it.")]
AloneOf = Annotated[str | None, Query(pattern=HEX, description="An agent's id: devices that it alone has in view.")]


class AgentReach(Told):
    """An agent, how many devices it has in view, and how many of them nobody else has."""

    agent: str
    name: str
    devices: int
    alone: int


class NetworkReach(Told):
    """A network agents are in, how many devices are in view from there, and how many of them of one agent alone."""

    network: str
    agents: int
    devices: int
    alone: int
    some: list[AgentReach] = Field(description="The agents on which the most depends.")


class Lonely(Told):
    """A device that one agent alone has in view."""

    device: str
    name: str
    place: str
    agent: str
    agent_name: str


@router.get("/reach/networks", operation_id="list-reach-by-network")
async def networks(
    ask: InTenant, limit: Limit = DEFAULT_LIMIT, after: After = None, text: Text = ""
) -> Page[NetworkReach]:
    """Networks agents are in, and what is in view from there."""
    wanted = ReachFilter(text=fit(text), first=number_of(after) or 0, limit=limit)
    found = await ask.services.reaches.networks(ask.tenant, ask.actor, wanted)
    items = [NetworkReach.model_validate(one) for one in found.networks]
    return Page(items=items, next=_next(found.first + limit, found.total))


@router.get("/reach/alone", operation_id="list-devices-of-one-agent-alone")
async def alone(
    ask: InTenant, limit: Limit = DEFAULT_LIMIT, after: After = None, text: Text = "", seer: AloneOf = None
) -> Page[Lonely]:
    """Devices that one agent alone has in view: out of reach when it is away."""
    whose = AgentId(seer) if seer else None
    wanted = ReachFilter(text=fit(text), agent=whose, first=number_of(after) or 0, limit=limit)
    found = await ask.services.reaches.alone(ask.tenant, ask.actor, wanted)
    items = [
        Lonely(
            device=one.device.id,
            name=one.device.name,
            place=one.device.place,
            agent=one.agent,
            agent_name=one.agent_name,
        )
        for one in found.devices
    ]
    return Page(items=items, next=_next(found.first + limit, found.total))


def _next(place: int, total: int) -> str | None:
    return cursor(str(place)) if place < total else None
