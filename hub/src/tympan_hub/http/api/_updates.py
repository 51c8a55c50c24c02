"""Updates of agents: versions in the fleet, rings, and versions that were stopped."""

from typing import Annotated, Final

from fastapi import APIRouter, Response
from pydantic import Field

from tympan_hub.domain.ids import AgentId, GroupId
from tympan_hub.domain.limits.updates import (
    HELD_PLUGINS,
    RING_GROUPS,
    SUBJECT_CHARS,
    UPDATES_LEAST,
    UPDATES_LEAST_MOST,
    UPDATES_PERCENT,
    VERSION_CHARS,
)
from tympan_hub.domain.limits.values import URI_OCTETS
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import Day, Ring, Step, Stop, Update, UpdateRules, Window
from tympan_hub.http.api._ask import AtHome, InTenant
from tympan_hub.http.api._etag import TAGGED, IfMatch, check_same, tagged
from tympan_hub.http.api._kinds import WORD, AgentIn, Given, Moment, Number, Told, Truth
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.ports.update_repository import Contents
from tympan_hub.service.rollouts import Rollout, StopShown

router = APIRouter(tags=["updates"], route_class=ApiRoute)

VERSION: Final = rf"^[0-9A-Za-z][0-9A-Za-z.+!_-]{{0,{VERSION_CHARS - 1}}}$"
SUBJECT: Final = rf"^([0-9A-Za-z][0-9A-Za-z._-]{{0,{SUBJECT_CHARS - 1}}})?$"
_DISTRIBUTION: Final = rf"^[0-9A-Za-z][0-9A-Za-z._-]{{0,{SUBJECT_CHARS - 1}}}$"
_PIN: Final = rf"^([0-9A-Za-z][0-9A-Za-z.+!_-]{{0,{VERSION_CHARS - 1}}})?$"

Minute = Annotated[Number, Field(ge=0, le=1439)]
Groups = Annotated[list[Annotated[str, Field(pattern=WORD)]], Field(max_length=RING_GROUPS)]


class UpdateWindow(Given, Told):
    """When computers may switch to another version, by their own time."""

    days: Annotated[list[Day], Field(max_length=7, description="On which days it opens; none for every day.")] = Field(
        default_factory=list
    )
    begin_min: Minute = Field(description="Minute of the day at which it opens.")
    end_min: Minute = Field(description="Minute at which it closes; one that is not later is of the next day.")


class UpdateRulesTold(Told):
    """What is said of updates."""

    canary: list[str] = Field(description="Groups whose computers get a version first.")
    early: list[str] = Field(description="Groups whose computers get it next; all others are last.")
    paused: bool
    pinned: str = Field(
        validation_alias="pin", description="The version to have, whatever the channels say; empty for none."
    )
    window: UpdateWindow | None
    least: int = Field(description="So many unhealthy computers stop a version,")
    percent: int = Field(description="if they are more than this share of those that took it.")
    repository: str = Field(description="Where the update repository is; empty for the hub's own.")


class UpdateRulesGiven(Given):
    """What shall be said of updates; what is left out gets its default."""

    canary: Groups = Field(default_factory=list)
    early: Groups = Field(default_factory=list)
    paused: Truth = False
    pinned: Annotated[str, Field(pattern=_PIN)] = ""
    window: UpdateWindow | None = None
    least: Annotated[Number, Field(ge=1, le=UPDATES_LEAST_MOST)] = UPDATES_LEAST
    percent: Annotated[Number, Field(ge=0, le=99)] = UPDATES_PERCENT
    repository: Annotated[str, Field(max_length=URI_OCTETS)] = ""


class UpdateFloorTold(Told):
    """What the service owner says of updates for every tenant."""

    paused: bool
    latest: str = Field(description="The latest version of the agent that anybody takes; empty for any.")
    held: list[str] = Field(description="Distributions of plugins of which nobody takes any version.")


