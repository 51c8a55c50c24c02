"""Devices found in networks or entered by hand."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put, table_of, value_of
from tympan_hub.domain.devices import Device, DeviceFilter, Linked, Standing
from tympan_hub.domain.ids import DeviceId, PrinterId, TenantId
from tympan_hub.domain.sightings import BY_HAND, Description

_D, _S, _W = tables.found_devices, tables.device_sightings, tables.device_sweeps
_P, _C = tables.printers, tables.device_changes
_MADE_OF: Final = and_(_P.c.tenant == _D.c.tenant, _P.c.device == _D.c.id)
_PRINTERS: Final = select(func.count()).select_from(_P).where(_MADE_OF).correlate(_D).scalar_subquery()
_HAS_PRINTER: Final = select(_P.c.id).where(_MADE_OF).correlate(_D).exists()
_SEES: Final = and_(_S.c.tenant == _D.c.tenant, _S.c.device == _D.c.id)
_WHOLE: Final = select(_D, _PRINTERS.label("printers"))
_STANDINGS: Final = {
    Standing.KNOWN: _HAS_PRINTER,
    Standing.NEW: and_(_D.c.ignored_at.is_(None), ~_HAS_PRINTER),
    Standing.IGNORED: and_(_D.c.ignored_at.is_not(None), ~_HAS_PRINTER),
}


def _device(row: Any) -> Device:
    return Device(
        id=DeviceId(row.id),
        tenant=TenantId(row.tenant),
        first_seen_at=row.first_seen_at,
        described_at=row.described_at,
        description=value_of(Description, row.description),
        fingerprint=row.fingerprint,
        place=row.place,
        host_name=row.host_name,
        mac=row.mac,
        given_name=row.given_name,
        given_location=row.given_location,
        in_view=row.in_view,
        printers=row.printers,
        ignored_at=row.ignored_at,
    )


def _row(tenant: TenantId, device: Device) -> dict[str, Any]:
    tables.same_tenant(tenant, device.tenant)
    return {
        "tenant": tenant,
        "id": device.id,
        "first_seen_at": device.first_seen_at,
        "described_at": device.described_at,
        "description": table_of(device.description),
        "fingerprint": device.fingerprint,
        "place": device.place,
        "host_name": device.host_name,
        "mac": device.mac,
        "given_name": device.given_name,
        "given_location": device.given_location,
        "in_view": device.in_view,
        "listed": device.name.casefold(),
        "sought": device.sought,
    }


class SqlDevices:
    """``Devices``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: TenantId, device: DeviceId) -> Device | None:
        """As the port says."""
        row = (await self._connection.execute(_WHOLE.where(_D.c.tenant == tenant, _D.c.id == device))).one_or_none()
        return _device(row) if row else None

    async def some(self, tenant: TenantId, devices: Collection[DeviceId]) -> tuple[Device, ...]:
        """As the port says."""
        found: list[Device] = []
        for part in in_parts(devices):
            rows = await self._connection.execute(_WHOLE.where(_D.c.tenant == tenant, _D.c.id.in_(part)))
            found += map(_device, rows)
        return tuple(found)

    async def find(self, tenant: TenantId, wanted: DeviceFilter) -> tuple[Device, ...]:
        """As the port says."""
        chosen = select(_D.c.id).where(*_conditions(tenant, wanted)).order_by(_D.c.listed, _D.c.id)
        few = chosen.offset(wanted.first).limit(wanted.limit).subquery()
        found = _WHOLE.where(_D.c.tenant == tenant, _D.c.id.in_(select(few.c.id))).order_by(_D.c.listed, _D.c.id)
        return tuple(map(_device, await self._connection.execute(found)))

    async def tally(self, tenant: TenantId, wanted: DeviceFilter) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_D).where(*_conditions(tenant, wanted))
        return (await self._connection.execute(counted)).scalar_one()

    async def following(
        self, tenant: TenantId, wanted: DeviceFilter, after: tuple[str, DeviceId] | None
    ) -> tuple[Device, ...]:
        """As the port says."""
        found = _WHOLE.where(*_conditions(tenant, wanted))
        if after is not None:
            found = found.where(tuple_(_D.c.listed, _D.c.id) > tuple_(literal(after[0].casefold()), literal(after[1])))
        rows = await self._connection.execute(found.order_by(_D.c.listed, _D.c.id).limit(wanted.limit))
        return tuple(map(_device, rows))

    async def put(self, tenant: TenantId, devices: Collection[Device]) -> None:
        """As the port says."""
        if devices:
            await put(self._connection, _D, [_row(tenant, device) for device in devices])

    async def ignore(self, tenant: TenantId, device: DeviceId, at: dt.datetime | None) -> bool:
        """As the port says."""
        changed = update(_D).where(_D.c.tenant == tenant, _D.c.id == device).values(ignored_at=at)
        return (await self._connection.execute(changed)).rowcount == 1

    async def join(self, tenant: TenantId, gone: Mapping[DeviceId, DeviceId]) -> None:
        """As the port says."""
        for device, other in gone.items():
            for table in (_P, _C, _S):
                mine = (table.c.tenant == tenant, table.c.device == device)
                await self._connection.execute(update(table).where(*mine).values(device=other))
        for part in in_parts(gone):
            await self._connection.execute(delete(_D).where(_D.c.tenant == tenant, _D.c.id.in_(part)))

    async def remove(self, tenant: TenantId, device: DeviceId) -> bool:
        """As the port says."""
        removed = delete(_D).where(_D.c.tenant == tenant, _D.c.id == device)
        return (await self._connection.execute(removed)).rowcount == 1

    async def make_room(self, tenant: TenantId, count: int, needed: Collection[DeviceId]) -> int:
        """As the port says."""
        seen = select(func.max(_S.c.seen_at)).where(_SEES).correlate(_D).scalar_subquery()
        by_hand = select(_S.c.key).where(_SEES, _S.c.agent == BY_HAND).correlate(_D).exists()
        idle = (_D.c.tenant == tenant, _D.c.in_view == 0, _D.c.ignored_at.is_(None), ~_HAS_PRINTER, ~by_hand)
        oldest = select(_D.c.id).where(*idle).order_by(func.coalesce(seen, _D.c.described_at), _D.c.id)
        rows = (await self._connection.execute(oldest.limit(count + len(needed)))).scalars()
        gone = [DeviceId(name) for name in rows if name not in needed][:count]
        for part in in_parts(gone):
            await self._connection.execute(delete(_D).where(_D.c.tenant == tenant, _D.c.id.in_(part)))
        return len(gone)

    async def recount(self, tenant: TenantId, devices: Collection[DeviceId]) -> None:
        """As the port says."""
        agents = select(func.count(_S.c.agent.distinct())).where(_SEES, _S.c.in_view, _S.c.agent != BY_HAND)
        counted = agents.correlate(_D).scalar_subquery()
        for part in in_parts(sorted(devices)):
            mine = (_D.c.tenant == tenant, _D.c.id.in_(part))
            await self._connection.execute(update(_D).where(*mine).values(in_view=counted))

    async def printers(self, tenant: TenantId, device: DeviceId) -> tuple[Linked, ...]:
        """As the port says."""
        made = select(_P.c.id, _P.c.name, _P.c.uri, _P.c.fingerprint).where(
            _P.c.tenant == tenant, _P.c.device == device
        )
        rows = await self._connection.execute(made.order_by(_P.c.name, _P.c.id))
        return tuple(
            Linked(printer=PrinterId(row.id), name=row.name, uri=row.uri, fingerprint=row.fingerprint) for row in rows
        )

    async def forget(self, tenant: TenantId, before: dt.datetime, limit: int) -> int:
        """As the port says."""
        swept = select(_W.c.at).where(
            _W.c.tenant == _S.c.tenant, _W.c.agent == _S.c.agent, _W.c.method == _S.c.method, _W.c.at >= before
        )
        lately = or_(_S.c.seen_at >= before, and_(_S.c.in_view, swept.correlate(_S).exists()))
        seen = select(_S.c.key).where(_SEES, or_(_S.c.agent == BY_HAND, lately)).correlate(_D).exists()
        old = select(_D.c.id).where(_D.c.tenant == tenant, _D.c.described_at < before, ~seen, ~_HAS_PRINTER)
        gone = (await self._connection.execute(old.limit(limit))).scalars().all()
        for part in in_parts(gone):
            await self._connection.execute(delete(_D).where(_D.c.tenant == tenant, _D.c.id.in_(part)))
        return len(gone)


def _conditions(tenant: TenantId, wanted: DeviceFilter) -> list[ColumnElement[bool]]:
    conditions = [_D.c.tenant == tenant, *(_D.c.sought.contains(word, autoescape=True) for word in wanted.words)]
    if wanted.standing is not None:
        conditions.append(_STANDINGS[wanted.standing])
    if wanted.in_view is not None:
        conditions.append(_D.c.in_view > 0 if wanted.in_view else _D.c.in_view == 0)
    if wanted.printer is not None:
        conditions.append(_HAS_PRINTER if wanted.printer else ~_HAS_PRINTER)
    if wanted.method or wanted.agent is not None:
        conditions.append(_seen_by(tenant, wanted))
    return conditions


def _seen_by(tenant: TenantId, wanted: DeviceFilter) -> ColumnElement[bool]:
    method = (_S.c.method == wanted.method,) if wanted.method else ()
    if wanted.agent is None:
        return select(_S.c.key).where(_SEES, *method).correlate(_D).exists()
    # Found by the agent once, and not looked for with every device.
    mine = select(_S.c.device).where(_S.c.tenant == tenant, _S.c.agent == wanted.agent, *method)
    return _D.c.id.in_(mine)
