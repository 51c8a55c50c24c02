"""Looking at an address before a printer is made of it."""

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.commands import CommandState
from tympan_hub.domain.errors import BadInput, Conflict, Full
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits.commands import CHECKERS_SHOWN
from tympan_hub.domain.people import Act
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import _shown, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit
from tympan_hub.http.portal.views import Health, Tone
from tympan_hub.service.checks import Check

router = APIRouter(prefix="/device-checks")

KEPT: Final = ("name", "uri", "location", "audience", "way", "agent", "computer", "device", "pin")
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
    kept = _kept(fields)
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


@router.post("/computers")
async def find(visit: Member) -> Response:
    """Goes back to the form with those computers to choose from whose names fit; sent, as what was typed stays."""
    fields = await visit.fields()
    visit.actor.require(Act.MANAGE_PRINTERS, visit.home)
    return RedirectResponse(f"/printers/new?{urlencode(_kept(fields))}", 303)


def _kept(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields[name].strip() for name in KEPT if fields.get(name, "").strip()}


async def found(visit: Visit, uri: str) -> tuple[views.CheckRow, ...]:
    """What agents found at an address."""
    return tuple(map(_row, await visit.services.checks.of(visit.home, visit.actor, uri))) if uri else ()


async def checkers(visit: Visit, chosen: str, text: str) -> views.Checkers:
    """Whom to ask: any, the one that was chosen, and those whose names fit."""
    any_ = views.Choice(value="", label=marked("Any connected computer"), chosen=not chosen)
    wanted = AgentFilter(text=fit(text), revoked=False, limit=CHECKERS_SHOWN)
    found = await visit.services.agents.find(visit.home, visit.actor, wanted)
    names = dict(await visit.services.agents.names(visit.home, visit.actor, [AgentId(fit(chosen))])) if chosen else {}
    names |= {shown.agent.id: shown.agent.name for shown in found.agents}
    own = (views.Choice(value=id_, label=name, chosen=id_ == chosen, translated=False) for id_, name in names.items())
    return views.Checkers(
        choices=(any_, *own),
        searchable=bool(wanted.words) or found.total > CHECKERS_SHOWN,
        none=bool(wanted.words) and not found.total,
        more=found.total > CHECKERS_SHOWN,
    )


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
