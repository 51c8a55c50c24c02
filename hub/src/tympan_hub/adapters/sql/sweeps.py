"""The last sweeps of agents, and what was taken of their sightings."""

import datetime as dt
from collections.abc import Collection
from typing import Any

import attrs
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.devices import Intake
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.sightings import BY_HAND, IMPORT, NOT_SWEPT, Sweep

_W, _I, _S = tables.device_sweeps, tables.device_intakes, tables.device_sightings
_SWEEP = [column for column in _W.c if column.name != "tenant"]
_INTAKE = [column for column in _I.c if column.name != "tenant"]


def _sweep(row: Any) -> Sweep:
    return Sweep(**{**row._mapping, "agent": AgentId(row.agent)})


def _intake(row: Any) -> Intake:
    return Intake(**{**row._mapping, "agent": AgentId(row.agent)})


class SqlSweeps:
    """``Sweeps``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, tenant: TenantId, sweep: Sweep) -> None:
        """As the port says."""
        await put(self._connection, _W, [{"tenant": tenant, **attrs.asdict(sweep)}], newer="at")

    async def begin(self, tenant: TenantId, agent: AgentId, methods: Collection[str]) -> None:
        """As the port says."""
        if methods:
            sweeps = [Sweep(agent=agent, method=method, at=NOT_SWEPT) for method in methods]
            await put(self._connection, _W, [{"tenant": tenant, **attrs.asdict(one)} for one in sweeps], nothing=True)

    async def methods(self, tenant: TenantId) -> tuple[str, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_W.c.method).where(_W.c.tenant == tenant).distinct())
        entered = select(_S.c.key).where(_S.c.tenant == tenant, _S.c.agent == BY_HAND).exists()
        by_hand = (await self._connection.execute(select(entered))).scalar_one()
        return tuple(sorted({*rows.scalars(), *([IMPORT] if by_hand else [])}))

    async def of_agents(self, tenant: TenantId, agents: Collection[AgentId]) -> tuple[Sweep, ...]:
        """As the port says."""
        found: list[Sweep] = []
        for part in in_parts(agents):
            mine = select(*_SWEEP).where(_W.c.tenant == tenant, _W.c.agent.in_(part))
            found += map(_sweep, await self._connection.execute(mine.order_by(_W.c.agent, _W.c.method)))
        return tuple(found)


class SqlIntakes:
    """``Intakes``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: TenantId, agent: AgentId, day: dt.date) -> Intake | None:
        """As the port says."""
        mine = select(*_INTAKE).where(_I.c.tenant == tenant, _I.c.agent == agent, _I.c.day == day)
        row = (await self._connection.execute(mine)).one_or_none()
        return _intake(row) if row else None

    async def put(self, tenant: TenantId, intake: Intake) -> None:
        """As the port says."""
        await put(self._connection, _I, [{"tenant": tenant, **attrs.asdict(intake)}])

    async def since(self, tenant: TenantId, day: dt.date) -> tuple[Intake, ...]:
        """As the port says."""
        dropped = _I.c.too_many + _I.c.too_fast + _I.c.strange + _I.c.no_room > 0
        found = select(*_INTAKE).where(_I.c.tenant == tenant, _I.c.day >= day, dropped)
        return tuple(map(_intake, await self._connection.execute(found.order_by(_I.c.day.desc(), _I.c.agent))))

    async def forget(self, tenant: TenantId, day: dt.date) -> None:
        """As the port says."""
        await self._connection.execute(delete(_I).where(_I.c.tenant == tenant, _I.c.day < day))
