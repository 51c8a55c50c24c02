"""The audit log."""

from fastapi import APIRouter
from pydantic import Field

from tympan_hub.http.api._ask import InScope
from tympan_hub.http.api._cursor import cursor, number_of
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, After, Limit, Moment, Page, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["audit"], route_class=ApiRoute)


class Entry(Told):
    """One act, bound to the one before by its hash."""

    number: int
    at: Moment
    by: str
    act: str
    subject: str
    detail: str
    previous: str
    hash: str


class Proof(Told):
    """Whether the log is as it was written."""

    first_broken: int | None = Field(description="The first entry that was tampered with; null where none was.")
    through: int = Field(description="The last entry that was followed.")
    next: str | None = Field(description="Give it as `after` to follow the others; null at the end.")


@router.get("/audit", operation_id="list-audit")
async def entries(ask: InScope, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Entry]:
    """Acts, newest first."""
    found = await ask.services.audit.page(ask.tenant, ask.actor, before=number_of(after), limit=limit)
    more = len(found) == limit and found[-1].number > 1
    items = [Entry.model_validate(entry) for entry in found]
    return Page(items=items, next=cursor(str(found[-1].number)) if more else None)


@router.get("/audit/proof", operation_id="prove-audit")
async def proof(ask: InScope, after: After = None) -> Proof:
    """Follows the chain, up to 5,000 entries at once."""
    found = await ask.services.audit.prove(ask.tenant, ask.actor, after=number_of(after) or 0)
    following = cursor(str(found.through)) if found.more and found.broken is None else None
    return Proof(first_broken=found.broken, through=found.through, next=following)
