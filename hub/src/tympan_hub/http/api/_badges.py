"""Badges of people."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from tympan_hub.domain.badges import Badge as Known
from tympan_hub.domain.ids import PersonId, TokenHash
from tympan_hub.domain.limits.proximity import BADGE_CHARS
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._kinds import Given, Moment, Page, PersonIn, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["stations"], route_class=ApiRoute)

_BadgeIn = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The id of a badge.")]


class Badge(Told):
    """A badge of a person; of its number no more than the end is kept."""

    id: str
    shown: str
    made_at: Moment


class BadgeGiven(Given):
    """A badge as a reader writes it."""

    number: Annotated[str, Field(min_length=1, max_length=4 * BADGE_CHARS)]


@router.get("/people/{person}/badges", operation_id="list-badges")
async def every(ask: InTenant, person: PersonIn) -> Page[Badge]:
    """All badges of a person, the oldest first."""
    found = await ask.services.badges.of(ask.tenant, ask.person, PersonId(person))
    return Page(items=[_told(badge) for badge in found], next=None)


@router.post("/people/{person}/badges", operation_id="add-badge", status_code=201)
async def add(ask: InTenant, person: PersonIn, given: BadgeGiven) -> Badge:
    """Gives a person a badge, by which a station knows them."""
    return _told(await ask.services.badges.add(ask.tenant, ask.person, PersonId(person), given.number))


@router.delete("/people/{person}/badges/{badge}", operation_id="remove-badge", status_code=204)
async def remove(ask: InTenant, person: PersonIn, badge: _BadgeIn) -> None:
    """Takes a badge away: no station knows it from now on."""
    await ask.services.badges.remove(ask.tenant, ask.person, PersonId(person), TokenHash(badge))


def _told(badge: Known) -> Badge:
    return Badge(id=badge.digest, shown=badge.shown, made_at=badge.made_at)
