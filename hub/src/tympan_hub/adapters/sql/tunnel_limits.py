"""What tenants may send through the tunnel."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import put
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.tunnel import TunnelLimits

_L = tables.tunnel_limits


class SqlTunnelLimits:
    """``TunnelLimitsKept``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, tenant: TenantId) -> TunnelLimits | None:
        """As the port says."""
        row = (await self._connection.execute(select(_L).where(_L.c.tenant == tenant))).one_or_none()
        if row is None:
            return None
        return TunnelLimits(
            bytes_most=row.bytes_most,
            jobs_most=row.jobs_most,
            bytes_waiting_most=row.bytes_waiting_most,
            keep=dt.timedelta(seconds=row.keep_s),
            rate=row.rate,
        )

    async def keep(self, tenant: TenantId, limits: TunnelLimits) -> None:
        """As the port says."""
        row = {
            "tenant": tenant,
            "bytes_most": limits.bytes_most,
            "jobs_most": limits.jobs_most,
            "bytes_waiting_most": limits.bytes_waiting_most,
            "keep_s": int(limits.keep.total_seconds()),
            "rate": limits.rate,
        }
        await put(self._connection, _L, [row])
