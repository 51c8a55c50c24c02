"""Agents as administrators see them: listed, renamed, revoked, and let in by tokens."""

import datetime as dt
from collections.abc import Collection, Mapping

from attrs import evolve, frozen

from tympan_hub.domain.agents import (
    Agent,
    AgentFilter,
    EnrolmentFilter,
    EnrolmentToken,
    TokenStanding,
    check_agent_name,
    check_computers,
    check_purpose,
    check_validity,
)
from tympan_hub.domain.errors import BadInput, Conflict, Full, NotFound, SoAlready
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId, TokenHash, hash_of, new_secret
from tympan_hub.domain.limits.agents import AGENTS, ENROLMENT_TOKEN, ENROLMENT_TOKENS
from tympan_hub.domain.pages import first_of
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.wakes import EndAgent, LookAtKeys
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.key_entries import add_revoked
from tympan_hub.service.known import check_tenant, known_agent
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.sightings import end_sightings
from tympan_hub.service.standing import require_still
from tympan_hub.service.tunnel_ends import disown, shut_out, wake
from tympan_hub.service.views import PART


@frozen(kw_only=True)
class AgentShown:
    """An agent, and whether it is connected now, to whichever process."""

    agent: Agent
    connected: bool


@frozen(kw_only=True)
class Lineage:
    """Whose place an agent took, and who took its place; None where there is none."""

    replaces: Agent | None
    replaced_by: Agent | None


@frozen(kw_only=True)
class AgentsFound:
    """Some of the agents that were wanted, by name.

    Attributes:
        agents: They.
        first: So many come before them.
        total: How many there are in all.
    """

    agents: tuple[AgentShown, ...]
    first: int
    total: int


@frozen(kw_only=True)
class TokensFound:
    """Some of the enrolment tokens that were wanted, the newest first.

    Attributes:
        tokens: They.
        agents: Names of the agents that came with them, and of those whose place they take.
        first: So many come before them.
        total: How many there are in all.
    """

    tokens: tuple[EnrolmentToken, ...]
    agents: Mapping[AgentId, str]
    first: int
    total: int


