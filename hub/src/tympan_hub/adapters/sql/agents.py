"""Agents, and the assertions they spent."""

import datetime as dt
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put, table_of, value_of
from tympan_hub.adapters.sql.spans import ends_of
from tympan_hub.domain.agents import Agent, AgentFilter, KeyInUse, Platform, SelfReport, sought
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, CapabilityKey, GroupId, PrinterId, TenantId, capability_key, hash_of

_A, _K, _N, _S = tables.agents, tables.agent_keys, tables.agent_networks, tables.assertions
_D = tables.devices
_G = tables.group_agents
_WELCOME_FIRST = (_A.c.revoked_at.is_not(None), _A.c.sought, _A.c.id)


def _agent(row: Any) -> Agent:
    return Agent(
        id=AgentId(row.id),
        tenant=TenantId(row.tenant),
        name=row.name,
        platform=Platform(row.platform),
        release=row.release,
        public_key=row.public_key,
        recipient=row.recipient,
        certificate=row.certificate,
        enrolled_at=row.enrolled_at,
        seen_at=row.seen_at,
        revoked_at=row.revoked_at,
        told=value_of(SelfReport, row.told) if row.told_at else None,
        replaces=AgentId(row.replaces) if row.replaces else None,
        key_waits=row.key_waits,
    )


def _is(tenant: TenantId, agent: AgentId) -> ColumnElement[bool]:
    return and_(_A.c.tenant == tenant, _A.c.id == agent)


