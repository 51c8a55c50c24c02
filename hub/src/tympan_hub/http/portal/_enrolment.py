"""Enrolment tokens: the list, making one for a computer, and taking one back that nobody used."""

import datetime as dt
from typing import Final

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from tympan_hub.domain.agents import EnrolmentFilter, EnrolmentToken, TokenStanding
from tympan_hub.domain.errors import Full, NotFound
from tympan_hub.domain.ids import AgentId, TokenHash
from tympan_hub.domain.limits.agents import COMPUTERS_PER_TOKEN
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.people import Act
from tympan_hub.http.portal import _forms, views
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._paging import stand
from tympan_hub.http.portal._visit import Member, Visit, after
from tympan_hub.service.agents import TokensFound

router = APIRouter(prefix="/agents")

_SECTION: Final = "agents"
_DAYS: Final = {"1": marked("In a day"), "7": marked("In a week"), "30": marked("In 30 days")}
_USUAL: Final = "1"
_COMPUTERS_FAULT: Final = marked("1 to 10,000 computers.")
_FULL: Final = marked("There are as many agents, or as many tokens that nobody used, as there may be.")
_STATES: Final = {
    "": TokenStanding.OPEN,
    "used": TokenStanding.USED,
    "revoked": TokenStanding.REVOKED,
    "expired": TokenStanding.EXPIRED,
    "all": None,
}
_STATE_WORDS: Final = {
    "": marked("Not used yet"),
    "used": marked("Used"),
    "revoked": marked("Withdrawn"),
    "expired": marked("Ended unused"),
    "all": marked("All"),
}


@router.get("/tokens")
async def every(visit: Member, state: str = "", page: int = 1) -> Response:
    """The list; those that wait for their computer, unless others are asked for."""
    state = state if state in _STATES else ""
    wanted = EnrolmentFilter(standing=_STATES[state], first=(page - 1) * PAGE)
    found = await visit.services.agents.find_tokens(visit.home, visit.actor, wanted)
    view = views.EnrolmentTokens(
        rows=tuple(_row(visit, token, found) for token in found.tokens),
        page=stand(found.first, found.total, "/agents/tokens", {"state": state}),
        states=tuple(
            views.Choice(value=name, label=label, chosen=name == state) for name, label in _STATE_WORDS.items()
        ),
        filtered=bool(state),
    )
    return visit.page("enrolment_tokens", _SECTION, view)


@router.get("/new")
async def ask_new(visit: Member) -> Response:
    """The form for a new one."""
    visit.actor.require(Act.MANAGE_AGENTS, visit.home)
    return _form(visit, views.Form())


@router.post("/new")
async def make(visit: Member) -> Response:
    """Makes one and shows it this once: the answer is the page itself, so it stands in no address."""
    fields = await visit.fields()
    name, place = fields.get("name", "").strip(), fields.get("replaces", "")
    if name and not _forms.named(name):
        return _form(visit, views.Form(values=fields, faults={"name": _forms.NAME_FAULT}), 422)
    validity = dt.timedelta(days=int(fields["days"] if fields.get("days") in _DAYS else _USUAL))
    replaces = AgentId(place) if place else None
    count = fields.get("computers", "").strip() or "1"
    if not (count.isascii() and count.isdigit() and len(count) <= 5 and 1 <= int(count) <= COMPUTERS_PER_TOKEN):
        return _form(visit, views.Form(values=fields, faults={"computers": _COMPUTERS_FAULT}), 422)
    try:
        secret = await visit.services.agents.make_token(
            visit.home, visit.actor, name=name, validity=validity, replaces=replaces, computers=int(count)
        )
    except Full:
        return _form(visit, views.Form(values=fields, faults={"": _FULL}), 422)
    made = views.TokenMade(
        # Joined by "=": a token may begin with "-".
        command=f"tympan hub enrol {visit.portal.address_for(visit.request)} --token={secret}",
        expires_at=visit.portal.clock.now() + validity,
        computers=int(count),
    )
    return visit.page("agent_token", _SECTION, views.AgentToken(made=made))


@router.get("/tokens/{token}/revoke")
async def ask_revoke(visit: Member, token: str) -> Response:
    """The question before one is revoked."""
    known = await visit.services.agents.token(visit.home, visit.actor, TokenHash(token))
    view = views.Confirm(
        title=marked("Revoke this token?"),
        subject=known.name or f"{known.made_by} ({known.hash[:12]}…)",
        consequences=(
            marked("No computer can join with it any more, at once and for ever."),
            marked("Computers that joined already stay."),
        ),
        label=marked("Revoke the token"),
        action=f"/agents/tokens/{known.hash}/revoke",
        back="/agents/tokens",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/tokens/{token}/revoke")
async def revoke(visit: Member, token: str) -> Response:
    """Revokes one."""
    await visit.fields()
    known = await visit.services.agents.token(visit.home, visit.actor, TokenHash(token))
    try:
        await visit.services.agents.revoke_token(visit.home, visit.actor, known.hash)
    except NotFound:
        return after("/agents/tokens", "enrolment-over")
    return after("/agents/tokens", "enrolment-revoked")


def _row(visit: Visit, token: EnrolmentToken, found: TokensFound) -> views.EnrolmentTokenRow:
    standing = token.standing(visit.portal.clock.now())
    return views.EnrolmentTokenRow(
        id=token.hash,
        name=token.name,
        made_by=token.made_by,
        made_at=token.made_at,
        expires_at=token.expires_at,
        standing=words.ENROLMENTS[standing],
        open=standing is TokenStanding.OPEN,
        agent=_link(token.agent, found),
        replaces=_link(token.replaces, found),
        computers=token.computers,
        joined=token.joined,
    )


def _link(agent: AgentId | None, found: TokensFound) -> views.AgentLink | None:
    name = None if agent is None else found.agents.get(agent)
    return views.AgentLink(id=agent, name=name) if agent is not None and name is not None else None


def _form(visit: Visit, form: views.Form, status: int = 200) -> HTMLResponse:
    days = form.value("days") or _USUAL
    ends = (views.Choice(value=value, label=label, chosen=value == days) for value, label in _DAYS.items())
    return visit.page("agent_token", _SECTION, views.AgentToken(ends=tuple(ends), form=form), status=status)
