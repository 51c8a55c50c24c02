"""Groups, and who is in them."""

from fastapi import APIRouter, Response

from tympan_hub.domain.groups import Group as Known
from tympan_hub.domain.groups import Source
from tympan_hub.domain.ids import AgentId, GroupId, PersonId
from tympan_hub.http.api._ask import Ask, InTenant
from tympan_hub.http.api._cursor import cut
from tympan_hub.http.api._etag import TAGGED, IfMatch, check_same, tagged
from tympan_hub.http.api._kinds import (
    DEFAULT_LIMIT,
    After,
    AgentIn,
    Given,
    GroupIn,
    Limit,
    Moment,
    Name,
    Page,
    PersonIn,
    Told,
)
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["groups"], route_class=ApiRoute)


class Group(Told):
    """A group."""

    id: str
    name: str
    source: Source
    created_at: Moment


class GroupCounted(Group):
    """A group, and how many people are in it."""

    people: int


class GroupGiven(Given):
    """What an administrator says of a group."""

    name: Name


@router.get("/groups", operation_id="list-groups")
async def every(ask: InTenant, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[GroupCounted]:
    """All groups, by name."""
    found = await ask.services.groups.list(ask.tenant, ask.actor)
    page, following = cut(found, lambda shown: (shown.group.name, shown.group.id), after, limit)
    items = [GroupCounted(**Group.model_validate(shown.group).model_dump(), people=shown.people) for shown in page]
    return Page(items=items, next=following)


@router.post("/groups", operation_id="add-group", status_code=201, responses={201: TAGGED})
async def add(ask: InTenant, given: GroupGiven, response: Response) -> Group:
    """Makes a group; its id is made from its name."""
    return _tagged(response, await ask.services.groups.add(ask.tenant, ask.actor, name=given.name))


@router.get("/groups/{group}", operation_id="get-group", responses={200: TAGGED})
async def one(ask: InTenant, group: GroupIn, response: Response) -> Group:
    """One group."""
    return _tagged(response, await ask.services.groups.get(ask.tenant, ask.actor, GroupId(group)))


@router.patch("/groups/{group}", operation_id="rename-group", responses={200: TAGGED})
async def rename(
    ask: InTenant, group: GroupIn, given: GroupGiven, response: Response, if_match: IfMatch = None
) -> Group:
    """Gives a group another name; its id stays."""
    meant = await _meant(ask, group, if_match)
    await ask.services.groups.rename(ask.tenant, ask.actor, GroupId(group), given.name, read=meant)
    return _tagged(response, await ask.services.groups.get(ask.tenant, ask.actor, GroupId(group)))


@router.delete("/groups/{group}", operation_id="remove-group", status_code=204)
async def remove(ask: InTenant, group: GroupIn, if_match: IfMatch = None) -> None:
    """Removes a group; its people stay."""
    meant = await _meant(ask, group, if_match)
    await ask.services.groups.remove(ask.tenant, ask.actor, GroupId(group), read=meant)


@router.put("/groups/{group}/people/{person}", operation_id="join-group", status_code=204)
async def join(ask: InTenant, group: GroupIn, person: PersonIn) -> None:
    """Puts a person into a group."""
    await ask.services.groups.join(ask.tenant, ask.actor, GroupId(group), PersonId(person))


@router.delete("/groups/{group}/people/{person}", operation_id="leave-group", status_code=204)
async def leave(ask: InTenant, group: GroupIn, person: PersonIn) -> None:
    """Takes a person out of a group."""
    await ask.services.groups.leave(ask.tenant, ask.actor, GroupId(group), PersonId(person))


@router.get("/people/{person}/groups", operation_id="list-groups-of-person")
async def of_person(ask: InTenant, person: PersonIn) -> Page[Group]:
    """The groups a person is in, by name."""
    found = await ask.services.groups.of_person(ask.tenant, ask.actor, PersonId(person))
    return Page(items=[Group.model_validate(group) for group in found], next=None)


class Computer(Told):
    """An agent in a group."""

    id: str
    name: str


@router.get("/groups/{group}/agents", operation_id="list-agents-of-group")
async def agents(ask: InTenant, group: GroupIn, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Computer]:
    """The agents in a group, by name."""
    found = await ask.services.groups.agents(ask.tenant, ask.actor, GroupId(group))
    page, following = cut(found, lambda agent: (agent.name, agent.id), after, limit)
    return Page(items=[Computer.model_validate(agent) for agent in page], next=following)


@router.put("/groups/{group}/agents/{agent}", operation_id="join-group-as-agent", status_code=204)
async def join_agent(ask: InTenant, group: GroupIn, agent: AgentIn) -> None:
    """Puts an agent into a group, whose policy it obeys from then on."""
    await ask.services.groups.join_agent(ask.tenant, ask.actor, GroupId(group), AgentId(agent))


@router.delete("/groups/{group}/agents/{agent}", operation_id="leave-group-as-agent", status_code=204)
async def leave_agent(ask: InTenant, group: GroupIn, agent: AgentIn) -> None:
    """Takes an agent out of a group."""
    await ask.services.groups.leave_agent(ask.tenant, ask.actor, GroupId(group), AgentId(agent))


@router.get("/agents/{agent}/groups", operation_id="list-groups-of-agent")
async def of_agent(ask: InTenant, agent: AgentIn) -> Page[Group]:
    """The groups an agent is in, by name."""
    found = await ask.services.groups.of_agent(ask.tenant, ask.actor, AgentId(agent))
    return Page(items=[Group.model_validate(group) for group in found], next=None)


async def _meant(ask: Ask, group: str, if_match: str | None) -> Known | None:
    """The reading of a group that a change means; None for whatever it is now."""
    read = await ask.services.groups.get(ask.tenant, ask.actor, GroupId(group))
    return read if check_same(if_match, Group.model_validate(read)) else None


def _tagged(response: Response, group: Known) -> Group:
    told = Group.model_validate(group)
    tagged(response, told)
    return told