class SqlAgents:
    """``Agents``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, agent: Agent) -> None:
        """As the port says."""
        tables.same_tenant(tenant, agent.tenant)
        row = {
            "tenant": tenant,
            "id": agent.id,
            "name": agent.name,
            "platform": agent.platform.value,
            "release": agent.release,
            "public_key": agent.public_key,
            "recipient": agent.recipient,
            "certificate": agent.certificate,
            "enrolled_at": agent.enrolled_at,
            "seen_at": agent.seen_at,
            "revoked_at": agent.revoked_at,
            "replaces": agent.replaces,
            "sought": sought(agent.name),
            "troubled": False,
            "key_waits": agent.key_waits,
        }
        await self._connection.execute(insert(_A).values(row))

    async def get(self, tenant: TenantId, agent: AgentId) -> Agent | None:
        """As the port says."""
        row = (await self._connection.execute(select(_A).where(_is(tenant, agent)))).one_or_none()
        return _agent(row) if row else None

    async def find(self, tenant: TenantId, wanted: AgentFilter) -> tuple[Agent, ...]:
        """As the port says."""
        chosen = select(_A.c.id).where(*_conditions(tenant, wanted)).order_by(*_WELCOME_FIRST)
        few = chosen.offset(wanted.first).limit(wanted.limit).subquery()
        found = select(_A).where(_A.c.tenant == tenant, _A.c.id.in_(select(few.c.id))).order_by(*_WELCOME_FIRST)
        return tuple(_agent(row) for row in await self._connection.execute(found))

    async def names(self, tenant: TenantId, agents: Collection[AgentId]) -> Mapping[AgentId, str]:
        """As the port says."""
        found: dict[AgentId, str] = {}
        for part in in_parts(agents):
            named = select(_A.c.id, _A.c.name).where(_A.c.tenant == tenant, _A.c.id.in_(part))
            found.update({AgentId(row.id): row.name for row in await self._connection.execute(named)})
        return found

    async def seen_at(self, tenant: TenantId, agents: Collection[AgentId]) -> Mapping[AgentId, dt.datetime]:
        """As the port says."""
        found: dict[AgentId, dt.datetime] = {}
        for part in in_parts(agents):
            heard = select(_A.c.id, _A.c.seen_at).where(_A.c.tenant == tenant, _A.c.id.in_(part))
            found.update({AgentId(row.id): row.seen_at for row in await self._connection.execute(heard)})
        return found

    async def revoked(self, tenant: TenantId, agents: Collection[AgentId]) -> frozenset[AgentId]:
        """As the port says."""
        found: set[AgentId] = set()
        for part in in_parts(agents):
            gone = select(_A.c.id).where(_A.c.tenant == tenant, _A.c.id.in_(part), _A.c.revoked_at.is_not(None))
            found.update(AgentId(agent) for agent in (await self._connection.execute(gone)).scalars())
        return frozenset(found)

    async def beside(
        self, tenant: TenantId, printers: Collection[PrinterId], away: bool, limit: int
    ) -> Mapping[AgentId, bytes]:
        """As the port says."""
        found: dict[AgentId, bytes] = {}
        for part in in_parts(printers):
            sees = select(_D.c.agent).where(_D.c.tenant == tenant, _D.c.agent == _A.c.id, _D.c.printer.in_(part))
            sees = sees if away else sees.where(_D.c.reachable)
            able = (
                _A.c.tenant == tenant,
                _A.c.revoked_at.is_(None),
                _A.c.recipient != b"",
                ~_A.c.key_waits,
                sees.exists(),
            )
            rows = await self._connection.execute(
                select(_A.c.id, _A.c.recipient).where(*able).order_by(_A.c.id).limit(limit)
            )
            found.update({AgentId(row.id): row.recipient for row in rows})
        return {agent: found[agent] for agent in sorted(found)[:limit]}

    async def tally(self, tenant: TenantId, wanted: AgentFilter) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_A).where(*_conditions(tenant, wanted))
        return (await self._connection.execute(counted)).scalar_one()

    async def following(
        self, tenant: TenantId, wanted: AgentFilter, after: tuple[str, AgentId] | None
    ) -> tuple[Agent, ...]:
        """As the port says."""
        found = select(_A).where(*_conditions(tenant, wanted))
        if after is not None:
            found = found.where(tuple_(_A.c.sought, _A.c.id) > tuple_(literal(sought(after[0])), literal(after[1])))
        rows = await self._connection.execute(found.order_by(_A.c.sought, _A.c.id).limit(wanted.limit))
        return tuple(_agent(row) for row in rows)

    async def count(self, tenant: TenantId) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_A).where(_A.c.tenant == tenant, _A.c.revoked_at.is_(None))
        return (await self._connection.execute(counted)).scalar_one()

    async def latest(self, tenant: TenantId, limit: int) -> tuple[AgentId, ...]:
        """As the port says."""
        found = select(_A.c.id).where(_A.c.tenant == tenant, _A.c.revoked_at.is_(None))
        rows = await self._connection.execute(found.order_by(_A.c.seen_at.desc(), _A.c.id).limit(limit))
        return tuple(map(AgentId, rows.scalars()))

    async def heard_between(self, tenant: TenantId, since: dt.datetime, before: dt.datetime) -> tuple[Agent, ...]:
        """As the port says."""
        silent = and_(_A.c.revoked_at.is_(None), _A.c.seen_at >= since, _A.c.seen_at < before)
        rows = await self._connection.execute(select(_A).where(_A.c.tenant == tenant, silent).order_by(_A.c.seen_at))
        return tuple(_agent(row) for row in rows)

    async def rename(self, tenant: TenantId, agent: AgentId, name: str) -> bool:
        """As the port says."""
        changed = update(_A).where(_is(tenant, agent)).values(name=name, sought=sought(name))
        return (await self._connection.execute(changed)).rowcount == 1

    async def revoke(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> bool:
        """As the port says."""
        changed = update(_A).where(_is(tenant, agent), _A.c.revoked_at.is_(None)).values(revoked_at=at)
        return (await self._connection.execute(changed)).rowcount == 1

    async def certify(self, tenant: TenantId, agent: AgentId, certificate: str, recipient: bytes) -> None:
        """As the port says."""
        changed = update(_A).where(_is(tenant, agent)).values(certificate=certificate, recipient=recipient)
        await self._connection.execute(changed)

    async def trust(self, tenant: TenantId, agent: AgentId, trusted: bool) -> None:
        """As the port says."""
        await self._connection.execute(update(_A).where(_is(tenant, agent)).values(key_waits=not trusted))

    async def saw(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(update(_A).where(_is(tenant, agent)).values(seen_at=at))

    async def describe(self, tenant: TenantId, agent: AgentId, told: SelfReport) -> None:
        """As the port says."""
        newer = or_(_A.c.told_at.is_(None), _A.c.told_at <= told.at)
        changed = (
            update(_A)
            .where(_is(tenant, agent), newer)
            .values(told_at=told.at, told=table_of(told), troubled=bool(told.problems))
        )
        if (await self._connection.execute(changed)).rowcount == 0:
            return
        mine = (_K.c.tenant == tenant, _K.c.agent == agent)
        known = await self._connection.execute(select(_K.c.key, _K.c.used_at).where(*mine))
        used = {row.key: row.used_at for row in known}
        await self._connection.execute(delete(_K).where(*mine))
        rows = [
            {"tenant": tenant, "agent": agent, "key": key, "running": on, "used_at": _later(at, used.get(key))}
            for key, (on, at) in sorted(_capabilities(told).items())
        ]
        if rows:
            await self._connection.execute(insert(_K), rows)
        await self._networks(tenant, agent, told.networks)

    async def _networks(self, tenant: TenantId, agent: AgentId, networks: Collection[str]) -> None:
        """Writes what changed alone: a computer's networks are the same for weeks."""
        mine = (_N.c.tenant == tenant, _N.c.agent == agent)
        known = set((await self._connection.execute(select(_N.c.network).where(*mine))).scalars())
        if gone := known.difference(networks):
            await self._connection.execute(delete(_N).where(*mine, _N.c.network.in_(gone)))
        if new := sorted(set(networks) - known):
            rows = [dict(zip(("first", "last"), ends_of(network), strict=True)) for network in new]
            named = [{"tenant": tenant, "agent": agent, "network": network} for network in new]
            await self._connection.execute(insert(_N), [one | ends for one, ends in zip(named, rows, strict=True)])

    async def keys(self, tenant: TenantId) -> tuple[KeyInUse, ...]:
        """As the port says."""
        joined = _K.join(_A, (_K.c.tenant == _A.c.tenant) & (_K.c.agent == _A.c.id))
        running = func.sum(case((_K.c.running, 1), else_=0)).label("running")
        counted = select(_K.c.key, func.count().label("agents"), running).select_from(joined)
        mine = counted.where(_K.c.tenant == tenant, _A.c.revoked_at.is_(None)).group_by(_K.c.key).order_by(_K.c.key)
        rows = await self._connection.execute(mine)
        return tuple(KeyInUse(key=CapabilityKey(row.key), agents=row.agents, running=int(row.running)) for row in rows)


