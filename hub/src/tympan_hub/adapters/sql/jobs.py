"""Jobs, and the ids of reports that were taken."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put, put_told, table_of, value_of
from tympan_hub.domain.ids import AgentId, JobId, PersonId, PrinterId, TenantId
from tympan_hub.domain.jobs import ENDED, Job, JobFilter, Owner, Pages, Standing, StoryLine
from tympan_hub.domain.people import PersonFilter
from tympan_hub.domain.usage import Counted, KnownJob

_J, _R, _P, _A = tables.jobs, tables.report_ids, tables.people, tables.agents
_NAMES = _P.c.name.label("person_name"), _A.c.name.label("agent_name")
_UNLISTED = ("story", "counted", "before")
_LISTED = [*(column for column in _J.c if column.name not in _UNLISTED), *_NAMES]
_KNOWN = [_J.c[name] for name in ("id", "agent", "revision", "counted", "standing", "before", "person", "user")]
_NAMED = _J.outerjoin(_P, and_(_P.c.tenant == _J.c.tenant, _P.c.id == _J.c.person)).outerjoin(
    _A, and_(_A.c.tenant == _J.c.tenant, _A.c.id == _J.c.agent)
)


def _job(row: Any, story: tuple[StoryLine, ...] = (), before: tuple[StoryLine, ...] = ()) -> Job:
    return Job(
        id=JobId(row.id),
        tenant=TenantId(row.tenant),
        agent=AgentId(row.agent) if row.agent else None,
        agent_name=row.agent_name or "",
        revision=row.revision,
        printer=row.printer,
        title=row.title,
        user=row.user,
        person=PersonId(row.person) if row.person else None,
        person_name=row.person_name or "",
        standing=Standing(row.standing),
        reason=row.reason,
        detail=row.detail,
        created_at=row.created_at,
        ended_at=row.ended_at,
        size_bytes=row.size_bytes,
        impressions_completed=row.impressions_completed,
        pages=value_of(Pages, row.pages) if row.pages else None,
        held_until=row.held_until,
        target=row.target,
        before=before,
        story=story,
    )


def _lines(told: Any) -> tuple[StoryLine, ...]:
    return value_of(tuple[StoryLine, ...], told)


def _known(row: Any) -> KnownJob:
    return KnownJob(
        agent=AgentId(row.agent) if row.agent else None,
        revision=row.revision,
        counted=value_of(Counted, row.counted) if row.counted else None,
        standing=Standing(row.standing),
        given=row.before is not None,
        person=PersonId(row.person) if row.person else None,
        user=row.user,
        before=_lines(row.before or ()),
    )


def _row(tenant: TenantId, job: Job, counted: Counted | None) -> dict[str, Any]:
    tables.same_tenant(tenant, job.tenant)
    return {
        "tenant": tenant,
        "id": job.id,
        "agent": job.agent,
        "revision": job.revision,
        "printer": job.printer,
        "title": job.title,
        "user": job.user,
        "person": job.person,
        "standing": job.standing.value,
        "reason": job.reason,
        "detail": job.detail,
        "created_at": job.created_at,
        "ended_at": job.ended_at,
        "size_bytes": job.size_bytes,
        "impressions_completed": job.impressions_completed,
        "pages": table_of(job.pages) if job.pages else None,
        "story": table_of(job.story),
        "counted": table_of(counted) if counted else None,
        "held_until": job.held_until,
        "target": job.target,
        "before": table_of(job.before) if job.before else None,
    }


class SqlJobs:
    """``Jobs``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, KnownJob]:
        """As the port says."""
        found: dict[JobId, KnownJob] = {}
        for part in in_parts(jobs):
            wanted = select(*_KNOWN).where(_J.c.tenant == tenant, _J.c.id.in_(part))
            found.update((JobId(row.id), _known(row)) for row in await self._connection.execute(wanted))
        return found

    async def put(self, tenant: TenantId, jobs: Collection[Job], counted: Mapping[JobId, Counted]) -> frozenset[JobId]:
        """As the port says."""
        if not jobs:
            return frozenset()
        rows = [_row(tenant, job, counted.get(job.id)) for job in jobs]
        kept = await put_told(self._connection, _J, rows, "id", newer="revision", same="agent")
        return frozenset(map(JobId, kept))

    async def get(self, tenant: TenantId, job: JobId) -> Job | None:
        """As the port says."""
        whole = select(*_LISTED, _J.c.story, _J.c.before).select_from(_NAMED)
        row = (await self._connection.execute(whole.where(_J.c.tenant == tenant, _J.c.id == job))).one_or_none()
        return _job(row, _lines(row.story), _lines(row.before or ())) if row else None

    async def some(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, Job]:
        """As the port says."""
        found: dict[JobId, Job] = {}
        for part in in_parts(jobs):
            wanted = select(*_LISTED).select_from(_NAMED).where(_J.c.tenant == tenant, _J.c.id.in_(part))
            found.update((JobId(row.id), _job(row)) for row in await self._connection.execute(wanted))
        return found

    async def find(self, tenant: TenantId, wanted: JobFilter, titles_of: Owner | None) -> tuple[Job, ...]:
        """As the port says."""
        found = select(*_LISTED).select_from(_NAMED).where(_J.c.tenant == tenant, *_conditions(wanted, titles_of))
        newest = found.order_by(_J.c.created_at.desc(), _J.c.id.desc()).limit(wanted.limit + 1)
        return tuple(_job(row) for row in await self._connection.execute(newest))

    async def held(self, tenant: TenantId, owner: Owner, limit: int) -> tuple[Job, ...]:
        """As the port says."""
        theirs = _J.c.tenant == tenant, _J.c.standing == Standing.HELD.value, _owned_by(owner)
        found = select(*_LISTED).select_from(_NAMED).where(*theirs).order_by(_J.c.created_at, _J.c.id).limit(limit)
        return tuple(_job(row) for row in await self._connection.execute(found))

    async def holders(self, tenant: TenantId, printers: Collection[PrinterId]) -> Mapping[AgentId, int]:
        """As the port says."""
        found: dict[AgentId, int] = {}
        for part in in_parts(printers):
            counted = select(_J.c.agent, func.count()).where(_J.c.tenant == tenant, _J.c.printer.in_(part))
            held = counted.where(_J.c.standing == Standing.HELD.value).group_by(_J.c.agent)
            for agent, many in await self._connection.execute(held.where(_J.c.agent.is_not(None))):
                found[AgentId(agent)] = found.get(AgentId(agent), 0) + many
        return found

    async def overdue(self, tenant: TenantId, at: dt.datetime, limit: int) -> tuple[Job, ...]:
        """As the port says."""
        over = _J.c.tenant == tenant, _J.c.standing == Standing.HELD.value, _J.c.held_until < at
        found = select(*_LISTED).select_from(_NAMED).where(*over).order_by(_J.c.held_until).limit(limit)
        return tuple(_job(row) for row in await self._connection.execute(found))

    async def give(self, tenant: TenantId, job: Job, agent: AgentId) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, job.tenant)
        given = {"agent": agent, "revision": -1, "before": table_of((*job.before, *job.story)), "story": []}
        as_read = _J.c.revision == job.revision, _J.c.standing == job.standing.value
        its = _J.c.agent.is_not_distinct_from(job.agent)
        this = update(_J).where(_J.c.tenant == tenant, _J.c.id == job.id, its, *as_read)
        return (await self._connection.execute(this.values(given))).rowcount == 1

    async def cancel(self, tenant: TenantId, job: JobId, line: StoryLine) -> bool:
        """As the port says."""
        return await self._end(tenant, job, line, _J.c.standing == Standing.HELD.value)

    async def lose(self, tenant: TenantId, job: JobId, line: StoryLine) -> bool:
        """As the port says."""
        return await self._end(tenant, job, line, _J.c.standing.not_in([standing.value for standing in ENDED]))

    async def _end(self, tenant: TenantId, job: JobId, line: StoryLine, where: ColumnElement[bool]) -> bool:
        this = _J.c.tenant == tenant, _J.c.id == job, where
        story = (await self._connection.execute(select(_J.c.story).where(*this))).scalar_one_or_none() or []
        over = {"standing": line.standing.value, "ended_at": line.at, "story": [*story, table_of(line)]}
        return (await self._connection.execute(update(_J).where(*this).values(over))).rowcount == 1

    async def tally(self, tenant: TenantId, since: dt.datetime) -> Mapping[Standing, int]:
        """As the port says."""
        counted = select(_J.c.standing, func.count()).where(_J.c.tenant == tenant, _J.c.created_at >= since)
        rows = await self._connection.execute(counted.group_by(_J.c.standing))
        return {Standing(row[0]): row[1] for row in rows}


