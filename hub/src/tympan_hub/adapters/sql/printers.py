"""Printers, and how agents see their devices and queues."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.printers import Delivery, DeviceSeen, Printer, QueueSeen

_P, _D, _Q = tables.printers, tables.devices, tables.queues


def _printer(row: Any) -> Printer:
    return Printer(
        id=PrinterId(row.id),
        tenant=TenantId(row.tenant),
        name=row.name,
        uri=row.uri,
        delivery=Delivery(row.delivery),
        location=row.location,
        fingerprint=row.fingerprint,
        everybody=row.everybody,
        created_at=row.created_at,
    )


def _queue(row: Any) -> QueueSeen:
    return QueueSeen(
        printer=PrinterId(row.printer),
        agent=AgentId(row.agent),
        installed=row.installed,
        usable=row.usable,
        detail=row.detail,
        observed_at=row.observed_at,
    )


def _columns(printer: Printer) -> dict[str, Any]:
    return {
        "name": printer.name,
        "uri": printer.uri,
        "delivery": printer.delivery.value,
        "location": printer.location,
        "fingerprint": printer.fingerprint,
    }


class SqlPrinters:
    """``Printers``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, printer: Printer) -> None:
        """As the port says."""
        tables.same_tenant(tenant, printer.tenant)
        first = {"tenant": tenant, "id": printer.id, "everybody": printer.everybody, "created_at": printer.created_at}
        await self._connection.execute(insert(_P).values({**first, **_columns(printer)}))

    async def get(self, tenant: TenantId, printer: PrinterId) -> Printer | None:
        """As the port says."""
        found = select(_P).where(_P.c.tenant == tenant, _P.c.id == printer)
        row = (await self._connection.execute(found)).one_or_none()
        return _printer(row) if row else None

    async def all(self, tenant: TenantId) -> tuple[Printer, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_P).where(_P.c.tenant == tenant).order_by(_P.c.name, _P.c.id))
        return tuple(_printer(row) for row in rows)

    async def change(self, tenant: TenantId, printer: Printer) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, printer.tenant)
        changed = update(_P).where(_P.c.tenant == tenant, _P.c.id == printer.id).values(**_columns(printer))
        return (await self._connection.execute(changed)).rowcount == 1

    async def set_everybody(self, tenant: TenantId, printer: PrinterId, everybody: bool) -> bool:
        """As the port says."""
        changed = update(_P).where(_P.c.tenant == tenant, _P.c.id == printer).values(everybody=everybody)
        return (await self._connection.execute(changed)).rowcount == 1

    async def remove(self, tenant: TenantId, printer: PrinterId) -> bool:
        """As the port says."""
        removed = delete(_P).where(_P.c.tenant == tenant, _P.c.id == printer)
        return (await self._connection.execute(removed)).rowcount == 1

    async def saw_device(self, tenant: TenantId, seen: DeviceSeen) -> None:
        """As the port says."""
        row = {
            "tenant": tenant,
            "printer": seen.printer,
            "agent": seen.agent,
            "reachable": seen.reachable,
            "observed_at": seen.observed_at,
            "make_and_model": seen.make_and_model,
            "formats": list(seen.formats),
            "color": seen.color,
            "duplex": seen.duplex,
            "media": list(seen.media),
            "reason": seen.reason,
            "detail": seen.detail,
        }
        await put(self._connection, _D, [row], newer="observed_at")

    async def saw_queue(self, tenant: TenantId, seen: QueueSeen) -> None:
        """As the port says."""
        row = {
            "tenant": tenant,
            "printer": seen.printer,
            "agent": seen.agent,
            "installed": seen.installed,
            "usable": seen.usable,
            "detail": seen.detail,
            "observed_at": seen.observed_at,
        }
        await put(self._connection, _Q, [row], newer="observed_at")

    async def devices(self, tenant: TenantId) -> tuple[DeviceSeen, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_D).where(_D.c.tenant == tenant).order_by(_D.c.observed_at.desc()))
        return tuple(
            DeviceSeen(
                printer=PrinterId(row.printer),
                agent=AgentId(row.agent),
                reachable=row.reachable,
                observed_at=row.observed_at,
                make_and_model=row.make_and_model,
                formats=tuple(row.formats),
                color=row.color,
                duplex=row.duplex,
                media=tuple(row.media),
                reason=row.reason,
                detail=row.detail,
            )
            for row in rows
        )

    async def queues_at(self, tenant: TenantId, agents: Collection[AgentId]) -> tuple[QueueSeen, ...]:
        """As the port says."""
        found: list[QueueSeen] = []
        for part in in_parts(agents):
            rows = await self._connection.execute(select(_Q).where(_Q.c.tenant == tenant, _Q.c.agent.in_(part)))
            found += map(_queue, rows)
        return tuple(found)

    async def queues(self, tenant: TenantId) -> tuple[QueueSeen, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_Q).where(_Q.c.tenant == tenant).order_by(_Q.c.observed_at.desc()))
        return tuple(map(_queue, rows))
