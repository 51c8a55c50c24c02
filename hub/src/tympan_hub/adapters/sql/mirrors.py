"""Mirrored jobs, grants, and where agents are reached in their networks."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.grants import Grant
from tympan_hub.domain.ids import AgentId, GrantId, JobId, PersonId, TenantId, UploadId
from tympan_hub.domain.jobs import ENDED
from tympan_hub.domain.mirrors import Envelope, Mirror

_M, _E, _G, _D = tables.mirrors, tables.mirror_envelopes, tables.release_grants, tables.near_doors
_J = tables.jobs
_ENDED = sorted(standing.value for standing in ENDED)


def _mirror(row: Any) -> Mirror:
    return Mirror(
        tenant=TenantId(row.tenant),
        job=JobId(row.job),
        agent=AgentId(row.agent),
        upload=UploadId(row.upload),
        size=row.size,
        note=row.note,
        at=row.at,
    )


def _grant(row: Any) -> Grant:
    return Grant(
        id=GrantId(row.id),
        tenant=TenantId(row.tenant),
        job=JobId(row.job),
        agent=AgentId(row.agent),
        person=PersonId(row.person),
        expires_at=row.expires_at,
    )


def _grant_row(tenant: TenantId, grant: Grant) -> dict[str, Any]:
    tables.same_tenant(tenant, grant.tenant)
    return {
        "tenant": tenant,
        "id": grant.id,
        "job": grant.job,
        "agent": grant.agent,
        "person": grant.person,
        "expires_at": grant.expires_at,
    }


class SqlMirrors:
    """``Mirrors``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, tenant: TenantId, mirror: Mirror, envelopes: Collection[Envelope]) -> None:
        """As the port says."""
        tables.same_tenant(tenant, mirror.tenant)
        row = {
            "tenant": tenant,
            "job": mirror.job,
            "agent": mirror.agent,
            "upload": mirror.upload,
            "size": mirror.size,
            "note": mirror.note,
            "at": mirror.at,
        }
        await put(self._connection, _M, [row])
        await self._connection.execute(delete(_E).where(_E.c.tenant == tenant, _E.c.job == mirror.job))
        rows = [{"tenant": tenant, "job": mirror.job, "agent": e.agent, "envelope": e.envelope} for e in envelopes]
        if rows:
            await self._connection.execute(insert(_E), rows)

    async def get(self, tenant: TenantId, job: JobId) -> Mirror | None:
        """As the port says."""
        row = (await self._connection.execute(select(_M).where(_M.c.tenant == tenant, _M.c.job == job))).one_or_none()
        return _mirror(row) if row else None

    async def by_upload(self, tenant: TenantId, upload: UploadId) -> Mirror | None:
        """As the port says."""
        found = select(_M).where(_M.c.tenant == tenant, _M.c.upload == upload)
        row = (await self._connection.execute(found)).one_or_none()
        return _mirror(row) if row else None

    async def readers(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, frozenset[AgentId]]:
        """As the port says."""
        found: dict[JobId, set[AgentId]] = {}
        for part in in_parts(jobs):
            mirrored = await self._connection.execute(select(_M.c.job).where(_M.c.tenant == tenant, _M.c.job.in_(part)))
            found.update((JobId(job), set()) for job in mirrored.scalars())
            wanted = select(_E.c.job, _E.c.agent).where(_E.c.tenant == tenant, _E.c.job.in_(part))
            for job, agent in await self._connection.execute(wanted):
                found.setdefault(JobId(job), set()).add(AgentId(agent))
        return {job: frozenset(agents) for job, agents in found.items()}

    async def envelope(self, tenant: TenantId, job: JobId, agent: AgentId) -> str | None:
        """As the port says."""
        found = select(_E.c.envelope).where(_E.c.tenant == tenant, _E.c.job == job, _E.c.agent == agent)
        return (await self._connection.execute(found)).scalar_one_or_none()

    async def over(self, tenant: TenantId, most: int) -> tuple[JobId, ...]:
        """As the port says."""
        with_jobs = _M.join(_J, and_(_J.c.tenant == _M.c.tenant, _J.c.id == _M.c.job))
        found = select(_M.c.job).select_from(with_jobs).where(_M.c.tenant == tenant, _J.c.standing.in_(_ENDED))
        return tuple(JobId(job) for job in (await self._connection.execute(found.limit(most))).scalars())

    async def tally(self, tenant: TenantId) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_M).where(_M.c.tenant == tenant)
        return int((await self._connection.execute(counted)).scalar_one())

    async def remove(self, tenant: TenantId, jobs: Collection[JobId]) -> tuple[UploadId, ...]:
        """As the port says."""
        left: list[UploadId] = []
        for part in in_parts(jobs):
            these = select(_M.c.upload).where(_M.c.tenant == tenant, _M.c.job.in_(part))
            left += [UploadId(upload) for upload in (await self._connection.execute(these)).scalars()]
            await self._connection.execute(delete(_E).where(_E.c.tenant == tenant, _E.c.job.in_(part)))
            await self._connection.execute(delete(_M).where(_M.c.tenant == tenant, _M.c.job.in_(part)))
        return tuple(left)


class SqlGrants:
    """``Grants``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, grants: Collection[Grant]) -> None:
        """As the port says."""
        if grants:
            await self._connection.execute(insert(_G), [_grant_row(tenant, grant) for grant in grants])

    async def get(self, tenant: TenantId, grant: GrantId) -> Grant | None:
        """As the port says."""
        row = (await self._connection.execute(select(_G).where(_G.c.tenant == tenant, _G.c.id == grant))).one_or_none()
        return _grant(row) if row else None

    async def of(self, tenant: TenantId, jobs: Collection[JobId], at: dt.datetime) -> Mapping[JobId, Grant]:
        """As the port says."""
        found: dict[JobId, Grant] = {}
        for part in in_parts(jobs):
            good = select(_G).where(_G.c.tenant == tenant, _G.c.job.in_(part), _G.c.expires_at > at)
            for row in await self._connection.execute(good.order_by(_G.c.expires_at)):
                found[JobId(row.job)] = _grant(row)
        return found

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_G).where(_G.c.tenant == tenant, _G.c.expires_at < before))


class SqlNearDoors:
    """``NearDoors``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, tenant: TenantId, agent: AgentId, doors: tuple[str, ...], at: dt.datetime) -> None:
        """As the port says."""
        if doors:
            await put(self._connection, _D, [{"tenant": tenant, "agent": agent, "doors": list(doors), "told_at": at}])
        else:
            await self._connection.execute(delete(_D).where(_D.c.tenant == tenant, _D.c.agent == agent))

    async def of(
        self, tenant: TenantId, agents: Collection[AgentId], since: dt.datetime
    ) -> Mapping[AgentId, tuple[str, ...]]:
        """As the port says."""
        found: dict[AgentId, tuple[str, ...]] = {}
        for part in in_parts(agents):
            said = select(_D).where(_D.c.tenant == tenant, _D.c.agent.in_(part), _D.c.told_at >= since)
            found.update((AgentId(row.agent), tuple(row.doors)) for row in await self._connection.execute(said))
        return found

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_D).where(_D.c.tenant == tenant, _D.c.told_at < before))
