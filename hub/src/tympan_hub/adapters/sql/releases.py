"""Wishes of held jobs, releases, and jobs that were passed on."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import and_, delete, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put, table_of, value_of
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.held import Changes, ColorMode, HeldWish, Sides
from tympan_hub.domain.ids import AgentId, BatchId, JobId, PersonId, PrinterId, ReleaseId, TenantId
from tympan_hub.domain.releases import OPEN, Release, ReleaseState

_W, _R, _O = tables.held_wishes, tables.releases, tables.passed_on
_OPEN = sorted(state.value for state in OPEN)
_HOLDING = sorted(state.value for state in (ReleaseState.TAKEN, ReleaseState.BEGUN, ReleaseState.EXPIRED))
_FETCHED = sorted(state.value for state in (ReleaseState.TAKEN, ReleaseState.BEGUN))
_UNBEGUN = sorted(state.value for state in (ReleaseState.WAITING, ReleaseState.TAKEN))
_IS_OPEN = _R.c.state.in_([literal_column(f"'{state}'") for state in ("waiting", "taken", "begun")])
"""In the very words of the index: with parameters the databases would not know that it is meant."""


def _wish(row: Any) -> HeldWish:
    sides = Sides(row.sides) if row.sides else None
    color = ColorMode(row.color) if row.color else None
    return HeldWish(
        tenant=TenantId(row.tenant),
        job=JobId(row.job),
        rank=row.rank,
        changes=Changes(copies=row.copies, sides=sides, color=color),
    )


def _wish_row(tenant: TenantId, wish: HeldWish) -> dict[str, Any]:
    tables.same_tenant(tenant, wish.tenant)
    changes = wish.changes
    return {
        "tenant": tenant,
        "job": wish.job,
        "rank": wish.rank,
        "copies": changes.copies,
        "sides": changes.sides.value if changes.sides else None,
        "color": changes.color.value if changes.color else None,
    }


def _release(row: Any) -> Release:
    return Release(
        id=ReleaseId(row.id),
        tenant=TenantId(row.tenant),
        batch=BatchId(row.batch),
        place=row.place,
        job=JobId(row.job),
        agent=AgentId(row.agent),
        point=PrinterId(row.point),
        person=PersonId(row.person),
        by_name=row.by_name,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        fence=row.fence,
        state=ReleaseState(row.state),
        taken_at=row.taken_at,
        ended_at=row.ended_at,
        reason=row.reason,
        detail=row.detail,
        changes=value_of(Changes, row.changes),
    )


def _moving(release: Release) -> dict[str, Any]:
    return {
        "agent": release.agent,
        "expires_at": release.expires_at,
        "fence": release.fence,
        "state": release.state.value,
        "taken_at": release.taken_at,
        "ended_at": release.ended_at,
        "reason": release.reason,
        "detail": release.detail,
    }


def _row(tenant: TenantId, release: Release) -> dict[str, Any]:
    tables.same_tenant(tenant, release.tenant)
    fixed = {
        "tenant": tenant,
        "id": release.id,
        "batch": release.batch,
        "place": release.place,
        "job": release.job,
        "point": release.point,
        "person": release.person,
        "by_name": release.by_name,
        "asked_at": release.asked_at,
        "changes": table_of(release.changes),
    }
    return {**fixed, **_moving(release)}


class SqlHeldWishes:
    """``HeldWishes``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, HeldWish]:
        """As the port says."""
        found: dict[JobId, HeldWish] = {}
        for part in in_parts(jobs):
            rows = await self._connection.execute(select(_W).where(_W.c.tenant == tenant, _W.c.job.in_(part)))
            found.update((JobId(row.job), _wish(row)) for row in rows)
        return found

    async def put(self, tenant: TenantId, wishes: Collection[HeldWish]) -> None:
        """As the port says."""
        if wishes:
            await put(self._connection, _W, [_wish_row(tenant, wish) for wish in wishes])

    async def forget(self, tenant: TenantId, jobs: Collection[JobId]) -> None:
        """As the port says."""
        for part in in_parts(jobs):
            await self._connection.execute(delete(_W).where(_W.c.tenant == tenant, _W.c.job.in_(part)))


