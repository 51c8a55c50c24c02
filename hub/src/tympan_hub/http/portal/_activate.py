"""Activating: a person types the code a computer shows, looks at what asks, and lets it in or not."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.device_codes import DeviceCode, Purpose, spelled
from tympan_hub.domain.errors import Conflict, Decided, Full, NotAllowed, NotFound, TooMany
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.text import fit
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit
from tympan_hub.service.agents import AgentsFound
from tympan_hub.service.device_codes import Asked

router = APIRouter(prefix="/activate")

_SECTION = "activate"
_UNKNOWN = marked("No computer waits with this code. Look at it again; after ten minutes the computer shows a new one.")
_TOO_MANY = marked("Too many codes that are none. Wait a quarter of an hour.")
_NOT_YOURS = marked("Only administrators join computers to this hub. Show this code to one of them.")
_DECIDED = marked("That is decided already. Look at the computer.")
_FULL = marked("There are as many computers as there may be. Revoke those that are gone first.")
_NO_PLACE = marked("The computer whose place it was to take is revoked. Let it in as a new one.")
_FAULTS: Final = {
    TooMany: (_TOO_MANY, 429),
    NotAllowed: (_NOT_YOURS, 403),
    Decided: (_DECIDED, 409),
    Full: (_FULL, 409),
    Conflict: (_NO_PLACE, 409),
}


@router.get("")
async def ask(visit: Member, code: str = "", q: str = "") -> Response:
    """The form for a code, or what asks with the one in the address, as the computer's QR code has it."""
    if not code.strip():
        return visit.page("activate", _SECTION, views.Activate())
    return await _show(visit, code, q)


@router.post("")
async def decide(visit: Member) -> Response:
    """Approves or denies; a code alone is only looked at."""
    fields = await visit.fields()
    code, decision = fields.get("code", ""), fields.get("decision", "")
    if decision not in ("approve", "deny"):
        return await _show(visit, code)
    try:
        decided = await _decided(visit, code, fields, approve=decision == "approve")
    except (Conflict, NotFound, TooMany, NotAllowed) as error:
        return _refused(visit, code, *_fault(error))
    view = views.Activated(
        name=decided.name,
        approved=decision == "approve",
        enrols=decided.purpose is Purpose.ENROL,
        signed_in=decided.user if decided.signs_in else "",
    )
    return visit.page("activated", _SECTION, view)


async def _decided(visit: Visit, code: str, fields: dict[str, str], *, approve: bool) -> DeviceCode:
    service, source = visit.services.device_codes, visit.source
    if not approve:
        return await service.deny(visit.home, visit.person, code, source=source)
    return await service.approve(
        visit.home,
        visit.person,
        code,
        source=source,
        replaces=AgentId(fields["place"]) if fields.get("place") else None,
        signs_in=bool(fields.get("sign-in")),
    )


async def _show(visit: Visit, code: str, query: str = "") -> Response:
    try:
        asked = await visit.services.device_codes.asked(visit.home, visit.person, code, source=visit.source)
    except (NotFound, TooMany, NotAllowed) as error:
        return _refused(visit, code, *_fault(error))
    return visit.page("activate", _SECTION, views.Activate(asking=await _asking(visit, asked, query)))


def _fault(error: Exception) -> tuple[str, int]:
    return next((fault for kind, fault in _FAULTS.items() if isinstance(error, kind)), (_UNKNOWN, 422))


def _refused(visit: Visit, code: str, fault: str, status: int) -> Response:
    form = views.Form(values={"code": code[:40]}, faults={"code": fault})
    return visit.page("activate", _SECTION, views.Activate(form=form), status=status)


async def _asking(visit: Visit, asked: Asked, query: str) -> views.Asking:
    code = asked.code
    welcome = await _welcome(visit, "") if asked.may_replace else AgentsFound(agents=(), first=0, total=0)
    fitting = await _welcome(visit, query) if query.strip() and welcome.total else welcome
    return views.Asking(
        code=spelled(code.user_code),
        name=asked.agent or code.name,
        platform=words.PLATFORMS.get(code.platform.value, ""),
        release=code.release,
        user=code.user,
        source=code.source,
        asked_at=code.asked_at,
        expires_at=code.expires_at,
        enrols=code.purpose is Purpose.ENROL,
        signs_in=bool(code.user) and code.user == visit.person.login,
        places=_places(fitting) if welcome.total else (),
        searchable=welcome.total > len(welcome.agents),
        query=query,
        fitting=fitting.total,
    )


async def _welcome(visit: Visit, query: str) -> AgentsFound:
    wanted = AgentFilter(text=fit(query), revoked=False)
    return await visit.services.agents.find(visit.home, visit.actor, wanted)


def _places(found: AgentsFound) -> tuple[views.Choice, ...]:
    agents = (shown.agent for shown in found.agents)
    others = (views.Choice(value=agent.id, label=agent.name, chosen=False, translated=False) for agent in agents)
    return (views.Choice(value="", label=marked("No, it is a new one"), chosen=True), *others)
