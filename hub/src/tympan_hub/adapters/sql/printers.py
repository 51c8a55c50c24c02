"""Printers, and how agents see their devices and queues."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put, table_of, value_of
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId, ShareId, TenantId
from tympan_hub.domain.printers import Delivery, DeviceSeen, Look, Printer, PrinterName, QueueSeen
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.tunnel_use import TunnelChoice

_P, _D, _Q = tables.printers, tables.devices, tables.queues
_BEST = (_D.c.reachable.desc(), _D.c.observed_at.desc(), _D.c.agent.desc())


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
        device=DeviceId(row.device) if row.device else None,
        pull=value_of(PullSettings, row.pull) if row.pull else None,
        tunnel=value_of(TunnelChoice, row.tunnel) if row.tunnel else TunnelChoice(),
        share=ShareId(row.share) if row.share else None,
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


def _device(row: Any) -> DeviceSeen:
    return DeviceSeen(
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


def _by_name(printer: Printer | PrinterName) -> tuple[str, PrinterId]:
    """One order wherever printers are listed: that of a database depends on its collation."""
    return printer.name, printer.id


def _columns(printer: Printer) -> dict[str, Any]:
    return {
        "name": printer.name,
        "uri": printer.uri,
        "delivery": printer.delivery.value,
        "location": printer.location,
        "fingerprint": printer.fingerprint,
        "pull": table_of(printer.pull) if printer.pull else None,
        "tunnel": table_of(printer.tunnel) if printer.tunnel.on else None,
    }


class SqlPrinters:
    """``Printers``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, printer: Printer) -> None:
        """As the port says."""
        tables.same_tenant(tenant, printer.tenant)
        first = {"tenant": tenant, "id": printer.id, "everybody": printer.everybody, "created_at": printer.created_at}
        first |= {"device": printer.device, "share": printer.share}
        await self._connection.execute(insert(_P).values({**first, **_columns(printer)}))

    async def get(self, tenant: TenantId, printer: PrinterId) -> Printer | None:
        """As the port says."""
        found = select(_P).where(_P.c.tenant == tenant, _P.c.id == printer)
        row = (await self._connection.execute(found)).one_or_none()
        return _printer(row) if row else None

    async def all(self, tenant: TenantId) -> tuple[Printer, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_P).where(_P.c.tenant == tenant))
        return tuple(sorted(map(_printer, rows), key=_by_name))

    async def some(self, tenant: TenantId, printers: Collection[PrinterId]) -> tuple[Printer, ...]:
        """As the port says."""
        found: list[Printer] = []
        for part in in_parts(printers):
            rows = await self._connection.execute(select(_P).where(_P.c.tenant == tenant, _P.c.id.in_(part)))
            found += map(_printer, rows)
        return tuple(sorted(found, key=_by_name))

    async def tunneled(self, tenant: TenantId) -> tuple[Printer, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_P).where(_P.c.tenant == tenant, _P.c.tunnel.is_not(None)))
        return tuple(sorted(map(_printer, rows), key=_by_name))

    async def names(self, tenant: TenantId) -> tuple[PrinterName, ...]:
        """As the port says."""
        holds = _P.c.pull.is_not(None)
        listed = select(_P.c.id, _P.c.name, _P.c.location, _P.c.everybody, holds).where(_P.c.tenant == tenant)
        named = (
            PrinterName(id=PrinterId(name), name=called, location=location, everybody=everybody, holds=bool(held))
            for name, called, location, everybody, held in await self._connection.execute(listed)
        )
        return tuple(sorted(named, key=_by_name))

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
        if not seen.reachable:
            await self._lost_sight(tenant, seen)
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

    async def _lost_sight(self, tenant: TenantId, seen: DeviceSeen) -> None:
        """Until now it was reached: agents tell of a change, not of each look."""
        mine = _D.c.tenant == tenant, _D.c.printer == seen.printer, _D.c.agent == seen.agent
        before = update(_D).where(*mine, _D.c.reachable, _D.c.observed_at <= seen.observed_at)
        await self._connection.execute(before.values(reached_at=seen.observed_at))

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

    async def looks(self, tenant: TenantId, printers: Collection[PrinterId]) -> Mapping[PrinterId, Look]:
        """As the port says."""
        found: dict[PrinterId, Look] = {}
        for part in in_parts(printers):
            for row in await self._connection.execute(_best_looks(tenant, part)):
                found[PrinterId(row.printer)] = Look(reachable=row.reachable, reason=row.reason, model=row.model)
        return found

    async def best(self, tenant: TenantId, printers: Collection[PrinterId]) -> Mapping[PrinterId, DeviceSeen]:
        """As the port says."""
        found: dict[PrinterId, DeviceSeen] = {}
        for part in in_parts(printers):
            ends = _best_looks(tenant, part).with_only_columns(_D)
            found.update((PrinterId(row.printer), _device(row)) for row in await self._connection.execute(ends))
        return found

    async def devices(self, tenant: TenantId, printer: PrinterId, limit: int) -> tuple[DeviceSeen, ...]:
        """As the port says."""
        found = select(_D).where(_D.c.tenant == tenant, _D.c.printer == printer).order_by(*_BEST)
        return tuple(map(_device, await self._connection.execute(found.limit(limit))))

    async def devices_at(
        self, tenant: TenantId, agent: AgentId, printers: Collection[PrinterId]
    ) -> tuple[DeviceSeen, ...]:
        """As the port says."""
        found: list[DeviceSeen] = []
        for part in in_parts(printers):
            wanted = select(_D).where(_D.c.tenant == tenant, _D.c.printer.in_(part), _D.c.agent == agent)
            found += map(_device, await self._connection.execute(wanted))
        return tuple(found)

    async def queues_at(self, tenant: TenantId, agents: Collection[AgentId]) -> tuple[QueueSeen, ...]:
        """As the port says."""
        found: list[QueueSeen] = []
        for part in in_parts(agents):
            rows = await self._connection.execute(select(_Q).where(_Q.c.tenant == tenant, _Q.c.agent.in_(part)))
            found += map(_queue, rows)
        return tuple(found)

    async def queues(self, tenant: TenantId, printer: PrinterId, limit: int) -> tuple[QueueSeen, ...]:
        """As the port says."""
        found = select(_Q).where(_Q.c.tenant == tenant, _Q.c.printer == printer)
        latest = found.order_by(_Q.c.observed_at.desc(), _Q.c.agent.desc())
        return tuple(map(_queue, await self._connection.execute(latest.limit(limit))))


def _best_looks(tenant: TenantId, printers: Collection[PrinterId]) -> Select[Any]:
    """Of each printer the last look that reaches it, else the last; and the model that the first of those told."""
    mine = _D.c.tenant == _P.c.tenant, _D.c.printer == _P.c.id
    best = select(_D.c.agent).where(*mine).order_by(*_BEST).limit(1).scalar_subquery()
    model = select(_D.c.make_and_model).where(*mine, _D.c.make_and_model != "").order_by(*_BEST).limit(1)
    wanted = select(_P.c.id, best.label("agent"), func.coalesce(model.scalar_subquery(), "").label("model"))
    ends = wanted.where(_P.c.tenant == tenant, _P.c.id.in_(printers)).subquery()
    this_one = _D.c.tenant == tenant, _D.c.printer == ends.c.id, _D.c.agent == ends.c.agent
    return select(_D.c.printer, _D.c.reachable, _D.c.reason, ends.c.model).select_from(ends.join(_D, and_(*this_one)))
