"""The key book: every entry, and confirming a key that changed."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import Changed, SoAlready
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.key_book import KeyEvent
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, after
from tympan_hub.http.portal.views import Health, Tone
from tympan_hub.service.key_book import KeyEntryShown

router = APIRouter(prefix="/agents")

_SECTION: Final = "agents"
_DIGITS: Final = 9
"""Of a number in an address: no book is longer, and every database holds it."""
_GROUP: Final = 4
"""Digits of a fingerprint that are read out in one breath."""
_WHAT: Final = {
    KeyEvent.JOINED: Health(word=marked("Joined"), icon="plus", tone=Tone.GOOD),
    KeyEvent.PROVED: Health(word=marked("Proved its key"), icon="check", tone=Tone.GOOD),
    KeyEvent.CHANGED: Health(word=marked("Has another key"), icon="alert", tone=Tone.WARN),
    KeyEvent.CONFIRMED: Health(word=marked("Confirmed"), icon="check", tone=Tone.GOOD),
    KeyEvent.REVOKED: Health(word=marked("Revoked"), icon="stop", tone=Tone.STILL),
}
_CHANGED: Final = marked("It has another key than before. No other computer gives it documents until you confirm it.")
_UNPROVED: Final = marked("Its agent is of an earlier release and did not sign its key. Update it, or confirm the key.")


@router.get("/keys")
async def page(visit: Member, before: str = "") -> Response:
    """The page."""
    book = visit.services.key_book
    place = int(before) if before.isascii() and before.isdecimal() and len(before) <= _DIGITS else None
    found = await book.older(visit.home, visit.actor, place, PAGE + 1)
    newest = found[:1] if place is None else await book.older(visit.home, visit.actor, None, 1)
    view = views.Keys(
        waiting=tuple(map(_waiting, await book.waiting(visit.home, visit.actor))),
        rows=tuple(map(_row, found[:PAGE])),
        head=_row(newest[0]) if newest else None,
        older=f"/agents/keys?before={found[PAGE - 1].entry.number}" if len(found) > PAGE else "",
        first=place is None,
    )
    return visit.page("keys", _SECTION, view)


@router.post("/{agent}/confirm-key")
async def confirm(visit: Member, agent: str) -> Response:
    """Confirms the key that was shown."""
    seen = (await visit.fields()).get("seen", "")
    try:
        await visit.services.key_book.confirm(visit.home, visit.actor, AgentId(agent), seen)
    except SoAlready:
        return after("/agents/keys", "already-so")
    except Changed:
        return after("/agents/keys", "key-changed")
    return after("/agents/keys", "key-confirmed")


def _waiting(shown: KeyEntryShown) -> views.WaitingKey:
    changed = shown.entry.event is KeyEvent.CHANGED
    return views.WaitingKey(row=_row(shown), why=_CHANGED if changed else _UNPROVED)


def _row(shown: KeyEntryShown) -> views.KeyRow:
    entry = shown.entry
    return views.KeyRow(
        number=entry.number,
        at=entry.at,
        agent=entry.agent,
        name=entry.name,
        what=_WHAT[entry.event],
        fingerprint=_grouped(shown.fingerprint),
        proved=bool(entry.proof),
        by=entry.by,
        digest=_grouped(shown.digest),
    )


def _grouped(digits: str) -> str:
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))
