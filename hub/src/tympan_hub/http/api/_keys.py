"""The key book, and confirming a key that changed."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.key_book import KeyEvent
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import cursor, number_of
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, HASH, After, AgentIn, Given, Limit, Moment, Page, Told
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.key_book import KeyEntryShown

router = APIRouter(tags=["agents"], route_class=ApiRoute)


class KeyEntry(Told):
    """An entry of the key book, bound to the one before by its digest."""

    number: int
    at: Moment
    event: KeyEvent
    agent: str
    name: str
    fingerprint: str = Field(description="SHA-256 of the agent's key for envelopes; empty while it has none.")
    proved: bool = Field(description="Whether the agent signed that key with its own.")
    by: str
    before: str
    digest: str


class KeyCompared(Given):
    """The key that was compared with what the computer itself shows."""

    compared: Annotated[str, Field(pattern=HASH, max_length=64, description="Its fingerprint.")]


@router.get("/keys", operation_id="list-keys")
async def entries(ask: InTenant, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[KeyEntry]:
    """Entries of the key book, newest first."""
    found = await ask.services.key_book.older(ask.tenant, ask.actor, number_of(after), limit)
    more = len(found) == limit and found[-1].entry.number > 1
    return Page(items=[_told(shown) for shown in found], next=cursor(str(found[-1].entry.number)) if more else None)


@router.get("/keys/waiting", operation_id="list-waiting-keys")
async def waiting(ask: InTenant) -> Page[KeyEntry]:
    """Keys that wait for an administrator: those that changed, and those nobody proved; the first 100."""
    found = await ask.services.key_book.waiting(ask.tenant, ask.actor)
    return Page(items=[_told(shown) for shown in found], next=None)


@router.post("/agents/{agent}/confirm-key", operation_id="confirm-agent-key", status_code=204)
async def confirm(ask: InTenant, agent: AgentIn, given: KeyCompared) -> None:
    """Confirms an agent's newest key: others give it the keys of documents from now on."""
    await ask.services.key_book.confirm(ask.tenant, ask.actor, AgentId(agent), given.compared)


def _told(shown: KeyEntryShown) -> KeyEntry:
    entry = shown.entry
    return KeyEntry(
        number=entry.number,
        at=entry.at,
        event=entry.event,
        agent=entry.agent,
        name=entry.name,
        fingerprint=shown.fingerprint,
        proved=bool(entry.proof),
        by=entry.by,
        before=entry.before,
        digest=shown.digest,
    )
