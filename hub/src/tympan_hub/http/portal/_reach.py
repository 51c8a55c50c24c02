"""Which computers reach what: by network, and devices that hang on one computer alone."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.ids import AgentId, is_id
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.reaches import NetworkReach, ReachFilter
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import views
from tympan_hub.http.portal._paging import stand
from tympan_hub.http.portal._visit import Member, Visit
from tympan_hub.service.reaches import Lonely

router = APIRouter(prefix="/devices/reach")

_SECTION: Final = "devices"
_PAGES_MOST: Final = 1_000_000


@router.get("")
async def networks(visit: Member, q: str = "", page: int = 1) -> Response:
    """By network."""
    found = await visit.services.reaches.networks(visit.home, visit.actor, _wanted(q, page))
    view = views.Reach(
        devices=found.sums.devices,
        alone=found.sums.alone,
        agents=found.sums.agents,
        networks=tuple(map(_network, found.networks)),
        query=q,
        page=stand(found.first, found.total, "/devices/reach", {"q": q}),
    )
    return visit.page("reach", _SECTION, view)


@router.get("/alone")
async def alone(visit: Member, q: str = "", agent: str = "", page: int = 1) -> Response:
    """Devices that one computer alone sees."""
    whose = AgentId(agent) if is_id(agent) else None
    found = await visit.services.reaches.alone(visit.home, visit.actor, _wanted(q, page, whose))
    view = views.Reach(
        devices=found.sums.devices,
        alone=found.sums.alone,
        agents=found.sums.agents,
        lonely=tuple(map(_lonely, found.devices)),
        by_device=True,
        query=q,
        agent=await _name(visit, whose),
        agent_id=whose or "",
        page=stand(found.first, found.total, "/devices/reach/alone", {"q": q, "agent": whose or ""}),
    )
    return visit.page("reach", _SECTION, view)


async def _name(visit: Visit, agent: AgentId | None) -> str:
    return "" if agent is None else (await visit.services.agents.get(visit.home, visit.actor, agent)).agent.name


def _wanted(text: str, page: int, agent: AgentId | None = None) -> ReachFilter:
    return ReachFilter(text=fit(text), agent=agent, first=max(min(page, _PAGES_MOST) - 1, 0) * PAGE)


def _network(reach: NetworkReach) -> views.NetworkRow:
    return views.NetworkRow(
        network=reach.network,
        agents=reach.agents,
        devices=reach.devices,
        alone=reach.alone,
        some=tuple(
            views.AgentReach(id=one.agent, name=one.name, devices=one.devices, alone=one.alone) for one in reach.some
        ),
        more=max(reach.agents - len(reach.some), 0),
    )


def _lonely(lonely: Lonely) -> views.LonelyRow:
    device = lonely.device
    model = device.description.make_and_model
    return views.LonelyRow(
        id=device.id,
        name=device.name,
        model=model if model != device.name else "",
        place=device.place,
        agent=lonely.agent,
        agent_name=lonely.agent_name,
    )
