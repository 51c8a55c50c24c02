"""Which agents can print what comes through the tunnel."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.group_agents import reached
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.ids import AgentId, CapabilityKey, GroupId, PrinterId, TenantId
from tympan_hub.domain.key_book import KeyEvent
from tympan_hub.domain.policy import TUNNEL_RECEIVE, Verdict, stricter
from tympan_hub.domain.serving import Receiver

_A, _K, _D, _P, _S = tables.agents, tables.agent_keys, tables.devices, tables.printers, tables.device_sightings
_G, _C, _B = tables.group_policies, tables.tunnel_serving, tables.key_book
_L = _B.alias("later")


def _unproved() -> ColumnElement[bool]:
    """Whether an agent of an earlier release joined with a key that it did not sign: nobody believes that, either."""
    joined = _B.c.event == KeyEvent.JOINED.value, _B.c.proof == b"", _B.c.recipient != b""
    theirs = _B.c.tenant == _A.c.tenant, _B.c.agent == _A.c.id
    later = _L.c.tenant == _A.c.tenant, _L.c.agent == _A.c.id, _L.c.event != KeyEvent.JOINED.value
    return and_(exists().where(*theirs, *joined), ~exists().where(*later))


class SqlServing:
    """``Serving``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def near(
        self, tenant: TenantId, printers: Collection[PrinterId], since: dt.datetime
    ) -> Mapping[PrinterId, frozenset[AgentId]]:
        """As the port says."""
        found: defaultdict[PrinterId, set[AgentId]] = defaultdict(set)
        for part in in_parts(printers):
            near = or_(_D.c.reachable, _D.c.reached_at >= since)
            looked = select(_D.c.printer, _D.c.agent).where(_D.c.tenant == tenant, _D.c.printer.in_(part), near)
            made_of = and_(_S.c.tenant == _P.c.tenant, _S.c.device == _P.c.device)
            seen = select(_P.c.id.label("printer"), _S.c.agent).select_from(_P.join(_S, made_of))
            lately = or_(_S.c.in_view, _S.c.seen_at >= since)
            sighted = seen.where(_P.c.tenant == tenant, _P.c.id.in_(part), lately, _S.c.agent != "")
            for row in await self._connection.execute(looked.union(sighted)):
                found[PrinterId(row.printer)].add(AgentId(row.agent))
        return {printer: frozenset(agents) for printer, agents in found.items()}

    async def receivers(self, tenant: TenantId, agents: Collection[AgentId]) -> Mapping[AgentId, Receiver]:
        """As the port says."""
        found: dict[AgentId, Receiver] = {}
        running = and_(_K.c.tenant == _A.c.tenant, _K.c.agent == _A.c.id, _K.c.key == TUNNEL_RECEIVE)
        waits = or_(_A.c.key_waits, _unproved()).label("waits")
        wanted = select(_A.c.id, _A.c.name, _A.c.recipient, waits, _A.c.seen_at, _A.c.told_at, _K.c.running)
        for part in in_parts(agents):
            welcome = (_A.c.tenant == tenant, _A.c.id.in_(part), _A.c.revoked_at.is_(None))
            for row in await self._connection.execute(wanted.select_from(_A.outerjoin(_K, running)).where(*welcome)):
                found[AgentId(row.id)] = Receiver(
                    agent=AgentId(row.id),
                    name=row.name,
                    recipient=row.recipient,
                    key_waits=bool(row.waits),
                    seen_at=row.seen_at,
                    runs=None if row.told_at is None else bool(row.running),
                )
        return found

    async def verdicts(
        self, tenant: TenantId, key: CapabilityKey, agents: Collection[AgentId]
    ) -> Mapping[AgentId, Verdict]:
        """As the port says."""
        said: dict[AgentId, Verdict] = {}
        wanted = set(agents)
        for group, verdict in (await self._groups(tenant, key)).items():
            for row in await self._connection.execute(reached(tenant, group)):
                agent = AgentId(row.agent)
                if agent in wanted:
                    said[agent] = stricter(said.get(agent), verdict)
        return said

    async def _groups(self, tenant: TenantId, key: CapabilityKey) -> Mapping[GroupId, Verdict]:
        """What the documents of groups say of a key now."""
        touched = select(_G.c.group).where(_G.c.tenant == tenant, _G.c.key == key)
        last = select(_G.c.group, func.max(_G.c.number).label("number"))
        newest = last.where(_G.c.tenant == tenant, _G.c.group.in_(touched)).group_by(_G.c.group).subquery()
        joined = _G.join(newest, and_(_G.c.group == newest.c.group, _G.c.number == newest.c.number))
        rows = await self._connection.execute(
            select(_G.c.group, _G.c.rules).select_from(joined).where(_G.c.tenant == tenant)
        )
        return {GroupId(row.group): Verdict(row.rules[key]) for row in rows if key in row.rules}

    async def levels(self, tenant: TenantId) -> Mapping[PrinterId, int]:
        """As the port says."""
        rows = await self._connection.execute(select(_C.c.printer, _C.c.agents).where(_C.c.tenant == tenant))
        return {PrinterId(row.printer): row.agents for row in rows}

    async def keep(self, tenant: TenantId, printer: PrinterId, agents: int, at: dt.datetime) -> None:
        """As the port says."""
        await put(self._connection, _C, [{"tenant": tenant, "printer": printer, "agents": agents, "at": at}])

    async def forget(self, tenant: TenantId, printer: PrinterId) -> None:
        """As the port says."""
        await self._connection.execute(delete(_C).where(_C.c.tenant == tenant, _C.c.printer == printer))