class AgentService:
    """Agents of a tenant."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._presence = presence

    async def find(self, tenant: TenantId, by: Actor, wanted: AgentFilter) -> AgentsFound:
        """Those wanted, by name, those revoked last; past the end it is the last page."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            total = await unit.agents.tally(tenant, wanted)
            first = first_of(wanted.first, wanted.limit, total)
            found = await unit.agents.find(tenant, wanted.beginning(first))
            return AgentsFound(agents=await self._shown(unit, tenant, found), first=first, total=total)

    async def following(
        self, tenant: TenantId, by: Actor, wanted: AgentFilter, after: tuple[str, AgentId] | None
    ) -> tuple[AgentShown, ...]:
        """Those wanted that come after a name and id, in the order of names; from the first one on after None."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            return await self._shown(unit, tenant, await unit.agents.following(tenant, wanted, after))

    async def _shown(self, unit: Unit, tenant: TenantId, agents: tuple[Agent, ...]) -> tuple[AgentShown, ...]:
        connected = await self._presence.connected_of(unit, tenant, [agent.id for agent in agents])
        return tuple(AgentShown(agent=agent, connected=agent.id in connected) for agent in agents)

    async def get(self, tenant: TenantId, by: Actor, agent: AgentId) -> AgentShown:
        """One agent; raises ``NotFound``."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            known = await known_agent(unit, tenant, agent)
            connected = await self._presence.connected_of(unit, tenant, [agent])
        return AgentShown(agent=known, connected=agent in connected)

    async def names(self, tenant: TenantId, by: Actor, agents: Collection[AgentId]) -> Mapping[AgentId, str]:
        """Names of some; one not known is left out."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            return await unit.agents.names(tenant, agents)

    async def lineage(self, tenant: TenantId, by: Actor, agent: AgentId) -> Lineage:
        """Whose place an agent took, and who took its place; raises ``NotFound``."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            known = await known_agent(unit, tenant, agent)
            before = await unit.agents.get(tenant, known.replaces) if known.replaces else None
            later = await unit.agents.find(tenant, AgentFilter(replaces=agent, limit=1))
        return Lineage(replaces=before, replaced_by=next(iter(later), None))

    async def rename(self, tenant: TenantId, by: Actor, agent: AgentId, name: str) -> None:
        """Gives an agent another name for people."""
        by.require(Act.MANAGE_AGENTS, tenant)
        check_agent_name(name)
        async with self._units.writing() as unit:
            known = await known_agent(unit, tenant, agent)
            await unit.agents.rename(tenant, agent, name)
            await record(unit, tenant, by, "agent.rename", agent, f"{known.name} → {name}", at=self._clock.now())

    async def revoke(self, tenant: TenantId, by: Actor, agent: AgentId) -> None:
        """Ends an agent: nothing it asks for is answered any more, and its notice streams close."""
        by.require(Act.MANAGE_AGENTS, tenant)
        now = self._clock.now()
        async with self._units.writing("", PART) as unit:
            known = await known_agent(unit, tenant, agent)
            if not await unit.agents.revoke(tenant, agent, now):
                raise SoAlready(f"{known.name} is revoked already")
            await end_sightings(unit, tenant, agent, now)
            await add_revoked(unit, tenant, known, by=by.label, at=now)
            moved = await disown(unit, tenant, agent, now) | await shut_out(unit, tenant, agent, now)
            await record(unit, tenant, by, "agent.revoke", agent, known.name, at=now)
        await self._wakeups.send(tenant, EndAgent(agent=agent))
        await self._wakeups.send(tenant, LookAtKeys())
        await wake(self._wakeups, tenant, moved.agents)

    async def tokens(self, tenant: TenantId, by: Actor, wanted: EnrolmentFilter) -> tuple[EnrolmentToken, ...]:
        """The enrolment tokens wanted, the newest first."""
        by.require(Act.MANAGE_AGENTS, tenant)
        async with self._units.reading() as unit:
            return await unit.enrolments.find(tenant, wanted, self._clock.now())

    async def find_tokens(self, tenant: TenantId, by: Actor, wanted: EnrolmentFilter) -> TokensFound:
        """The same with names, and where in the list they stand; past the end it is the last page."""
        by.require(Act.MANAGE_AGENTS, tenant)
        now = self._clock.now()
        async with self._units.reading() as unit:
            total = await unit.enrolments.tally(tenant, wanted, now)
            first = first_of(wanted.first, wanted.limit, total)
            tokens = await unit.enrolments.find(tenant, evolve(wanted, first=first), now)
            agents = {agent for token in tokens for agent in (token.agent, token.replaces) if agent is not None}
            names = await unit.agents.names(tenant, agents)
        return TokensFound(tokens=tokens, agents=names, first=first, total=total)

    async def token(self, tenant: TenantId, by: Actor, token: TokenHash) -> EnrolmentToken:
        """One enrolment token; raises ``NotFound``."""
        by.require(Act.MANAGE_AGENTS, tenant)
        async with self._units.reading() as unit:
            known = await unit.enrolments.get(tenant, token)
        if known is None:
            raise NotFound("there is no such token", next_step="Look at the list again.")
        return known

    async def revoke_token(self, tenant: TenantId, by: Actor, token: TokenHash) -> None:
        """Ends an enrolment token nobody used.

        Raises:
            NotFound: There is none that is still good.
        """
        by.require(Act.MANAGE_AGENTS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            if not await unit.enrolments.revoke(tenant, token, now):
                raise NotFound("there is no such token, or it has ended", next_step="Look at the list again.")
            await record(unit, tenant, by, "agent.revoke-token", token[:12], at=now)

    async def make_token(
        self,
        tenant: TenantId,
        by: Actor,
        *,
        name: str = "",
        validity: dt.timedelta = ENROLMENT_TOKEN,
        replaces: AgentId | None = None,
        computers: int = 1,
    ) -> str:
        """Makes a token that enrols one agent, or so many, or one in the place of another; shown this once."""
        by.require(Act.MANAGE_AGENTS, tenant)
        if tenant == SERVICE:
            raise BadInput("the service itself has no agents", next_step="Name a tenant.")
        check_validity(validity)
        check_purpose(name)
        check_computers(computers)
        if replaces is not None and computers > 1:
            raise BadInput("one computer takes the place of one", next_step="Make a token for it alone.")
        now, secret = self._clock.now(), new_secret()
        token = EnrolmentToken(
            hash=hash_of(secret),
            tenant=tenant,
            name=name,
            made_by=by.label,
            maker=by.person,
            made_at=now,
            expires_at=now + validity,
            replaces=replaces,
            computers=computers,
        )
        async with self._units.writing() as unit:
            await check_tenant(unit, tenant)
            await require_still(unit, tenant, by, Act.MANAGE_AGENTS)
            if replaces is not None and (await known_agent(unit, tenant, replaces)).revoked_at is not None:
                raise Conflict("this agent is revoked already", next_step="Let the computer in as a new one.")
            await keep_token(unit, token, now)
            detail = f"{name} for {computers} computers".strip() if computers > 1 else replaces or name
            await record(unit, tenant, by, "agent.make-token", token.hash[:12], detail, at=now)
        return secret


async def keep_token(unit: Unit, token: EnrolmentToken, now: dt.datetime) -> None:
    """Keeps a new enrolment token; raises ``Full`` where no more computers, or no more tokens, may be."""
    if await unit.agents.count(token.tenant) >= AGENTS:
        raise Full(f"there are {AGENTS} agents already", next_step="Revoke those that are gone.")
    unused = EnrolmentFilter(standing=TokenStanding.OPEN)
    if await unit.enrolments.tally(token.tenant, unused, now) >= ENROLMENT_TOKENS:
        cause = f"there are {ENROLMENT_TOKENS} tokens already that nobody used"
        raise Full(cause, next_step="Use them, or revoke those that nobody needs.")
    await unit.enrolments.add(token.tenant, token)
