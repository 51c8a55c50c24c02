"""Looking at an address before a printer is made of it."""

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.commands import CommandState
from tympan_hub.domain.errors import BadInput, Conflict, Full
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits import CHECKERS_SHOWN
from tympan_hub.domain.people import Act
from tympan_hub.http.portal import _shown, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit
from tympan_hub.http.portal.views import Health, Tone
from tympan_hub.service.checks import Check

router = APIRouter(prefix="/device-checks")

KEPT: Final = ("name", "uri", "location", "audience", "agent")
"""Fields of the form that come back with what was found."""

_LOOKING = Health(word=marked("Looking"), icon="clock", tone=Tone.BUSY)
_STATES: Final = {
    CommandState.WAITING: _LOOKING,
    CommandState.LEASED: _LOOKING,
    CommandState.DONE: Health(word=marked("Answers"), icon="check", tone=Tone.GOOD),
    CommandState.FAILED: Health(word=marked("No answer"), icon="unplugged", tone=Tone.BAD),
    CommandState.EXPIRED: Health(word=marked("Computer away"), icon="clock", tone=Tone.STILL),
    CommandState.WITHDRAWN: Health(word=marked("Computer away"), icon="clock", tone=Tone.STILL),
}


@router.post("")
async def look(visit: Member) -> Response:
    """Asks for a look, and goes back to the form, where what was found appears."""
    fields = await visit.fields()
    kept = {name: fields[name].strip() for name in KEPT if fields.get(name, "").strip()}
    agent = kept.get("agent", "")
    try:
        await visit.services.checks.ask(visit.home, visit.actor, kept.get("uri", ""), AgentId(agent) if agent else None)
    except BadInput:
        kept["wrong"] = "uri"
    except Full:
        kept["wrong"] = "busy"
    except Conflict:
        kept["wrong"] = "agent"
    return RedirectResponse(f"/printers/new?{urlencode(kept)}", 303)


async def found(visit: Visit, uri: str) -> tuple[views.CheckRow, ...]:
    """What agents found at an address."""
    return tuple(map(_row, await visit.services.checks.of(visit.home, visit.actor, uri))) if uri else ()


async def choices(visit: Visit, chosen: str) -> tuple[views.Choice, ...]:
    """Whom to ask."""
    any_ = views.Choice(value="", label=marked("Any connected computer"), chosen=not chosen)
    if not visit.may(Act.SEE_AGENTS):
        return (any_,)
    wanted = AgentFilter(revoked=False, limit=CHECKERS_SHOWN)
    found = await visit.services.agents.find(visit.home, visit.actor, wanted)
    agents = (shown.agent for shown in found.agents)
    own = (
        views.Choice(value=agent.id, label=agent.name, chosen=agent.id == chosen, translated=False) for agent in agents
    )
    return (any_, *own)


def _row(check: Check) -> views.CheckRow:
    told = check.command.found
    return views.CheckRow(
        agent=check.agent.name,
        state=_STATES[check.standing],
        told=check.command.detail if check.standing is CommandState.FAILED else "",
        live=check.standing in (CommandState.WAITING, CommandState.LEASED),
        at=check.command.ended_at,
        device=views.Device(
            model=told.make_and_model,
            color=told.color,
            duplex=told.duplex,
            media=_shown.media(told.media),
            formats=_shown.formats(told.formats),
        )
        if told is not None
        else None,
    )
