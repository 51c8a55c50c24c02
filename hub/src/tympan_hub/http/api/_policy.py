"""Policy: switches, and who moved which when."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tympan_hub.domain.errors import NotFound
from tympan_hub.domain.ids import CapabilityKey, GroupId
from tympan_hub.domain.policy import Switch as Known
from tympan_hub.domain.policy import Verdict
from tympan_hub.http.api._ask import Ask, InScope
from tympan_hub.http.api._cursor import cursor, cut, number_of
from tympan_hub.http.api._etag import TAGGED, IfMatch, check_same, tagged
from tympan_hub.http.api._kinds import DEFAULT_LIMIT, After, Given, GroupAsked, KeyIn, Limit, Moment, Page, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["policy"], route_class=ApiRoute)


class Switch(Told):
    """A switch."""

    key: str
    verdict: Verdict | None
    wider: Verdict | None
    changed_by: str
    changed_at: Moment | None
    number: int


class SwitchSeen(Switch):
    """A switch, how many agents have what it switches, and on how many of them it runs now."""

    agents: int
    running: int


class SwitchGiven(Given):
    """What the document shall say of a key; null for nothing."""

    verdict: Verdict | None


class Edition(Told):
    """One edition of the policy document, and what changed with it."""

    number: int
    issued_at: Moment
    by: str
    key: str
    before: Verdict | None
    after: Verdict | None


class Effect(Told):
    """What a switch would do: agents it reaches, those on which it runs now, and those that used it within a week."""

    verdict: Verdict | None
    agents: int
    running: int
    used: int
    changed: int


VerdictAsked = Annotated[Verdict | None, Query(description="How it would be switched; left out to take it back.")]


@router.get("/policy/switches", operation_id="list-switches")
async def switches(
    ask: InScope, limit: Limit = DEFAULT_LIMIT, after: After = None, group: GroupAsked = None
) -> Page[SwitchSeen]:
    """Every key that is known, by key."""
    found = await ask.services.policy.switches(ask.tenant, ask.actor, group=_group(group))
    page, following = cut(found, lambda switch: (switch.key,), after, limit)
    items = [SwitchSeen(**_told(switch).model_dump(), agents=switch.agents, running=switch.running) for switch in page]
    return Page(items=items, next=following)


@router.get("/policy/switches/{key}", operation_id="get-switch", responses={200: TAGGED})
async def one(ask: InScope, key: KeyIn, response: Response, group: GroupAsked = None) -> Switch:
    """One switch."""
    found = await _find(ask, key, group)
    if found is None:
        raise NotFound(f"nobody has the capability {key}")
    told = _told(found)
    tagged(response, told)
    return told


@router.put("/policy/switches/{key}", operation_id="switch", responses={200: TAGGED})
async def switch(
    ask: InScope,
    key: KeyIn,
    given: SwitchGiven,
    response: Response,
    if_match: IfMatch = None,
    group: GroupAsked = None,
) -> Switch:
    """Moves a switch, or takes its decision back; connected agents obey within seconds."""
    read = await _find(ask, key, group) or Known(key=CapabilityKey(key))
    meant = _told(read)
    number = meant.number if check_same(if_match, meant) else None
    await ask.services.policy.switch(ask.tenant, ask.actor, key, given.verdict, group=_group(group), read=number)
    told = _told(await _find(ask, key, group) or Known(key=CapabilityKey(key)))
    tagged(response, told)
    return told


@router.get("/policy/editions", operation_id="list-editions")
async def editions(
    ask: InScope, limit: Limit = DEFAULT_LIMIT, after: After = None, group: GroupAsked = None
) -> Page[Edition]:
    """Who changed what and when, newest first."""
    before = number_of(after)
    found = await ask.services.policy.history(ask.tenant, ask.actor, group=_group(group), before=before, limit=limit)
    more = len(found) == limit and found[-1].number > 1
    items = [Edition.model_validate(edition) for edition in found]
    return Page(items=items, next=cursor(str(found[-1].number)) if more else None)


@router.get("/policy/switches/{key}/effect", operation_id="get-effect")
async def effect(ask: InScope, key: KeyIn, verdict: VerdictAsked = None, group: GroupAsked = None) -> Effect:
    """What a switch would do now; nothing is moved."""
    found = await ask.services.policy.effect(ask.tenant, ask.actor, key, verdict, group=_group(group))
    return Effect.model_validate(found)


def _group(word: str | None) -> GroupId | None:
    return None if word is None else GroupId(word)


async def _find(ask: Ask, key: str, group: str | None) -> Known | None:
    found = await ask.services.policy.switches(ask.tenant, ask.actor, group=_group(group))
    return next((switch for switch in found if switch.key == key), None)


def _told(switch: Known) -> Switch:
    changed = switch.changed
    return Switch(
        key=switch.key,
        verdict=switch.verdict,
        wider=switch.wider,
        changed_by=changed.by if changed else "",
        changed_at=changed.issued_at if changed else None,
        number=changed.number if changed else 0,
    )