class SqlReleases:
    """``Releases``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, releases: Collection[Release]) -> None:
        """As the port says."""
        if not releases:
            return
        try:
            await self._connection.execute(insert(_R), [_row(tenant, release) for release in releases])
        except IntegrityError as error:
            cause = "one of these jobs was released meanwhile"
            raise Conflict(cause, next_step="Look at the list again.") from error

    async def get(self, tenant: TenantId, release: ReleaseId) -> Release | None:
        """As the port says."""
        found = select(_R).where(_R.c.tenant == tenant, _R.c.id == release)
        row = (await self._connection.execute(found)).one_or_none()
        return _release(row) if row else None

    async def some(self, tenant: TenantId, releases: Collection[ReleaseId]) -> Mapping[ReleaseId, Release]:
        """As the port says."""
        found: dict[ReleaseId, Release] = {}
        for part in in_parts(releases):
            rows = await self._connection.execute(select(_R).where(_R.c.tenant == tenant, _R.c.id.in_(part)))
            found.update((ReleaseId(row.id), _release(row)) for row in rows)
        return found

    async def batch(self, tenant: TenantId, batches: Collection[BatchId]) -> tuple[Release, ...]:
        """As the port says."""
        found: list[Release] = []
        for part in in_parts(batches):
            wanted = select(_R).where(_R.c.tenant == tenant, _R.c.batch.in_(part))
            found += map(_release, await self._connection.execute(wanted))
        return tuple(sorted(found, key=lambda release: (release.batch, release.place)))

    async def open_at(self, tenant: TenantId, agent: AgentId) -> tuple[Release, ...]:
        """As the port says."""
        found = select(_R).where(_R.c.tenant == tenant, _R.c.agent == agent, _R.c.state.in_(_OPEN))
        rows = await self._connection.execute(found)
        return tuple(sorted(map(_release, rows), key=lambda one: (one.asked_at, one.batch, one.place)))

    async def newest(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, Release]:
        """As the port says."""
        found: dict[JobId, Release] = {}
        for part in in_parts(jobs):
            last = select(_R.c.job, func.max(_R.c.asked_at).label("at")).where(_R.c.tenant == tenant)
            each = last.where(_R.c.job.in_(part)).group_by(_R.c.job).subquery()
            same = and_(_R.c.tenant == tenant, _R.c.job == each.c.job, _R.c.asked_at == each.c.at)
            for row in await self._connection.execute(select(_R).select_from(_R.join(each, same))):
                found[JobId(row.job)] = _release(row)
        return found

    async def unanswered(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, AgentId]:
        """As the port says."""
        found: dict[JobId, AgentId] = {}
        for part in in_parts(jobs):
            held = _R.c.taken_at.is_not(None), _R.c.state.in_(_HOLDING)
            wanted = select(_R.c.job, _R.c.agent).where(_R.c.tenant == tenant, _R.c.job.in_(part), *held)
            for row in await self._connection.execute(wanted.order_by(_R.c.asked_at)):
                found[JobId(row.job)] = AgentId(row.agent)
        return found

    async def open_of(self, tenant: TenantId, person: PersonId, since: dt.datetime) -> tuple[Release, ...]:
        """As the port says."""
        theirs = _R.c.tenant == tenant, _R.c.person == person, _R.c.state.in_(_OPEN), _R.c.asked_at >= since
        return tuple(map(_release, await self._connection.execute(select(_R).where(*theirs))))

    async def waiting(self, tenant: TenantId, at: dt.datetime, most: int) -> tuple[Release, ...]:
        """As the port says."""
        still = _IS_OPEN, _R.c.state == ReleaseState.WAITING.value, _R.c.expires_at > at
        found = select(_R).where(_R.c.tenant == tenant, *still).order_by(_R.c.asked_at, _R.c.id).limit(most)
        return tuple(map(_release, await self._connection.execute(found)))

    async def keep(self, tenant: TenantId, release: Release, read: Release) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, release.tenant)
        as_read = _R.c.fence == read.fence, _R.c.state == read.state.value
        this = _R.c.tenant == tenant, _R.c.id == release.id, *as_read
        kept = update(_R).where(*this).values(**_moving(release))
        return (await self._connection.execute(kept)).rowcount == 1

    async def note_held(self, tenant: TenantId, jobs: Collection[JobId], at: dt.datetime | None) -> None:
        """As the port says."""
        for part in in_parts(jobs):
            these = update(_R).where(_R.c.tenant == tenant, _R.c.job.in_(part), _R.c.state.in_(_FETCHED))
            these = these if at is None else these.where(_R.c.held_at.is_(None))
            await self._connection.execute(these.values(held_at=at))

    async def held_since(self, tenant: TenantId, before: dt.datetime, most: int) -> tuple[Release, ...]:
        """As the port says."""
        back = _IS_OPEN, _R.c.state.in_(_FETCHED), _R.c.held_at < before
        found = select(_R).where(_R.c.tenant == tenant, *back).order_by(_R.c.held_at, _R.c.id).limit(most)
        return tuple(map(_release, await self._connection.execute(found)))

    async def expire(self, tenant: TenantId, at: dt.datetime) -> None:
        """As the port says."""
        over = update(_R).where(_R.c.tenant == tenant, _R.c.state.in_(_UNBEGUN), _R.c.expires_at <= at)
        await self._connection.execute(over.values(state=ReleaseState.EXPIRED.value, ended_at=at))

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_R).where(_R.c.tenant == tenant, _R.c.ended_at < before))


class SqlPassedOn:
    """``PassedOn``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, agent: AgentId, job: JobId, at: dt.datetime) -> None:
        """As the port says."""
        row = {"tenant": tenant, "agent": agent, "job": job, "at": at}
        await put(self._connection, _O, [row], nothing=True)

    async def at(self, tenant: TenantId, agent: AgentId) -> tuple[JobId, ...]:
        """As the port says."""
        found = select(_O.c.job).where(_O.c.tenant == tenant, _O.c.agent == agent).order_by(_O.c.at, _O.c.job)
        return tuple(JobId(job) for job in (await self._connection.execute(found)).scalars())

    async def remove(self, tenant: TenantId, agent: AgentId, jobs: Collection[JobId]) -> None:
        """As the port says."""
        for part in in_parts(jobs):
            gone = delete(_O).where(_O.c.tenant == tenant, _O.c.agent == agent, _O.c.job.in_(part))
            await self._connection.execute(gone)
