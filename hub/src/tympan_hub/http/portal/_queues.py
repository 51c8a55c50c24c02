"""Installing a printer on a computer, taking it away, and thinking better of it."""

import uuid
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from tympan_hub.domain.commands import CommandState, QueueStanding, Refusal
from tympan_hub.domain.errors import Conflict, Full, NotFound, NotMeant
from tympan_hub.domain.ids import AgentId, CommandId, PrinterId
from tympan_hub.http.portal import _forms, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, after
from tympan_hub.http.portal.views import QueueWord, Tone
from tympan_hub.service.queues import Place

router = APIRouter(prefix="/printers")

_INSTALL, _AGAIN, _REMOVE = marked("Install"), marked("Try again"), marked("Uninstall")
_WITHDRAW = marked("Cancel")
_Q = QueueStanding

WORDS: Final = {
    _Q.ABSENT: QueueWord(word=marked("Not installed"), icon="plus", tone=Tone.STILL, deed="install", label=_INSTALL),
    _Q.INSTALLED: QueueWord(
        word=marked("Installed"),
        icon="check",
        tone=Tone.GOOD,
        note=marked("It stands in the print dialogue of every program."),
        deed="uninstall",
        label=_REMOVE,
    ),
    _Q.INSTALLING: QueueWord(
        word=marked("Installing"),
        icon="clock",
        tone=Tone.BUSY,
        note=marked("The computer makes it ready. This takes a few seconds."),
        deed="withdraw",
        label=_WITHDRAW,
        live=True,
    ),
    _Q.REMOVING: QueueWord(
        word=marked("Uninstalling"),
        icon="clock",
        tone=Tone.BUSY,
        note=marked("The computer takes it away. This takes a few seconds."),
        deed="withdraw",
        label=_WITHDRAW,
        live=True,
    ),
    _Q.TO_INSTALL: QueueWord(
        word=marked("Waits"),
        icon="clock",
        tone=Tone.HOLD,
        note=marked("The computer is away. It will be installed when it comes back."),
        deed="withdraw",
        label=_WITHDRAW,
        live=True,
    ),
    _Q.TO_REMOVE: QueueWord(
        word=marked("Waits"),
        icon="clock",
        tone=Tone.HOLD,
        note=marked("The computer is away. It will be uninstalled when it comes back."),
        deed="withdraw",
        label=_WITHDRAW,
        live=True,
    ),
    _Q.NOT_INSTALLED: QueueWord(
        word=marked("Could not be installed"), icon="alert", tone=Tone.BAD, deed="install", label=_AGAIN
    ),
    _Q.NOT_REMOVED: QueueWord(
        word=marked("Could not be uninstalled"), icon="alert", tone=Tone.BAD, deed="uninstall", label=_AGAIN
    ),
    _Q.GIVEN_UP: QueueWord(
        word=marked("Given up"),
        icon="stop",
        tone=Tone.STILL,
        note=marked("The computer did not come back within a week."),
        deed="install",
        label=_AGAIN,
    ),
}
"""How each standing is shown, and what may be done about it."""

_REFUSALS: Final = {
    Refusal.REVOKED: marked("Its agent was revoked. Ask an administrator to let the computer in again."),
    Refusal.UNABLE: marked("Its agent makes no queues: it is too old for that, or policy switches that off."),
    Refusal.NOT_SIGNED_IN: marked("Nobody is signed in there. Run tympan login on that computer first."),
    Refusal.NOT_MEANT: marked("Nobody who is signed in there may use this printer."),
}
"""Why a computer would not install a printer, and what to do."""

_FAILED = (_Q.NOT_INSTALLED, _Q.NOT_REMOVED)
_FIRST = (*_FAILED, _Q.INSTALLING, _Q.REMOVING, _Q.TO_INSTALL, _Q.TO_REMOVE, _Q.INSTALLED)


@router.post("/{printer}/install")
async def install(visit: Member, printer: str) -> Response:
    """Asks a computer to install it."""
    fields = await visit.fields()
    agent = AgentId(fields.get("agent", ""))
    try:
        await visit.services.queues.install(visit.home, visit.actor, PrinterId(printer), agent)
    except NotMeant:
        return after(f"/printers/{printer}", "nobody-there")
    except Full:
        return after(f"/printers/{printer}", "busy")
    return _back(fields, printer)


@router.post("/{printer}/uninstall")
async def uninstall(visit: Member, printer: str) -> Response:
    """Asks a computer to take it away."""
    fields = await visit.fields()
    agent = AgentId(fields.get("agent", ""))
    try:
        await visit.services.queues.uninstall(visit.home, visit.actor, PrinterId(printer), agent)
    except Full:
        return after(f"/printers/{printer}", "busy")
    return _back(fields, printer)


@router.post("/{printer}/withdraw")
async def withdraw(visit: Member, printer: str) -> Response:
    """What was asked for is not wanted any more."""
    fields = await visit.fields()
    try:
        await visit.services.queues.withdraw(visit.home, visit.actor, _command(fields.get("command", "")))
    except Conflict:
        return after(f"/printers/{printer}", "too-late")
    return _back(fields, printer)


def places(found: tuple[Place, ...], total: int, query: str = "") -> views.Places:
    """Computers of whoever looks, of so many; those where something is going on come first."""
    ordered = sorted(found, key=lambda place: _FIRST.index(place.standing) if place.standing in _FIRST else len(_FIRST))
    return views.Places(
        rows=tuple(map(place_row, ordered)), total=total, query=query, searchable=bool(query) or total > len(found)
    )


def place_row(place: Place) -> views.PlaceRow:
    """A computer, and how a printer stands there."""
    last = place.last
    open_ = last is not None and last.state in (CommandState.WAITING, CommandState.LEASED)
    return views.PlaceRow(
        agent=place.agent.id,
        name=place.agent.name,
        state=WORDS[place.standing],
        refusal=_REFUSALS[place.refusal] if place.refusal is not None else "",
        told=last.detail if last is not None and place.standing in _FAILED else "",
        command=str(last.id) if last is not None and open_ else "",
    )


def _command(text: str) -> CommandId:
    try:
        return CommandId(uuid.UUID(text))
    except ValueError as error:
        raise NotFound("there is no such command") from error


def _back(fields: dict[str, str], printer: str) -> Response:
    """To where the button stood: what became of it stands there."""
    return RedirectResponse(_forms.own_path(fields.get("back", f"/printers/{printer}")), 303)
