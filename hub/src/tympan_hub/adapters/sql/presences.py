"""Processes that serve, and the agents connected to each."""

import datetime as dt
from collections.abc import Collection

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.ids import AgentId, ProcessId, TenantId

_P, _A = tables.processes, tables.presences


class SqlProcesses:
    """``Processes``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def beat(self, tenant: TenantId, process: ProcessId, at: dt.datetime) -> bool:
        """As the port says."""
        this_one = _P.c.tenant == tenant, _P.c.id == process
        found = await self._connection.execute(update(_P).where(*this_one).values(seen_at=at))
        if found.rowcount:
            return True
        await self._connection.execute(insert(_P).values(tenant=tenant, id=process, seen_at=at))
        return False

    async def alive(self, tenant: TenantId, since: dt.datetime) -> tuple[ProcessId, ...]:
        """As the port says."""
        found = await self._connection.execute(select(_P.c.id).where(_P.c.tenant == tenant, _P.c.seen_at >= since))
        return tuple(map(ProcessId, found.scalars()))

    async def silent(self, tenant: TenantId, before: dt.datetime) -> tuple[ProcessId, ...]:
        """As the port says."""
        found = await self._connection.execute(select(_P.c.id).where(_P.c.tenant == tenant, _P.c.seen_at < before))
        return tuple(map(ProcessId, found.scalars()))

    async def forget(self, tenant: TenantId, processes: Collection[ProcessId]) -> None:
        """As the port says."""
        await self._connection.execute(delete(_P).where(_P.c.tenant == tenant, _P.c.id.in_(processes)))


class SqlPresences:
    """``Presences``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, process: ProcessId, agents: Collection[AgentId]) -> None:
        """As the port says."""
        if agents:
            rows = [{"tenant": tenant, "process": process, "agent": agent} for agent in agents]
            await put(self._connection, _A, rows, nothing=True)

    async def remove(self, tenant: TenantId, process: ProcessId, agents: Collection[AgentId]) -> None:
        """As the port says."""
        for part in in_parts(agents):
            these = _A.c.tenant == tenant, _A.c.process == process, _A.c.agent.in_(part)
            await self._connection.execute(delete(_A).where(*these))

    async def tally(self, tenant: TenantId, processes: Collection[ProcessId]) -> int:
        """As the port says."""
        here = _A.c.tenant == tenant, _A.c.process.in_(processes)
        counted = select(func.count(_A.c.agent.distinct())).where(*here)
        return (await self._connection.execute(counted)).scalar_one()

    async def any_of(
        self, tenant: TenantId, processes: Collection[ProcessId], agents: Collection[AgentId]
    ) -> frozenset[AgentId]:
        """As the port says."""
        found: set[AgentId] = set()
        for part in in_parts(agents):
            here = select(_A.c.agent).where(_A.c.tenant == tenant, _A.c.process.in_(processes), _A.c.agent.in_(part))
            found.update(map(AgentId, (await self._connection.execute(here)).scalars()))
        return frozenset(found)

    async def forget(self, tenant: TenantId, processes: Collection[ProcessId]) -> None:
        """As the port says."""
        await self._connection.execute(delete(_A).where(_A.c.tenant == tenant, _A.c.process.in_(processes)))
