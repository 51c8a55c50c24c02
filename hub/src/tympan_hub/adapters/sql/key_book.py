"""The key book."""

from typing import Any

from sqlalchemy import Select, and_, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.key_book import KeyEntry, KeyEvent

_B = tables.key_book
_LATER = _B.alias("later")


class SqlKeyBook:
    """``KeyBook``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, entry: KeyEntry) -> None:
        """As the port says."""
        tables.same_tenant(tenant, entry.tenant)
        row = {
            "tenant": tenant,
            "number": entry.number,
            "at": entry.at,
            "event": entry.event.value,
            "agent": entry.agent,
            "name": entry.name,
            "identity": entry.identity,
            "recipient": entry.recipient,
            "proof": entry.proof,
            "by": entry.by,
            "before": entry.before,
        }
        await self._connection.execute(insert(_B).values(row))

    async def newest(self, tenant: TenantId) -> KeyEntry | None:
        """As the port says."""
        return next(iter(await self.older(tenant, None, 1)), None)

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> KeyEntry | None:
        """As the port says."""
        of_it = select(_B).where(_B.c.tenant == tenant, _B.c.agent == agent)
        return next(iter(await self._found(of_it.order_by(_B.c.number.desc()).limit(1))), None)

    async def following(self, tenant: TenantId, after_number: int, limit: int) -> tuple[KeyEntry, ...]:
        """As the port says."""
        behind = select(_B).where(_B.c.tenant == tenant, _B.c.number > after_number)
        return await self._found(behind.order_by(_B.c.number).limit(limit))

    async def older(self, tenant: TenantId, before: int | None, limit: int) -> tuple[KeyEntry, ...]:
        """As the port says."""
        wanted = select(_B).where(_B.c.tenant == tenant)
        if before is not None:
            wanted = wanted.where(_B.c.number < before)
        return await self._found(wanted.order_by(_B.c.number.desc()).limit(limit))

    async def waiting(self, tenant: TenantId, limit: int) -> tuple[KeyEntry, ...]:
        """As the port says."""
        joined, unproved = _B.c.event == KeyEvent.JOINED.value, and_(_B.c.proof == b"", _B.c.recipient != b"")
        later = select(_LATER.c.number).where(
            _LATER.c.tenant == tenant, _LATER.c.agent == _B.c.agent, _LATER.c.number > _B.c.number
        )
        waits = or_(_B.c.event == KeyEvent.CHANGED.value, and_(joined, unproved))
        wanted = select(_B).where(_B.c.tenant == tenant, waits, ~later.exists())
        return await self._found(wanted.order_by(_B.c.event, _B.c.number).limit(limit))  # "changed" comes first

    async def _found(self, wanted: Select[Any]) -> tuple[KeyEntry, ...]:
        return tuple(map(_entry, await self._connection.execute(wanted)))


def _entry(row: Any) -> KeyEntry:
    return KeyEntry(
        tenant=TenantId(row.tenant),
        number=row.number,
        at=row.at,
        event=KeyEvent(row.event),
        agent=AgentId(row.agent),
        name=row.name,
        identity=row.identity,
        recipient=row.recipient,
        proof=row.proof,
        by=row.by,
        before=row.before,
    )
