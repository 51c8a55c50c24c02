"""Mirrored jobs, grants, and where agents are reached in their networks."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import FromClause, and_, delete, func, insert, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.grants import Grant
from tympan_hub.domain.ids import AgentId, GrantId, JobId, PersonId, PrinterId, TenantId, UploadId
from tympan_hub.domain.jobs import ENDED
from tympan_hub.domain.mirrors import Envelope, Mirror

_M, _E, _G, _D = tables.mirrors, tables.mirror_envelopes, tables.release_grants, tables.near_doors
_K, _J = tables.mirror_copies, tables.jobs
_ENDED = sorted(standing.value for standing in ENDED)


def _mirror(row: Any) -> Mirror:
    return Mirror(
        tenant=TenantId(row.tenant),
        job=JobId(row.job),
        agent=AgentId(row.agent) if row.agent else None,
        upload=UploadId(row.upload),
        size=row.size,
        note=row.note,
        at=row.at,
        erased=row.erased,
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
            "erased": mirror.erased,
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
            wanted = select(_E.c.job, _E.c.agent).select_from(_readable()).where(_E.c.tenant == tenant)
            able = wanted.where(_E.c.job.in_(part), or_(not_(_M.c.erased), _K.c.kept))
            for job, agent in await self._connection.execute(able):
                found.setdefault(JobId(job), set()).add(AgentId(agent))
        return {job: frozenset(agents) for job, agents in found.items()}

    async def envelope(self, tenant: TenantId, job: JobId, agent: AgentId) -> str | None:
        """As the port says."""
        found = select(_E.c.envelope).where(_E.c.tenant == tenant, _E.c.job == job, _E.c.agent == agent)
        return (await self._connection.execute(found)).scalar_one_or_none()

    async def over(self, tenant: TenantId, before: dt.datetime, most: int) -> tuple[JobId, ...]:
        """As the port says."""
        with_jobs = _M.join(_J, and_(_J.c.tenant == _M.c.tenant, _J.c.id == _M.c.job))
        gone = or_(_J.c.standing.in_(_ENDED), _M.c.at < before)
        found = select(_M.c.job).select_from(with_jobs).where(_M.c.tenant == tenant, gone)
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
            await self._connection.execute(delete(_K).where(_K.c.tenant == tenant, _K.c.job.in_(part)))
            await self._connection.execute(delete(_M).where(_M.c.tenant == tenant, _M.c.job.in_(part)))
        return tuple(left)

    async def choose(self, tenant: TenantId, job: JobId, agents: Collection[AgentId]) -> None:
        """As the port says."""
        others = delete(_K).where(_K.c.tenant == tenant, _K.c.job == job, _K.c.agent.not_in(agents))
        await self._connection.execute(others)
        rows = [{"tenant": tenant, "job": job, "agent": agent, "kept": False} for agent in agents]
        if rows:
            await put(self._connection, _K, rows, nothing=True)

    async def keepers(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, Mapping[AgentId, bool]]:
        """As the port says."""
        found: dict[JobId, dict[AgentId, bool]] = {}
        for part in in_parts(jobs):
            chosen = select(_K.c.job, _K.c.agent, _K.c.kept).where(_K.c.tenant == tenant, _K.c.job.in_(part))
            for job, agent, kept in await self._connection.execute(chosen):
                found.setdefault(JobId(job), {})[AgentId(agent)] = kept
        return found

    async def kept_by(self, tenant: TenantId, agent: AgentId) -> Mapping[JobId, bool]:
        """As the port says."""
        joined = _K.join(_M, and_(_M.c.tenant == _K.c.tenant, _M.c.job == _K.c.job))
        chosen = select(_K.c.job, _K.c.kept).select_from(joined).where(_K.c.tenant == tenant, _K.c.agent == agent)
        rows = await self._connection.execute(chosen.order_by(_M.c.at, _K.c.job))
        return {JobId(job): kept for job, kept in rows}

    async def tell(self, tenant: TenantId, agent: AgentId, jobs: Collection[JobId]) -> None:
        """As the port says."""
        theirs = update(_K).where(_K.c.tenant == tenant, _K.c.agent == agent)
        await self._connection.execute(theirs.values(kept=False))
        for part in in_parts(jobs):
            await self._connection.execute(theirs.where(_K.c.job.in_(part)).values(kept=True))

    async def erase(self, tenant: TenantId, job: JobId) -> None:
        """As the port says."""
        await self._connection.execute(update(_M).where(_M.c.tenant == tenant, _M.c.job == job).values(erased=True))

    async def lying(self, tenant: TenantId) -> tuple[JobId, ...]:
        """As the port says."""
        here = select(_M.c.job).where(_M.c.tenant == tenant, not_(_M.c.erased)).order_by(_M.c.job)
        return tuple(JobId(job) for job in (await self._connection.execute(here)).scalars())

    async def printers(self, tenant: TenantId) -> Mapping[JobId, PrinterId]:
        """As the port says."""
        joined = _M.join(_J, and_(_M.c.tenant == _J.c.tenant, _M.c.job == _J.c.id))
        rows = await self._connection.execute(
            select(_M.c.job, _J.c.printer).select_from(joined).where(_M.c.tenant == tenant)
        )
        return {JobId(job): PrinterId(printer) for job, printer in rows}


def _readable() -> FromClause:
    """Envelopes with their documents, and whether their agents keep these."""
    whole = _E.join(_M, and_(_M.c.tenant == _E.c.tenant, _M.c.job == _E.c.job))
    same = and_(_K.c.tenant == _E.c.tenant, _K.c.job == _E.c.job, _K.c.agent == _E.c.agent)
    return whole.outerjoin(_K, same)


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

    async def ended(self, tenant: TenantId, agent: AgentId, before: dt.datetime) -> Mapping[GrantId, JobId]:
        """As the port says."""
        over = select(_G.c.id, _G.c.job).where(_G.c.tenant == tenant, _G.c.agent == agent, _G.c.expires_at < before)
        return {GrantId(row.id): JobId(row.job) for row in await self._connection.execute(over)}

    async def settle(self, tenant: TenantId, grants: Collection[GrantId]) -> None:
        """As the port says."""
        for part in in_parts(grants):
            await self._connection.execute(delete(_G).where(_G.c.tenant == tenant, _G.c.id.in_(part)))

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