def _conditions(tenant: TenantId, wanted: AgentFilter) -> list[ColumnElement[bool]]:
    conditions = [_A.c.tenant == tenant, *(_A.c.sought.contains(word, autoescape=True) for word in wanted.words)]
    if wanted.revoked is not None:
        conditions.append(_A.c.revoked_at.is_not(None) if wanted.revoked else _A.c.revoked_at.is_(None))
    if wanted.group is not None:
        conditions.append(_in_group(wanted.group))
    if wanted.outside is not None:
        conditions.append(~_in_group(wanted.outside))
    if wanted.replaces is not None:
        conditions.append(_A.c.replaces == wanted.replaces)
    if wanted.troubled is not None:
        conditions.append(_A.c.troubled == wanted.troubled)
    if wanted.silent_since is not None:
        conditions.append(_A.c.seen_at < wanted.silent_since)
    return conditions


def _in_group(group: GroupId) -> ColumnElement[bool]:
    member = (_G.c.tenant == _A.c.tenant) & (_G.c.agent == _A.c.id) & (_G.c.group == group)
    return select(_G.c.agent).where(member).exists()


def _capabilities(told: SelfReport) -> Mapping[CapabilityKey, tuple[bool, dt.datetime | None]]:
    """The keys an agent has, whether each runs, and when it was used; texts that are no keys are left out."""
    found: dict[CapabilityKey, tuple[bool, dt.datetime | None]] = {}
    for plugin in told.plugins:
        for text in plugin.capabilities:
            with suppress(BadInput):
                found[capability_key(text)] = (plugin.running, plugin.used_at)
    return found


def _later(told: dt.datetime | None, known: dt.datetime | None) -> dt.datetime | None:
    """An agent forgets with every start when something was used; the hub does not."""
    return max((moment for moment in (told, known) if moment is not None), default=None)


class SqlAssertions:
    """``Assertions``; kept as hashes, so that their length is ours to choose."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def spend(self, tenant: TenantId, agent: AgentId, assertion: str, until: dt.datetime) -> bool:
        """As the port says."""
        row = {"tenant": tenant, "agent": agent, "assertion": hash_of(assertion), "until": until}
        return await put(self._connection, _S, [row], nothing=True) == 1

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_S).where(_S.c.tenant == tenant, _S.c.until < before))
