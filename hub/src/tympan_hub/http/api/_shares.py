"""Shared queues: what computers share, which printers that is, its defaults, and what the tenant says of sharing."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from tympan_hub.domain.ids import AgentId, ShareId
from tympan_hub.domain.limits.shares import PATTERN_OCTETS, SHARE_PATTERNS
from tympan_hub.domain.shares import Effective, Origin, QueueState, SharedFor, SharingRules
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._etag import TAGGED, IfMatch, check_same, tagged
from tympan_hub.http.api._kinds import AgentIn, Given, Moment, Told
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.sharing import ShareShown

router = APIRouter(tags=["shares"], route_class=ApiRoute)

ShareIn = Annotated[str, Path(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="A share's id.")]
Pattern = Annotated[str, Field(min_length=1, max_length=PATTERN_OCTETS)]


Patterns = Annotated[list[Pattern], Field(max_length=SHARE_PATTERNS)]


class Option(Told):
    """What a job may ask of a share, and why it is what it is when nobody asks."""

    name: str = Field(description="An IPP job-template attribute; `x-NAME` for what only the driver knows.")
    values: list[str] = Field(description="What it may be; a range of whole numbers is one value such as `1-99`.")
    value: str = Field(description="What it is when nobody asks.")
    origin: Origin = Field(description="Who chose that.")
    set_by: str | None = Field(description="Who of the tenant set it; null where nobody did.")
    set_at: Moment | None
    told: str = Field(description="What the queue itself says.")
    told_origin: Origin


class Share(Told):
    """A queue that a computer shares."""

    id: str
    agent: str
    computer: str = Field(description="What the agent is called.")
    seen_at: Moment = Field(description="When the computer was heard of last.")
    revoked: bool = Field(description="Whether the agent may not come here any more.")
    queue: str = Field(description="Its name on that computer.")
    name: str
    location: str
    make_and_model: str
    formats: list[str]
    state: QueueState
    reasons: list[str]
    accepting: bool
    printer: str | None = Field(description="The printer it is; null while it is none.")
    added_at: Moment
    stopped_at: Moment | None = Field(description="When somebody stopped it; null while nobody has.")
    stopped_by: str
    gone_at: Moment | None = Field(description="When its computer said that the queue is gone; null while it is there.")
    options: list[Option]


class ShareDefault(Given):
    """A default of the tenant's."""

    option: Annotated[str, Field(min_length=1, max_length=255, description="The option's name.")]
    choice: Annotated[str, Field(max_length=1023, description="One of its values; empty for what the queue says.")]


class Rules(Told):
    """What the tenant says of sharing."""

    audience: SharedFor = Field(description="For whom the printer of a new share is.")
    allow: list[str] = Field(description="Patterns of the queues and devices that may be shared; none for all.")
    deny: list[str] = Field(description="Patterns of those that may not.")


class RulesGiven(Given):
    """What the tenant is to say of sharing."""

    audience: SharedFor = SharedFor.NOBODY
    allow: Patterns = Field(default_factory=list)
    deny: Patterns = Field(default_factory=list)


@router.get("/agents/{agent}/shares", operation_id="list-agent-shares")
async def of_agent(ask: InTenant, agent: AgentIn) -> list[Share]:
    """All queues a computer shares, or shared before they were stopped or went, by name."""
    return list(map(_share, await ask.services.sharing.of_agent(ask.tenant, ask.actor, AgentId(agent))))


@router.get("/shares/{share}", operation_id="get-share")
async def one(ask: InTenant, share: ShareIn) -> Share:
    """A shared queue."""
    return _share(await ask.services.sharing.get(ask.tenant, ask.actor, ShareId(share)))


@router.put("/shares/{share}/default", operation_id="set-share-default")
async def set_default(ask: InTenant, share: ShareIn, given: ShareDefault) -> Share:
    """Sets a default above that of the queue, for everybody; its computer and those that print on it are told."""
    return _share(
        await ask.services.sharing.set_default(ask.tenant, ask.actor, ShareId(share), given.option, given.choice)
    )


@router.post("/shares/{share}/stop", operation_id="stop-share", status_code=204)
async def stop(ask: InTenant, share: ShareIn) -> None:
    """Ends a share: its printer goes, jobs that wait end, and it does not come back until it is allowed."""
    await ask.services.sharing.stop(ask.tenant, ask.actor, ShareId(share))


@router.post("/shares/{share}/allow", operation_id="allow-share", status_code=204)
async def allow(ask: InTenant, share: ShareIn) -> None:
    """Lets it be shared again; its printer comes back with whom it was given to."""
    await ask.services.sharing.allow(ask.tenant, ask.actor, ShareId(share))


@router.get("/sharing", operation_id="get-sharing", responses={200: TAGGED})
async def rules(ask: InTenant, response: Response) -> Rules:
    """What the tenant says of sharing."""
    return _tagged(response, await ask.services.sharing.rules(ask.tenant, ask.actor))


@router.put("/sharing", operation_id="change-sharing", responses={200: TAGGED})
async def change_rules(ask: InTenant, given: RulesGiven, response: Response, if_match: IfMatch = None) -> Rules:
    """Says another thing; whom printers are for that are there already stays."""
    read = await ask.services.sharing.rules(ask.tenant, ask.actor)
    check_same(if_match, _rules(read))
    wanted = SharingRules(audience=given.audience, allow=tuple(given.allow), deny=tuple(given.deny))
    meant = read if if_match is not None else None
    return _tagged(response, await ask.services.sharing.change_rules(ask.tenant, ask.actor, wanted, read=meant))


def _share(shown: ShareShown) -> Share:
    share, told = shown.share, shown.share.told
    return Share(
        id=share.id,
        agent=share.agent,
        computer=shown.computer,
        seen_at=shown.seen_at,
        revoked=shown.revoked,
        queue=told.queue,
        name=told.name,
        location=told.location,
        make_and_model=told.make_and_model,
        formats=list(told.formats),
        state=told.state,
        reasons=list(told.reasons),
        accepting=told.accepting,
        printer=share.printer,
        added_at=share.added_at,
        stopped_at=share.stopped_at,
        stopped_by=share.stopped_by,
        gone_at=share.gone_at,
        options=list(map(_option, shown.options)),
    )


def _option(one: Effective) -> Option:
    return Option(
        name=one.name,
        values=list(one.values),
        value=one.value,
        origin=one.origin,
        set_by=one.set.by if one.set else None,
        set_at=one.set.at if one.set else None,
        told=one.told,
        told_origin=one.told_origin,
    )


def _rules(rules: SharingRules) -> Rules:
    return Rules(audience=rules.audience, allow=list(rules.allow), deny=list(rules.deny))


def _tagged(response: Response, rules: SharingRules) -> Rules:
    shown = _rules(rules)
    tagged(response, shown)
    return shown
