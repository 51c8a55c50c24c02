"""Commands for agents."""

import datetime as dt
import itertools
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, table_of, value_of
from tympan_hub.domain.commands import OPEN, Command, CommandState, Order
from tympan_hub.domain.ids import AgentId, CommandId, TenantId
from tympan_hub.domain.printers import DeviceFound

_C = tables.commands
_OPEN = sorted(state.value for state in OPEN)


def _command(row: Any) -> Command:
    return Command(
        id=CommandId(row.id),
        tenant=TenantId(row.tenant),
        agent=AgentId(row.agent),
        order=Order(row.order),
        subject=row.subject,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        fence=row.fence,
        state=CommandState(row.state),
        leased_until=row.leased_until,
        ended_at=row.ended_at,
        detail=row.detail,
        found=value_of(DeviceFound, row.found) if row.found else None,
    )


def _moving(command: Command) -> dict[str, Any]:
    return {
        "fence": command.fence,
        "state": command.state.value,
        "leased_until": command.leased_until,
        "ended_at": command.ended_at,
        "detail": command.detail,
        "found": table_of(command.found) if command.found else None,
    }


def _fixed(command: Command) -> dict[str, Any]:
    return {
        "id": command.id,
        "agent": command.agent,
        "order": command.order.value,
        "subject": command.subject,
        "about": command.about,
        "asked_by": command.asked_by,
        "asked_at": command.asked_at,
        "expires_at": command.expires_at,
    }


def _asked_anew() -> ColumnElement[bool]:
    """Whether there is a newer one about the same subject for the same agent."""
    newer = _C.alias()
    same = newer.c.tenant == _C.c.tenant, newer.c.agent == _C.c.agent, newer.c.about == _C.c.about
    at_once = and_(newer.c.asked_at == _C.c.asked_at, newer.c.id > _C.c.id)
    return select(newer.c.id).where(*same, or_(newer.c.asked_at > _C.c.asked_at, at_once)).exists()


class SqlCommands:
    """``Commands``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, command: Command) -> None:
        """As the port says."""
        tables.same_tenant(tenant, command.tenant)
        await self._connection.execute(insert(_C).values(tenant=tenant, **_fixed(command), **_moving(command)))

    async def get(self, tenant: TenantId, command: CommandId) -> Command | None:
        """As the port says."""
        row = (
            await self._connection.execute(select(_C).where(_C.c.tenant == tenant, _C.c.id == command))
        ).one_or_none()
        return _command(row) if row else None

    async def waiting(self, tenant: TenantId, agent: AgentId) -> tuple[Command, ...]:
        """As the port says."""
        found = select(_C).where(_C.c.tenant == tenant, _C.c.agent == agent, _C.c.state.in_(_OPEN))
        return tuple(map(_command, await self._connection.execute(found.order_by(_C.c.asked_at, _C.c.id))))

    async def about(self, tenant: TenantId, about: str, limit: int) -> tuple[Command, ...]:
        """As the port says."""
        found = select(_C).where(_C.c.tenant == tenant, _C.c.about == about)
        newest = found.order_by(_C.c.asked_at.desc(), _C.c.id.desc()).limit(limit)
        return tuple(map(_command, await self._connection.execute(newest)))

    async def at(self, tenant: TenantId, agents: Collection[AgentId], subjects: Collection[str]) -> tuple[Command, ...]:
        """As the port says."""
        found: list[Command] = []
        for part, about in itertools.product(in_parts(agents), in_parts(subjects)):
            wanted = select(_C).where(_C.c.tenant == tenant, _C.c.agent.in_(part), _C.c.about.in_(about))
            found += map(_command, await self._connection.execute(wanted))
        return tuple(sorted(found, key=lambda command: (command.asked_at, command.id), reverse=True))

    async def failed(self, tenant: TenantId, since: dt.datetime, limit: int) -> tuple[Command, ...]:
        """As the port says."""
        deeds = _C.c.state == CommandState.FAILED.value, _C.c.order != Order.CHECK.value
        found = select(_C).where(_C.c.tenant == tenant, *deeds, _C.c.ended_at >= since, ~_asked_anew())
        last = found.order_by(_C.c.ended_at.desc(), _C.c.id.desc()).limit(limit)
        return tuple(map(_command, await self._connection.execute(last)))

    async def keep(self, tenant: TenantId, command: Command) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, command.tenant)
        kept = update(_C).where(_C.c.tenant == tenant, _C.c.id == command.id).values(**_moving(command))
        return (await self._connection.execute(kept)).rowcount == 1

    async def expire(self, tenant: TenantId, at: dt.datetime) -> None:
        """As the port says."""
        over = update(_C).where(_C.c.tenant == tenant, _C.c.state.in_(_OPEN), _C.c.expires_at <= at)
        await self._connection.execute(over.values(state=CommandState.EXPIRED.value, ended_at=at))

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_C).where(_C.c.tenant == tenant, _C.c.ended_at < before))
