"""Uploads of agents, and which of their parts are there."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.ids import AgentId, PersonId, TenantId, UploadId
from tympan_hub.domain.uploads import HUBS_OWN, Part, Upload, Uploader, UploadState, UploadTally

_U, _P = tables.uploads, tables.upload_parts
_LEAVING = UploadState.LEAVING.value
_STAYS = _U.c.state != literal_column("'leaving'")
"""In the very words of the index: with a parameter the databases would not know that it is meant."""


def _upload(row: Any) -> Upload:
    return Upload(
        id=UploadId(row.id),
        tenant=TenantId(row.tenant),
        agent=AgentId(row.agent) if row.agent else None,
        person=PersonId(row.person) if row.person else None,
        name=row.name,
        user=row.user,
        size=row.size,
        part_bytes=row.part_bytes,
        state=UploadState(row.state),
        digest=row.digest,
        begun_at=row.begun_at,
        touched_at=row.touched_at,
    )


def _part(row: Any) -> Part:
    return Part(number=row.number, sha256=row.sha256, piece=row.piece)


def _moving(upload: Upload) -> dict[str, Any]:
    return {"state": upload.state.value, "digest": upload.digest, "touched_at": upload.touched_at}


def _fixed(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.id,
        "agent": upload.agent,
        "person": upload.person,
        "name": upload.name,
        "user": upload.user,
        "size": upload.size,
        "part_bytes": upload.part_bytes,
        "begun_at": upload.begun_at,
    }


def _sum(of: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(of), 0)


def _is_of(uploader: Uploader) -> ColumnElement[bool]:
    return _U.c.agent == uploader.agent if uploader.person is None else _U.c.person == uploader.person


def _mirrored() -> ColumnElement[bool]:
    """Whether it is what others print a held job from: that goes with the job."""
    mirrors = tables.mirrors.c
    lies_here = mirrors.tenant == _U.c.tenant, mirrors.upload == _U.c.id, ~mirrors.erased
    return select(mirrors.job).where(*lies_here).exists()


def _crossing() -> ColumnElement[bool]:
    """Whether it is on its way through the tunnel: that goes with its crossing."""
    crossings = tables.crossings.c
    is_open = crossings.state.in_([literal_column(f"'{state}'") for state in ("waiting", "taken", "begun")])
    return select(crossings.id).where(crossings.tenant == _U.c.tenant, crossings.upload == _U.c.id, is_open).exists()


class SqlUploads:
    """``Uploads``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, upload: Upload) -> None:
        """As the port says."""
        tables.same_tenant(tenant, upload.tenant)
        await self._connection.execute(insert(_U).values(tenant=tenant, **_fixed(upload), **_moving(upload)))

    async def get(self, tenant: TenantId, upload_id: UploadId) -> Upload | None:
        """As the port says."""
        found = select(_U).where(_U.c.tenant == tenant, _U.c.id == upload_id)
        row = (await self._connection.execute(found)).one_or_none()
        return _upload(row) if row else None

    async def by_name(self, tenant: TenantId, uploader: Uploader, upload_name: str) -> Upload | None:
        """As the port says."""
        named = select(_U).where(_U.c.tenant == tenant, _is_of(uploader), _U.c.name == upload_name)
        row = (await self._connection.execute(named.where(_STAYS))).one_or_none()
        return _upload(row) if row else None

    async def tally(self, tenant: TenantId, uploader: Uploader) -> UploadTally:
        """As the port says."""
        is_theirs = _is_of(uploader)
        theirs = _sum(case((is_theirs, 1), else_=0)), _sum(case((is_theirs, _U.c.size), else_=0))
        counted = select(*theirs, func.count(), _sum(_U.c.size))
        row = (await self._connection.execute(counted.where(_U.c.tenant == tenant))).one()
        count, size, tenant_count, tenant_size = map(int, row)  # sums of PostgreSQL are decimals
        return UploadTally(count=count, size=size, tenant_count=tenant_count, tenant_size=tenant_size)

    async def keep(self, tenant: TenantId, upload: Upload) -> None:
        """As the port says."""
        tables.same_tenant(tenant, upload.tenant)
        kept = update(_U).where(_U.c.tenant == tenant, _U.c.id == upload.id)
        await self._connection.execute(kept.values(**_moving(upload)))

    async def parts(self, tenant: TenantId, upload_id: UploadId) -> tuple[Part, ...]:
        """As the port says."""
        found = select(_P).where(_P.c.tenant == tenant, _P.c.upload == upload_id).order_by(_P.c.number)
        return tuple(map(_part, await self._connection.execute(found)))

    async def some_parts(self, tenant: TenantId, upload_id: UploadId, part_numbers: Sequence[int]) -> tuple[Part, ...]:
        """As the port says."""
        if not part_numbers:
            return ()
        spanned = _P.c.number.between(min(part_numbers), max(part_numbers))
        found = select(_P).where(_P.c.tenant == tenant, _P.c.upload == upload_id, spanned).order_by(_P.c.number)
        parts = map(_part, await self._connection.execute(found))
        return tuple(part for part in parts if part.number in part_numbers)

    async def keep_parts(self, tenant: TenantId, upload_id: UploadId, parts: Collection[Part]) -> None:
        """As the port says."""
        rows = [
            {"tenant": tenant, "upload": upload_id, "number": part.number, "sha256": part.sha256, "piece": part.piece}
            for part in parts
        ]
        await put(self._connection, _P, rows)

    async def known(self, tenant: TenantId, uploads: Collection[UploadId]) -> frozenset[UploadId]:
        """As the port says."""
        found: set[UploadId] = set()
        for part in in_parts(uploads):
            wanted = select(_U.c.id).where(_U.c.tenant == tenant, _U.c.id.in_(part))
            found.update((await self._connection.execute(wanted)).scalars())
        return frozenset(found)

    async def outdated(
        self,
        tenant: TenantId,
        open_before: dt.datetime,
        finished_before: dt.datetime,
        hubs_before: dt.datetime,
        limit: int,
    ) -> tuple[Upload, ...]:
        """As the port says."""
        is_hubs = and_(_U.c.person.is_not(None), _U.c.name.startswith(HUBS_OWN))
        taken = or_(_mirrored(), _crossing())
        old = or_(
            _U.c.state == _LEAVING,
            and_(_U.c.state == UploadState.OPEN.value, _U.c.touched_at < open_before),
            and_(_U.c.state == UploadState.FINISHED.value, _U.c.touched_at < finished_before, ~taken),
            and_(is_hubs, _U.c.touched_at < hubs_before, ~taken),
        )
        found = select(_U).where(_U.c.tenant == tenant, old).order_by(_U.c.touched_at, _U.c.id).limit(limit)
        return tuple(map(_upload, await self._connection.execute(found)))

    async def page(self, tenant: TenantId, after_upload: str, limit: int) -> tuple[Upload, ...]:
        """As the port says."""
        found = select(_U).where(_U.c.tenant == tenant, _U.c.id > after_upload).order_by(_U.c.id).limit(limit)
        return tuple(map(_upload, await self._connection.execute(found)))

    async def forget(self, tenant: TenantId, upload_id: UploadId) -> None:
        """As the port says."""
        await self._connection.execute(delete(_U).where(_U.c.tenant == tenant, _U.c.id == upload_id))