class UpdateFloorGiven(Given):
    """What shall be said for every tenant; what is left out gets its default."""

    paused: Truth = False
    latest: Annotated[str, Field(pattern=_PIN)] = ""
    held: Annotated[list[Annotated[str, Field(pattern=_DISTRIBUTION)]], Field(max_length=HELD_PLUGINS)] = Field(
        default_factory=list
    )


class VersionGiven(Given):
    """A version of the agent, or of a plugin that is updated alone."""

    subject: Annotated[str, Field(pattern=SUBJECT, description="The plugin's distribution; empty for the agent.")] = ""
    version: Annotated[str, Field(pattern=VERSION)]


class Toll(Told):
    """How computers fare that took a version."""

    taken: int
    returned: int = Field(description="Went back to the version before.")
    silent: int = Field(description="Said that they switch, and were not heard of since.")
    failing: int = Field(description="Have it, and lack plugins or say that they are not well.")


class VersionStopped(Told):
    """A version that was stopped."""

    subject: str
    version: str
    at: Moment
    by: str = Field(description="Who stopped it; empty for the hub itself.")
    holds: bool
    ended_at: Moment | None
    ended_by: str
    toll: Toll = Field(description="As it was then.")


class VersionShown(VersionStopped):
    """The same, with how things stand now."""

    now: Toll


class InFleet(Told):
    """How many computers have a version."""

    version: str
    ring: Ring
    agents: int
    unwell: int


class UpdateDone(Told):
    """The last update of the agent or of a plugin at one computer."""

    agent: str
    subject: str
    version: str
    step: Step
    reason: str
    missing: list[str]
    at: Moment


class ChannelTold(Told):
    """What a channel of the hub's repository says."""

    ring: Ring
    agent: str
    plugins: dict[str, str]
    lower: bool = Field(description="It is signed that computers with a newer version go back to it.")


class Updates(Told):
    """How updates stand."""

    rules: UpdateRulesTold
    floor: UpdateFloorTold = Field(description="What the service owner says for everybody; it wins.")
    versions: list[InFleet]
    stops: list[VersionShown]
    troubles: list[UpdateDone] = Field(description="Updates that did not go well, the latest first.")
    channels: list[ChannelTold]
    repository_ends_at: Moment | None = Field(description="When the hub's repository has to be signed anew.")
    trouble: str = Field(description="Why the hub's repository cannot be read; empty where it can, or there is none.")


class AgentUpdates(Told):
    """What one computer has."""

    installed: str = Field(default="", description="Its version; empty before it told.")
    previous: str = ""
    able: bool = Field(default=True, description="Whether it updates itself.")
    why_not: str = ""
    healthy: bool = True
    trouble: str = ""
    plugins: dict[str, str] = Field(default_factory=dict)
    ring: Ring | None = None
    updates: list[UpdateDone]


@router.get("/updates", operation_id="get-updates")
async def every(ask: InTenant) -> Updates:
    """Versions in the fleet, rings, and what was stopped and why."""
    return _rollout(await ask.services.rollouts.look(ask.tenant, ask.actor))


@router.get("/updates/rules", operation_id="get-update-rules", responses={200: TAGGED})
async def rules(ask: InTenant, response: Response) -> UpdateRulesTold:
    """What is said of updates."""
    told = UpdateRulesTold.model_validate(await ask.services.rollouts.rules(ask.tenant, ask.actor))
    tagged(response, told)
    return told


@router.put("/updates/rules", operation_id="change-update-rules", responses={200: TAGGED})
async def change(
    ask: InTenant, given: UpdateRulesGiven, response: Response, if_match: IfMatch = None
) -> UpdateRulesTold:
    """Says which computers get a version first, whether and when they switch, and what stops a version."""
    known = await ask.services.rollouts.rules(ask.tenant, ask.actor)
    meant = check_same(if_match, UpdateRulesTold.model_validate(known))
    changed = await ask.services.rollouts.change(ask.tenant, ask.actor, _rules(given), read=known if meant else None)
    told = UpdateRulesTold.model_validate(changed)
    tagged(response, told)
    return told


