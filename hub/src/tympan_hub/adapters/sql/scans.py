"""Scans, and what agents do of them."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, insert, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts
from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId, TenantId
from tympan_hub.domain.scans import OPEN, PartStanding, Progress, Scan, ScanPart

_S, _P = tables.scans, tables.scan_parts
_OPEN = sorted(standing.value for standing in OPEN)
_KEPT = (PartStanding.DONE.value, PartStanding.PASSED_ON.value)
_NEWEST = (_S.c.ordered_at.desc(), _S.c.id.desc())
_MOVING = ("standing", "probed", "total", "found", "detail", "told_at", "heard_at")


def _scan(row: Any) -> Scan:
    return Scan(
        id=ScanId(row.id),
        tenant=TenantId(row.tenant),
        targets=tuple(row.targets),
        excluded=tuple(row.excluded),
        per_second=row.per_second,
        addresses=row.addresses,
        outside=row.outside,
        confirmed=row.confirmed,
        unreached=row.unreached,
        agents=tuple(map(AgentId, row.agents)),
        ordered_by=row.ordered_by,
        ordered_at=row.ordered_at,
        stopped_by=row.stopped_by,
        stopped_at=row.stopped_at,
    )


def _part(row: Any) -> ScanPart:
    return ScanPart(
        id=ScanPartId(row.id),
        tenant=TenantId(row.tenant),
        scan=ScanId(row.scan),
        agent=AgentId(row.agent),
        targets=tuple(row.targets),
        standing=PartStanding(row.standing),
        probed=row.probed,
        total=row.total,
        found=row.found,
        detail=row.detail,
        told_at=row.told_at,
        heard_at=row.heard_at,
    )


def _part_row(part: ScanPart) -> dict[str, Any]:
    return {
        "tenant": part.tenant,
        "id": part.id,
        "scan": part.scan,
        "agent": part.agent,
        "targets": list(part.targets),
        **_moving(part),
    }


def _moving(part: ScanPart) -> dict[str, Any]:
    return {name: getattr(part, name) for name in _MOVING} | {"standing": part.standing.value}


def _has_open_part() -> ColumnElement[bool]:
    mine = (_P.c.tenant == _S.c.tenant, _P.c.scan == _S.c.id, _P.c.standing.in_(_OPEN))
    return select(_P.c.id).where(*mine).exists()


class SqlScans:
    """``Scans``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, scan: Scan, share: Collection[ScanPart]) -> None:
        """As the port says."""
        tables.same_tenant(tenant, scan.tenant)
        for part in share:
            tables.same_tenant(tenant, part.tenant)
        row = {
            "tenant": tenant,
            "id": scan.id,
            "targets": list(scan.targets),
            "excluded": list(scan.excluded),
            "per_second": scan.per_second,
            "addresses": scan.addresses,
            "outside": scan.outside,
            "confirmed": scan.confirmed,
            "unreached": scan.unreached,
            "agents": list(scan.agents),
            "ordered_by": scan.ordered_by,
            "ordered_at": scan.ordered_at,
            "stopped_by": scan.stopped_by,
            "stopped_at": scan.stopped_at,
        }
        await self._connection.execute(insert(_S).values(row))
        if share:
            await self._connection.execute(insert(_P), [_part_row(part) for part in share])

    async def get(self, tenant: TenantId, scan: ScanId) -> Scan | None:
        """As the port says."""
        row = (await self._connection.execute(select(_S).where(_S.c.tenant == tenant, _S.c.id == scan))).one_or_none()
        return _scan(row) if row else None

    async def page(self, tenant: TenantId, first: int, limit: int) -> tuple[Scan, ...]:
        """As the port says."""
        return await self._some(select(_S).where(_S.c.tenant == tenant).offset(first), limit)

    async def older(
        self, tenant: TenantId, after_scan: tuple[dt.datetime, ScanId] | None, limit: int
    ) -> tuple[Scan, ...]:
        """As the port says."""
        found = select(_S).where(_S.c.tenant == tenant)
        if after_scan is not None:
            place = tuple_(literal(after_scan[0], _S.c.ordered_at.type), literal(after_scan[1]))
            found = found.where(tuple_(_S.c.ordered_at, _S.c.id) < place)
        return await self._some(found, limit)

    async def _some(self, found: Select[Any], limit: int) -> tuple[Scan, ...]:
        return tuple(map(_scan, await self._connection.execute(found.order_by(*_NEWEST).limit(limit))))

    async def tally(self, tenant: TenantId) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_S).where(_S.c.tenant == tenant)
        return (await self._connection.execute(counted)).scalar_one()

    async def running(self, tenant: TenantId) -> int:
        """As the port says."""
        counted = select(func.count(_P.c.scan.distinct())).where(_P.c.tenant == tenant, _P.c.standing.in_(_OPEN))
        return (await self._connection.execute(counted)).scalar_one()

    async def keep(self, tenant: TenantId, scan: Scan) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, scan.tenant)
        kept = update(_S).where(_S.c.tenant == tenant, _S.c.id == scan.id)
        values = kept.values(stopped_by=scan.stopped_by, stopped_at=scan.stopped_at)
        return (await self._connection.execute(values)).rowcount == 1

    async def remove(self, tenant: TenantId, scan: ScanId) -> bool:
        """As the port says."""
        removed = delete(_S).where(_S.c.tenant == tenant, _S.c.id == scan)
        return (await self._connection.execute(removed)).rowcount == 1

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        gone = delete(_S).where(_S.c.tenant == tenant, _S.c.ordered_at < before, ~_has_open_part())
        await self._connection.execute(gone)

    async def crowd_out(self, tenant: TenantId, most: int) -> None:
        """As the port says."""
        newest = select(_S.c.id).where(_S.c.tenant == tenant).order_by(*_NEWEST).limit(most).subquery()
        gone = delete(_S).where(_S.c.tenant == tenant, _S.c.id.not_in(select(newest.c.id)), ~_has_open_part())
        await self._connection.execute(gone)

    async def parts(self, tenant: TenantId, scan: ScanId) -> tuple[ScanPart, ...]:
        """As the port says."""
        passed_on = case((_P.c.standing == PartStanding.PASSED_ON.value, 1), else_=0)
        found = select(_P).where(_P.c.tenant == tenant, _P.c.scan == scan).order_by(passed_on, _P.c.id)
        return tuple(map(_part, await self._connection.execute(found)))

    async def progress(self, tenant: TenantId, scans: Collection[ScanId]) -> Mapping[ScanId, Progress]:
        """As the port says."""
        found: dict[ScanId, Progress] = {}
        for part in in_parts(scans):
            for row in await self._connection.execute(_summed(tenant, part)):
                found[ScanId(row.scan)] = Progress(
                    probed=int(row.probed),
                    total=int(row.total),
                    found=int(row.found),
                    parts=int(row.parts),
                    open=int(row.open),
                    failed=int(row.failed),
                    heard_at=row.heard_at,
                )
        return found

    async def part(self, tenant: TenantId, part: ScanPartId) -> ScanPart | None:
        """As the port says."""
        row = (await self._connection.execute(select(_P).where(_P.c.tenant == tenant, _P.c.id == part))).one_or_none()
        return _part(row) if row else None

    async def add_part(self, tenant: TenantId, part: ScanPart) -> None:
        """As the port says."""
        tables.same_tenant(tenant, part.tenant)
        await self._connection.execute(insert(_P).values(_part_row(part)))

    async def keep_part(self, tenant: TenantId, part: ScanPart, kept: ScanPart) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, part.tenant)
        same = and_(_P.c.tenant == tenant, _P.c.id == part.id, _P.c.standing == kept.standing.value)
        return (await self._connection.execute(update(_P).where(same).values(**_moving(part)))).rowcount == 1

    async def stop_parts(self, tenant: TenantId, scan: ScanId) -> bool:
        """As the port says."""
        still = and_(_P.c.tenant == tenant, _P.c.scan == scan, _P.c.standing.in_(_OPEN))
        stopped = update(_P).where(still).values(standing=PartStanding.STOPPED.value)
        return (await self._connection.execute(stopped)).rowcount > 0

    async def resume_parts(self, tenant: TenantId, scan: ScanId, now: dt.datetime) -> None:
        """As the port says."""
        stopped = and_(_P.c.tenant == tenant, _P.c.scan == scan, _P.c.standing == PartStanding.STOPPED.value)
        values = {"standing": PartStanding.WAITING.value, "heard_at": now}
        await self._connection.execute(update(_P).where(stopped).values(**values))

    async def pass_part_on(self, tenant: TenantId, part: ScanPartId) -> bool:
        """As the port says."""
        left = and_(_P.c.tenant == tenant, _P.c.id == part, _P.c.standing.not_in(_KEPT))
        passed_on = update(_P).where(left).values(standing=PartStanding.PASSED_ON.value)
        return (await self._connection.execute(passed_on)).rowcount == 1

    async def open_parts(self, tenant: TenantId) -> tuple[ScanPart, ...]:
        """As the port says."""
        found = select(_P).where(_P.c.tenant == tenant, _P.c.standing.in_(_OPEN)).order_by(_P.c.id)
        return tuple(map(_part, await self._connection.execute(found)))

    async def at(self, tenant: TenantId, agent: AgentId) -> tuple[tuple[Scan, ScanPart], ...]:
        """As the port says."""
        mine = select(_P).where(_P.c.tenant == tenant, _P.c.agent == agent, _P.c.standing.in_(_OPEN))
        parts = [_part(row) for row in await self._connection.execute(mine.order_by(_P.c.id))]
        if not parts:
            return ()
        known = select(_S).where(_S.c.tenant == tenant, _S.c.id.in_({part.scan for part in parts}))
        scans = {scan.id: scan for scan in map(_scan, await self._connection.execute(known))}
        found = [(scans[part.scan], part) for part in parts if part.scan in scans]
        return tuple(sorted(found, key=lambda pair: (pair[0].ordered_at, pair[1].id)))


def _summed(tenant: TenantId, scans: Collection[ScanId]) -> Select[Any]:
    probed = case((_P.c.probed > _P.c.total, _P.c.total), else_=_P.c.probed)
    return (
        select(
            _P.c.scan,
            func.sum(probed).label("probed"),
            func.sum(_P.c.total).label("total"),
            func.sum(_P.c.found).label("found"),
            func.count().label("parts"),
            func.sum(case((_P.c.standing.in_(_OPEN), 1), else_=0)).label("open"),
            func.sum(case((_P.c.standing == PartStanding.FAILED.value, 1), else_=0)).label("failed"),
            func.max(_P.c.heard_at).label("heard_at"),
        )
        .where(_P.c.tenant == tenant, _P.c.scan.in_(scans), _P.c.standing != PartStanding.PASSED_ON.value)
        .group_by(_P.c.scan)
    )
