"""The computers of a group: they obey its policy whoever is signed in at them."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.agents import Agent, AgentFilter
from tympan_hub.domain.errors import Full, SoAlready
from tympan_hub.domain.ids import AgentId, GroupId
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import views
from tympan_hub.http.portal._visit import Member, after

router = APIRouter(prefix="/groups")

_SECTION = "people"
_MOST: Final = 50
"""Computers found at once; whoever looks for one types more of its name."""


@router.get("/{group}/computers")
async def computers(visit: Member, group: str, q: str = "") -> Response:
    """Those in the group, and with a search those that can be put in."""
    groups = visit.services.groups
    known = await groups.get(visit.home, visit.actor, GroupId(group))
    inside = await groups.agents(visit.home, visit.actor, known.id)
    found = await _outside(visit, q, known.id) if q.strip() else ()
    view = views.GroupComputers(
        id=known.id,
        name=known.name,
        inside=tuple(map(_row, inside)),
        found=tuple(map(_row, found[:_MOST])),
        more=len(found) > _MOST,
        query=q,
    )
    return visit.page("group_computers", _SECTION, view)


@router.post("/{group}/computers")
async def join(visit: Member, group: str) -> Response:
    """Puts one in."""
    fields = await visit.fields()
    back = f"/groups/{group}/computers"
    try:
        agent = AgentId(fields.get("agent", ""))
        await visit.services.groups.join_agent(visit.home, visit.actor, GroupId(group), agent)
    except SoAlready:
        return after(back, "already-so", q=fields.get("q", ""))
    except Full:
        return after(back, "full", q=fields.get("q", ""))
    return after(back, "computer-joined", q=fields.get("q", ""))


@router.post("/{group}/computers/leave")
async def leave(visit: Member, group: str) -> Response:
    """Takes one out."""
    fields = await visit.fields()
    back = f"/groups/{group}/computers"
    try:
        agent = AgentId(fields.get("agent", ""))
        await visit.services.groups.leave_agent(visit.home, visit.actor, GroupId(group), agent)
    except SoAlready:
        return after(back, "already-so")
    return after(back, "computer-left")


async def _outside(visit: Member, query: str, group: GroupId) -> tuple[Agent, ...]:
    wanted = AgentFilter(text=fit(query), revoked=False, outside=group, limit=_MOST + 1)
    found = await visit.services.agents.find(visit.home, visit.actor, wanted)
    return tuple(shown.agent for shown in found.agents)


def _row(agent: Agent) -> views.ComputerRow:
    return views.ComputerRow(id=agent.id, name=agent.name, revoked=agent.revoked_at is not None)