@router.get("/updates/floor", operation_id="get-update-floor", responses={200: TAGGED})
async def floor(ask: AtHome, response: Response) -> UpdateFloorTold:
    """What holds for every tenant, for a service owner; everybody else has it in get-updates."""
    told = _floor((await ask.services.update_floors.look(ask.actor)).floor)
    tagged(response, told)
    return told


@router.put("/updates/floor", operation_id="change-update-floor", responses={200: TAGGED})
async def change_floor(
    ask: AtHome, given: UpdateFloorGiven, response: Response, if_match: IfMatch = None
) -> UpdateFloorTold:
    """Says what holds for every tenant: a pause, the latest version allowed, and plugins that are held back."""
    known = (await ask.services.update_floors.look(ask.actor)).floor
    meant = check_same(if_match, _floor(known))
    wanted = UpdateFloor(paused=given.paused, latest=given.latest, held=tuple(given.held))
    told = _floor(await ask.services.update_floors.change(ask.actor, wanted, read=known if meant else None))
    tagged(response, told)
    return told


@router.post("/updates/stops", operation_id="stop-version", status_code=201)
async def stop(ask: InTenant, given: VersionGiven) -> VersionStopped:
    """Stops a version: no further computer takes it. Those that have it keep it."""
    return _stop(await ask.services.rollouts.stop(ask.tenant, ask.actor, given.subject, given.version))


@router.post("/updates/stops/go-on", operation_id="let-version-go-on")
async def go_on(ask: InTenant, given: VersionGiven) -> VersionStopped:
    """Lets a stopped version go on; it is stopped again when computers that take it from now on fare ill."""
    return _stop(await ask.services.rollouts.go_on(ask.tenant, ask.actor, given.subject, given.version))


@router.get("/agents/{agent}/updates", operation_id="get-agent-updates")
async def of_agent(ask: InTenant, agent: AgentIn) -> AgentUpdates:
    """What one computer told of its versions and updates."""
    known, updates = await ask.services.rollouts.of_agent(ask.tenant, ask.actor, AgentId(agent))
    done = [UpdateDone.model_validate(update) for update in updates]
    if known is None:
        return AgentUpdates(updates=done)
    return AgentUpdates(
        installed=known.installed,
        previous=known.previous,
        able=known.able,
        why_not=known.why_not,
        healthy=known.healthy,
        trouble=known.trouble,
        plugins=dict(known.plugins),
        ring=known.ring,
        updates=done,
    )


def _floor(floor: UpdateFloor) -> UpdateFloorTold:
    return UpdateFloorTold(paused=floor.paused, latest=floor.latest, held=list(floor.held))


def _rules(given: UpdateRulesGiven) -> UpdateRules:
    window = given.window
    return UpdateRules(
        canary=tuple(map(GroupId, given.canary)),
        early=tuple(map(GroupId, given.early)),
        paused=given.paused,
        pin=given.pinned,
        window=Window(days=tuple(window.days), begin_min=window.begin_min, end_min=window.end_min) if window else None,
        least=given.least,
        percent=given.percent,
        repository=given.repository,
    )


def _rollout(rollout: Rollout) -> Updates:
    contents = rollout.contents or Contents()
    return Updates(
        rules=UpdateRulesTold.model_validate(rollout.rules),
        floor=_floor(rollout.floor),
        versions=[InFleet.model_validate(one) for one in rollout.versions],
        stops=list(map(_shown, rollout.stops)),
        troubles=[_done(update) for update in rollout.troubles],
        channels=[
            ChannelTold(ring=ring, agent=channel.agent, plugins=dict(channel.plugins), lower=channel.lower)
            for ring, channel in contents.channels.items()
        ],
        repository_ends_at=contents.ends_at,
        trouble=contents.trouble,
    )


def _done(update: Update) -> UpdateDone:
    return UpdateDone.model_validate(update)


def _stop(stop: Stop) -> VersionStopped:
    return VersionStopped.model_validate(stop)


def _shown(shown: StopShown) -> VersionShown:
    return VersionShown(**_stop(shown.stop).model_dump(), now=Toll.model_validate(shown.now))