def _conditions(wanted: JobFilter, titles_of: Owner | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.owner is not None:
        conditions.append(_owned_by(wanted.owner))
    if wanted.user is not None:
        conditions.append(_J.c.user == wanted.user)
    if wanted.who:
        conditions.append(_belongs_to(wanted.who))
    if wanted.printer:
        conditions.append(_J.c.printer == wanted.printer)
    if wanted.standings:
        conditions.append(_J.c.standing.in_([standing.value for standing in wanted.standings]))
    if wanted.since:
        conditions.append(_J.c.created_at >= wanted.since)
    if wanted.until:
        conditions.append(_J.c.created_at < wanted.until)
    if wanted.after:
        conditions.append(tuple_(_J.c.created_at, _J.c.id) < tuple_(wanted.after.created_at, wanted.after.id))
    if wanted.text:
        conditions.append(_mentions(wanted.text, titles_of))
    return conditions


def _owned_by(owner: Owner) -> ColumnElement[bool]:
    nobodys = and_(_J.c.person.is_(None), _J.c.user == owner.login, _J.c.user != "")
    return or_(_J.c.person == owner.person, nobodys)


def _belongs_to(who: str) -> ColumnElement[bool]:
    words = PersonFilter(text=who).words
    named = and_(*(_P.c.sought.contains(word, autoescape=True) for word in words))
    return or_(_J.c.user.icontains(who, autoescape=True), and_(_P.c.id.is_not(None), named))


def _mentions(text: str, titles_of: Owner | None) -> ColumnElement[bool]:
    title = _J.c.title.icontains(text, autoescape=True)
    visible = title if titles_of is None else and_(title, _owned_by(titles_of))
    return or_(
        _J.c.user.icontains(text, autoescape=True),
        _J.c.printer.icontains(text, autoescape=True),
        visible,
    )


class SqlReportIds:
    """``ReportIds``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, tenant: TenantId, agent: AgentId, ids: Collection[UUID]) -> frozenset[UUID]:
        """As the port says."""
        found: set[UUID] = set()
        for part in in_parts(ids):
            wanted = select(_R.c.id).where(_R.c.tenant == tenant, _R.c.agent == agent, _R.c.id.in_(part))
            found.update((await self._connection.execute(wanted)).scalars())
        return frozenset(found)

    async def keep(self, tenant: TenantId, agent: AgentId, ids: Collection[UUID], at: dt.datetime) -> None:
        """As the port says."""
        rows = [{"tenant": tenant, "agent": agent, "id": name, "at": at} for name in ids]
        if rows:
            await put(self._connection, _R, rows, nothing=True)

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_R).where(_R.c.tenant == tenant, _R.c.at < before))
