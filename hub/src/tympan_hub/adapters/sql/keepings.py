"""How long jobs are kept, and their going."""

import datetime as dt

from sqlalchemy import ColumnElement, Select, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import put
from tympan_hub.domain.crossings import OPEN
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.keeping import Keeping

_K, _J, _C = tables.keepings, tables.jobs, tables.crossings
_OPEN = sorted(state.value for state in OPEN)


def _oldest(tenant: TenantId, before: dt.datetime, limit: int, *where: ColumnElement[bool]) -> Select[tuple[object]]:
    old = select(_J.c.id).where(_J.c.tenant == tenant, _J.c.created_at < before, *where)
    return old.order_by(_J.c.created_at).limit(limit)


class SqlKeepings:
    """``Keepings``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: TenantId) -> Keeping:
        """As the port says."""
        row = (await self._connection.execute(select(_K).where(_K.c.tenant == tenant))).one_or_none()
        if row is None:
            return Keeping(tenant=tenant)
        return Keeping(
            tenant=tenant,
            jobs_days=row.jobs_days,
            titles_days=row.titles_days,
            audit_days=row.audit_days,
            jobs_gone=row.jobs_gone,
            titles_gone=row.titles_gone,
        )

    async def put(self, tenant: TenantId, keeping: Keeping) -> None:
        """As the port says."""
        tables.same_tenant(tenant, keeping.tenant)
        row = {
            "tenant": tenant,
            "jobs_days": keeping.jobs_days,
            "titles_days": keeping.titles_days,
            "audit_days": keeping.audit_days,
            "jobs_gone": keeping.jobs_gone,
            "titles_gone": keeping.titles_gone,
        }
        await put(self._connection, _K, [row])

    async def erase_jobs(self, tenant: TenantId, before: dt.datetime, limit: int) -> int:
        """As the port says."""
        on_its_way = exists().where(_C.c.tenant == _J.c.tenant, _C.c.job == _J.c.id, _C.c.state.in_(_OPEN))
        erased = delete(_J).where(_J.c.tenant == tenant, _J.c.id.in_(_oldest(tenant, before, limit, ~on_its_way)))
        return (await self._connection.execute(erased)).rowcount

    async def erase_titles(self, tenant: TenantId, before: dt.datetime, limit: int) -> int:
        """As the port says."""
        titled = _oldest(tenant, before, limit, _J.c.title != "")
        erased = update(_J).where(_J.c.tenant == tenant, _J.c.id.in_(titled)).values(title="")
        return (await self._connection.execute(erased)).rowcount
