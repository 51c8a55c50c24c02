"""Invitations."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tympan_hub.domain.ids import GroupId, InvitationId
from tympan_hub.domain.invitations import Ending
from tympan_hub.domain.limits.people import GROUPS_PER_PERSON
from tympan_hub.domain.people import Role
from tympan_hub.http.api._ask import InScope
from tympan_hub.http.api._cursor import cut
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, WORD, After, Given, InvitationIn, Limit, Moment, Page, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["invitations"], route_class=ApiRoute)

_Group = Annotated[str, Field(pattern=WORD)]


class Invitation(Told):
    """An invitation."""

    id: str
    email: str
    role: Role
    groups: list[str]
    made_by: str
    made_at: Moment
    expires_at: Moment
    ended_at: Moment | None
    ended: Ending | None


class InvitationMade(Invitation):
    """An invitation just made."""

    secret: str = Field(description="Stands in the link, `/invitation/SECRET`; told this once.")


class InvitationGiven(Given):
    """Whom to invite."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    role: Role
    groups: Annotated[
        tuple[_Group, ...], Field(max_length=GROUPS_PER_PERSON, description="They will be in these.")
    ] = ()


@router.get("/invitations", operation_id="list-invitations")
async def every(ask: InScope, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Invitation]:
    """Invitations, the oldest first; ended ones too."""
    found = tuple(reversed(await ask.services.invitations.list(ask.tenant, ask.actor)))
    page, following = cut(found, lambda made: (made.made_at.isoformat(), made.id), after, limit)
    return Page(items=[Invitation.model_validate(made) for made in page], next=following)


@router.post("/invitations", operation_id="make-invitation", status_code=201)
async def make(ask: InScope, given: InvitationGiven) -> InvitationMade:
    """Invites somebody. The hub mails nothing here: hand the link over, or mail it yourself."""
    secret, made = await ask.services.invitations.make(
        ask.tenant, ask.actor, email=given.email, role=given.role, groups=[GroupId(group) for group in given.groups]
    )
    return InvitationMade(**Invitation.model_validate(made).model_dump(), secret=secret)


@router.post("/invitations/{invitation}/revoke", operation_id="revoke-invitation", status_code=204)
async def revoke(ask: InScope, invitation: InvitationIn) -> None:
    """Ends one that is open."""
    await ask.services.invitations.revoke(ask.tenant, ask.actor, InvitationId(invitation))
