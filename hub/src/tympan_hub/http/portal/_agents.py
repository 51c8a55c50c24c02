"""Agents: the list, a token for a new one, and revoking one."""

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits import ENROLMENT_TOKEN
from tympan_hub.domain.people import Act
from tympan_hub.http.portal import _shown, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, after

router = APIRouter(prefix="/agents")

_SECTION = "agents"


@router.get("")
async def every(visit: Member) -> Response:
    """The list; those that are revoked come last."""
    rows = map(_shown.agent_row, await visit.services.agents.list(visit.home, visit.actor))
    return visit.page("agents", _SECTION, views.Agents(rows=tuple(sorted(rows, key=lambda row: row.revoked))))


@router.get("/new")
async def ask_token(visit: Member) -> Response:
    """The page that makes a token."""
    visit.actor.require(Act.MANAGE_AGENTS, visit.home)
    return visit.page("agent_token", _SECTION, views.AgentToken())


@router.post("/new")
async def make_token(visit: Member) -> Response:
    """Makes a token and shows it this once: the answer is the page itself, so it stands in no address."""
    await visit.fields()
    secret = await visit.services.agents.make_token(visit.home, visit.actor)
    made = views.TokenMade(
        # Joined by "=": a token may begin with "-".
        command=f"tympan hub enrol {visit.portal.address_for(visit.request)} --token={secret}",
        expires_at=visit.portal.clock.now() + ENROLMENT_TOKEN,
    )
    return visit.page("agent_token", _SECTION, views.AgentToken(made=made))


@router.get("/{agent}/revoke")
async def ask_revoke(visit: Member, agent: str) -> Response:
    """The question before one is revoked."""
    visit.actor.require(Act.MANAGE_AGENTS, visit.home)
    known = (await visit.services.agents.get(visit.home, visit.actor, AgentId(agent))).agent
    view = views.Confirm(
        title=marked("Revoke this agent?"),
        subject=known.name,
        consequences=(
            marked("The hub answers nothing it asks any more, at once and for ever."),
            marked("Its jobs stay in the list."),
            marked("To come back, the computer needs a new token."),
        ),
        label=marked("Revoke the agent"),
        action=f"/agents/{known.id}/revoke",
        back="/agents",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{agent}/revoke")
async def revoke(visit: Member, agent: str) -> Response:
    """Revokes one."""
    await visit.fields()
    try:
        await visit.services.agents.revoke(visit.home, visit.actor, AgentId(agent))
    except Conflict:
        return after("/agents", "already-so")
    return after("/agents", "agent-revoked")
