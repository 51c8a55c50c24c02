"""Agents, and the tokens that enrol them."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from tympan_hub.domain import agents as domain
from tympan_hub.domain.agents import AgentFilter, EnrolmentFilter, Platform, TokenStanding
from tympan_hub.domain.ids import AgentId, TokenHash
from tympan_hub.domain.limits.agents import COMPUTERS_PER_TOKEN, ENROLMENT_TOKEN, ENROLMENT_TOKEN_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.text import fit
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import agent_place, cursor, moment_of, place_of
from tympan_hub.http.api._kinds import (
    DEFAULT_LIMIT,
    HEX,
    After,
    AgentIn,
    EnrolmentIn,
    Given,
    Limit,
    Moment,
    Name,
    Number,
    Page,
    Told,
)
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.agents import AgentShown

router = APIRouter(tags=["agents"], route_class=ApiRoute)

_HOUR = dt.timedelta(hours=1)
_TEXT = 200
"""Characters looked for."""


class Plugin(Told):
    """A plugin of an agent, as it says."""

    id: str
    version: str
    status: str
    reason: str
    capabilities: list[str]


class PolicyObeyed(Told):
    """A policy document an agent obeys, as it says."""

    scope: str
    name: str
    number: int


class SelfReport(Told):
    """What an agent told about itself, last."""

    at: Moment
    release: str
    keys: str
    plugins: list[Plugin]
    policy: list[PolicyObeyed]
    problems: list[str]


class Agent(Told):
    """An agent."""

    id: str
    name: str
    platform: Platform
    release: str
    connected: bool
    enrolled_at: Moment
    seen_at: Moment
    revoked_at: Moment | None
    told: SelfReport | None
    replaces: str | None


class AgentName(Given):
    """Another name."""

    name: Name


class TokenWanted(Given):
    """What an enrolment token is for, how long it waits for its agent, and whose place that takes."""

    name: Annotated[str, Field(max_length=NAME_OCTETS)] = ""
    hours: Annotated[Number, Field(ge=1, le=ENROLMENT_TOKEN_MOST // _HOUR)] = ENROLMENT_TOKEN // _HOUR
    replaces: Annotated[str, Field(pattern=HEX, max_length=32)] | None = None
    computers: Annotated[Number, Field(ge=1, le=COMPUTERS_PER_TOKEN, description="So many may join with it.")] = 1


class EnrolmentToken(Told):
    """An enrolment token, without itself."""

    id: str
    name: str
    standing: TokenStanding
    made_by: str
    made_at: Moment
    expires_at: Moment
    revoked_at: Moment | None
    agent: str | None
    replaces: str | None
    computers: int = Field(description="So many may join with it; each that does stands in the list by itself, too.")
    joined: int


class TokenMade(Told):
    """An enrolment token, told this once."""

    token: str
    expires_in_s: int


@router.get("/agents", operation_id="list-agents")
async def every(
    ask: InTenant,
    text: Annotated[str, Query(max_length=_TEXT, description="Words that stand in the name.")] = "",
    revoked: Annotated[bool | None, Query(description="Whether they are revoked.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Page[Agent]:
    """Agents, by name; those revoked too, unless asked for otherwise."""
    wanted = AgentFilter(text=fit(text), revoked=revoked, limit=limit + 1)
    found = await ask.services.agents.following(ask.tenant, ask.actor, wanted, agent_place(after))
    page, last = found[:limit], found[:limit][-1:]
    following = cursor(last[0].agent.name, last[0].agent.id) if len(found) > limit else None
    return Page(items=[_told(shown) for shown in page], next=following)


@router.get("/agents/{agent}", operation_id="get-agent")
async def one(ask: InTenant, agent: AgentIn) -> Agent:
    """One agent."""
    return _told(await ask.services.agents.get(ask.tenant, ask.actor, AgentId(agent)))


@router.patch("/agents/{agent}", operation_id="rename-agent")
async def rename(ask: InTenant, agent: AgentIn, given: AgentName) -> Agent:
    """Gives an agent another name."""
    await ask.services.agents.rename(ask.tenant, ask.actor, AgentId(agent), given.name)
    return _told(await ask.services.agents.get(ask.tenant, ask.actor, AgentId(agent)))


@router.post("/agents/{agent}/revoke", operation_id="revoke-agent", status_code=204)
async def revoke(ask: InTenant, agent: AgentIn) -> None:
    """Ends an agent for ever."""
    await ask.services.agents.revoke(ask.tenant, ask.actor, AgentId(agent))


@router.get("/enrolment-tokens", operation_id="list-enrolment-tokens")
async def tokens(
    ask: InTenant,
    standing: Annotated[TokenStanding, Query(description="Where they stand.")] = TokenStanding.OPEN,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Page[EnrolmentToken]:
    """Enrolment tokens, the newest first; those an agent may still come with, unless asked for others."""
    wanted = EnrolmentFilter(standing=standing, after=_token_place(after), limit=limit + 1)
    found = await ask.services.agents.tokens(ask.tenant, ask.actor, wanted)
    page, last = found[:limit], found[:limit][-1:]
    following = cursor(last[0].made_at.isoformat(), last[0].hash) if len(found) > limit else None
    return Page(items=[_token(token, standing) for token in page], next=following)


def _token_place(after: str | None) -> tuple[dt.datetime, TokenHash] | None:
    if after is None:
        return None
    moment, token = place_of(after, 2)
    return moment_of(moment), TokenHash(fit(token))


@router.post("/enrolment-tokens/{enrolment}/revoke", operation_id="revoke-enrolment-token", status_code=204)
async def revoke_token(ask: InTenant, enrolment: EnrolmentIn) -> None:
    """Ends an enrolment token nobody used."""
    await ask.services.agents.revoke_token(ask.tenant, ask.actor, TokenHash(enrolment))


@router.post("/enrolment-tokens", operation_id="make-enrolment-token", status_code=201)
async def make_token(ask: InTenant, given: TokenWanted) -> TokenMade:
    """Makes a token that enrols one agent, once; or so many computers, for a deployment tool."""
    validity = given.hours * _HOUR
    place = AgentId(given.replaces) if given.replaces else None
    secret = await ask.services.agents.make_token(
        ask.tenant, ask.actor, name=given.name, validity=validity, replaces=place, computers=given.computers
    )
    return TokenMade(token=secret, expires_in_s=int(validity.total_seconds()))


def _token(token: domain.EnrolmentToken, standing: TokenStanding) -> EnrolmentToken:
    return EnrolmentToken(
        id=token.hash,
        name=token.name,
        standing=standing,
        made_by=token.made_by,
        made_at=token.made_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        agent=token.agent,
        replaces=token.replaces,
        computers=token.computers,
        joined=token.joined,
    )


def _told(shown: AgentShown) -> Agent:
    agent = shown.agent
    return Agent(
        id=agent.id,
        name=agent.name,
        platform=agent.platform,
        release=agent.told.release if agent.told else agent.release,
        connected=shown.connected,
        enrolled_at=agent.enrolled_at,
        seen_at=agent.seen_at,
        revoked_at=agent.revoked_at,
        told=SelfReport.model_validate(agent.told) if agent.told else None,
        replaces=agent.replaces,
    )
