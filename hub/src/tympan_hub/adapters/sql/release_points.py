"""Release points and trusted stations."""

import datetime as dt
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import put
from tympan_hub.domain.errors import Taken
from tympan_hub.domain.ids import PrinterId, StationId, TenantId, TokenHash
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.release_points import ReleasePoint
from tympan_hub.domain.stations import Station

_P, _T = tables.release_points, tables.stations


def _point(row: Any) -> ReleasePoint:
    return ReleasePoint(
        tenant=TenantId(row.tenant),
        printer=PrinterId(row.printer),
        code=row.code,
        secret=row.secret,
        proximity=Proximity(row.proximity) if row.proximity else None,
        kiosk=TokenHash(row.kiosk) if row.kiosk else None,
        created_at=row.created_at,
    )


def _station(row: Any) -> Station:
    return Station(
        id=StationId(row.id),
        tenant=TenantId(row.tenant),
        name=row.name,
        points=tuple(map(PrinterId, row.points)),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )


class SqlReleasePoints:
    """``ReleasePoints``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, tenant: TenantId, point: ReleasePoint) -> None:
        """As the port says."""
        tables.same_tenant(tenant, point.tenant)
        row = {
            "tenant": tenant,
            "printer": point.printer,
            "code": point.code,
            "secret": point.secret,
            "proximity": point.proximity.value if point.proximity else None,
            "kiosk": point.kiosk,
            "created_at": point.created_at,
        }
        await put(self._connection, _P, [row])

    async def get(self, tenant: TenantId, printer: PrinterId) -> ReleasePoint | None:
        """As the port says."""
        return await self._one(_P.c.tenant == tenant, _P.c.printer == printer)

    async def by_code(self, tenant: TenantId, point_code: str) -> ReleasePoint | None:
        """As the port says."""
        return await self._one(_P.c.tenant == tenant, _P.c.code == point_code)

    async def by_kiosk(self, tenant: TenantId, kiosk: TokenHash) -> ReleasePoint | None:
        """As the port says."""
        return await self._one(_P.c.tenant == tenant, _P.c.kiosk == kiosk)

    async def all(self, tenant: TenantId) -> tuple[ReleasePoint, ...]:
        """As the port says."""
        found = select(_P).where(_P.c.tenant == tenant).order_by(_P.c.printer)
        return tuple(map(_point, await self._connection.execute(found)))

    async def remove(self, tenant: TenantId, printer: PrinterId) -> bool:
        """As the port says."""
        removed = delete(_P).where(_P.c.tenant == tenant, _P.c.printer == printer)
        return (await self._connection.execute(removed)).rowcount == 1

    async def _one(self, *where: Any) -> ReleasePoint | None:
        row = (await self._connection.execute(select(_P).where(*where))).one_or_none()
        return _point(row) if row else None


class SqlStations:
    """``Stations``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, station: Station, station_token: TokenHash) -> None:
        """As the port says."""
        tables.same_tenant(tenant, station.tenant)
        row = {
            "tenant": tenant,
            "id": station.id,
            "name": station.name,
            "hash": station_token,
            "points": list(station.points),
            "created_at": station.created_at,
            "last_used_at": station.last_used_at,
        }
        try:
            await self._connection.execute(insert(_T).values(row))
        except IntegrityError as error:
            cause = f"there is a station called {station.name!r} already"
            raise Taken(cause, next_step="Choose another name.", field="name") from error

    async def by_hash(self, tenant: TenantId, station_token: TokenHash) -> Station | None:
        """As the port says."""
        found = select(_T).where(_T.c.tenant == tenant, _T.c.hash == station_token)
        row = (await self._connection.execute(found)).one_or_none()
        return _station(row) if row else None

    async def all(self, tenant: TenantId) -> tuple[Station, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_T).where(_T.c.tenant == tenant))
        return tuple(sorted(map(_station, rows), key=lambda station: station.name))

    async def used(self, tenant: TenantId, station: StationId, at: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(
            update(_T).where(_T.c.tenant == tenant, _T.c.id == station).values(last_used_at=at)
        )

    async def remove(self, tenant: TenantId, station: StationId) -> bool:
        """As the port says."""
        removed = delete(_T).where(_T.c.tenant == tenant, _T.c.id == station)
        return (await self._connection.execute(removed)).rowcount == 1
