"""Agents: the list, one with who is signed in at it, and revoking one."""

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.agents import Agent, AgentFilter
from tympan_hub.domain.errors import BadInput, SoAlready
from tympan_hub.domain.ids import AgentId, SignInId
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.people import Act
from tympan_hub.domain.sign_ins import Present
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import _devices, _forms, _shares, _shown, _updates, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._paging import stand
from tympan_hub.http.portal._visit import Member, Visit, after

router = APIRouter(prefix="/agents")

_SECTION = "agents"
_STATES = {"in-use": False, "revoked": True}
_STATE_WORDS = {"": marked("All"), "in-use": marked("In use"), "revoked": marked("Revoked")}


@router.get("")
async def every(visit: Member, q: str = "", state: str = "", page: int = 1) -> Response:
    """The list; those that are revoked come last."""
    wanted = AgentFilter(text=fit(q), revoked=_STATES.get(state), first=(page - 1) * PAGE)
    found = await visit.services.agents.find(visit.home, visit.actor, wanted)
    view = views.Agents(
        rows=tuple(map(_shown.agent_row, found.agents)),
        page=stand(found.first, found.total, "/agents", {"q": q, "state": state}),
        states=tuple(
            views.Choice(value=name, label=label, chosen=name == state) for name, label in _STATE_WORDS.items()
        ),
        query=q,
        filtered=bool(q.strip() or wanted.revoked is not None),
    )
    return visit.page("agents", _SECTION, view)


@router.get("/{agent}")
async def one(visit: Member, agent: str) -> Response:
    """One agent."""
    return await _page(visit, agent, None, 200)


@router.post("/{agent}/rename")
async def rename(visit: Member, agent: str) -> Response:
    """Gives it another name."""
    name = (await visit.fields()).get("name", "").strip()
    try:
        await visit.services.agents.rename(visit.home, visit.actor, AgentId(agent), name)
    except BadInput:
        fault = _forms.NAME_FAULT
        return await _page(visit, agent, views.Form(values={"name": name}, faults={"name": fault}), 422)
    return after(f"/agents/{agent}", "agent-renamed")


@router.post("/{agent}/sign-out")
async def sign_out(visit: Member, agent: str) -> Response:
    """Signs somebody out at it."""
    fields = await visit.fields()
    visit.actor.require(Act.MANAGE_AGENTS, visit.home)
    await visit.services.sign_ins.end(visit.home, visit.person, SignInId(fields.get("sign_in", "")))
    return after(f"/agents/{agent}", "signed-out-there")


async def _page(visit: Visit, agent: str, form: views.Form | None, status: int) -> Response:
    shown = await visit.services.agents.get(visit.home, visit.actor, AgentId(agent))
    lineage = await visit.services.agents.lineage(visit.home, visit.actor, AgentId(agent))
    people = await visit.services.sign_ins.at_agent(visit.home, visit.actor, AgentId(agent))
    known = shown.agent
    sweeps, dropped = await _devices.of_agent(visit, known.id)
    view = views.Agent(
        sweeps=sweeps,
        dropped=dropped,
        shares=await _shares.of_agent(visit, known.id),
        updates=await _updates.of_agent(visit, known.id),
        row=_shown.agent_row(shown),
        enrolled_at=known.enrolled_at,
        people=tuple(map(_person_here, people)),
        replaces=_link(lineage.replaces),
        replaced_by=_link(lineage.replaced_by),
        form=form or views.Form(values={"name": known.name}),
    )
    return visit.page("agent", _SECTION, view, status=status)


def _link(agent: Agent | None) -> views.AgentLink | None:
    return views.AgentLink(id=agent.id, name=agent.name) if agent else None


def _person_here(present: Present) -> views.PersonHere:
    one = present.sign_in
    return views.PersonHere(id=one.id, name=present.name, user=one.user, since=one.began_at)


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
    except SoAlready:
        return after("/agents", "already-so")
    return after("/agents", "agent-revoked")
