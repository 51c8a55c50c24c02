"""Crossings, and the envelopes of their keys."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, literal_column, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.crossings import Addressee, Crossing, CrossingEnvelope, CrossingState, CrossingTally
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import AgentId, CrossingId, JobId, PersonId, PrinterId, TenantId, UploadId

_C, _E, _J, _A = tables.crossings, tables.crossing_envelopes, tables.jobs, tables.agents
_IS_OPEN = _C.c.state.in_([literal_column(f"'{state}'") for state in ("waiting", "taken", "begun")])
"""In the very words of the index: with parameters the databases would not know that it is meant."""
_IS_UNBEGUN = and_(_IS_OPEN, _C.c.state != CrossingState.BEGUN.value)
_OLDEST = _C.c.offered_at, _C.c.id


def _crossing(row: Any) -> Crossing:
    return Crossing(
        id=CrossingId(row.id),
        tenant=TenantId(row.tenant),
        job=JobId(row.job),
        printer=PrinterId(row.printer),
        sender=AgentId(row.sender) if row.sender else None,
        upload=UploadId(row.upload),
        size=row.size,
        note=row.note,
        offered_at=row.offered_at,
        expires_at=row.expires_at,
        free_at=row.free_at,
        fence=row.fence,
        state=CrossingState(row.state),
        holder=AgentId(row.holder) if row.holder else None,
        leased_until=row.leased_until,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        reason=row.reason,
        detail=row.detail,
    )


def _moving(crossing: Crossing) -> dict[str, Any]:
    """What changes with a step; of the note only that it goes, for it is long."""
    over = {} if crossing.is_open else {"note": ""}
    return over | {
        "free_at": crossing.free_at,
        "fence": crossing.fence,
        "state": crossing.state.value,
        "holder": crossing.holder,
        "leased_until": crossing.leased_until,
        "begun_at": crossing.begun_at,
        "ended_at": crossing.ended_at,
        "reason": crossing.reason,
        "detail": crossing.detail,
    }


def _row(tenant: TenantId, crossing: Crossing) -> dict[str, Any]:
    tables.same_tenant(tenant, crossing.tenant)
    fixed = {
        "tenant": tenant,
        "id": crossing.id,
        "job": crossing.job,
        "printer": crossing.printer,
        "sender": crossing.sender,
        "upload": crossing.upload,
        "size": crossing.size,
        "note": crossing.note,
        "offered_at": crossing.offered_at,
        "expires_at": crossing.expires_at,
    }
    return _moving(crossing) | fixed


def _is_free(at: dt.datetime) -> ColumnElement[bool]:
    """Whether it waits for an agent, or its lease has run out."""
    ran_out = and_(_C.c.state == CrossingState.TAKEN.value, _C.c.leased_until <= at)
    return and_(_IS_OPEN, or_(_C.c.state == CrossingState.WAITING.value, ran_out))


_SEALED = _C.join(_E, and_(_E.c.tenant == _C.c.tenant, _E.c.crossing == _C.c.id))
_SENDERS = _J.c.agent.is_not_distinct_from(_C.c.sender)
_REPORTED = _SEALED.join(_J, and_(_J.c.tenant == _C.c.tenant, _J.c.id == _C.c.job, _SENDERS))


def _free_for(
    wanted: Select[Any], tenant: TenantId, agent: AgentId, barred: frozenset[PrinterId], at: dt.datetime
) -> Select[Any]:
    theirs = _C.c.tenant == tenant, _E.c.agent == agent, _is_free(at), _C.c.expires_at > at
    due = or_(_E.c.not_before.is_(None), _E.c.not_before <= at)
    found = wanted.select_from(_REPORTED).where(*theirs, due)
    return found.where(_C.c.printer.not_in(sorted(barred))) if barred else found


class SqlCrossings:
    """``Crossings``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, crossing: Crossing) -> None:
        """As the port says."""
        try:
            await self._connection.execute(insert(_C).values(_row(tenant, crossing)))
        except IntegrityError as error:
            raise Conflict("the job is in the tunnel already", next_step="Ask how it stands.") from error

    async def get(self, tenant: TenantId, crossing: CrossingId) -> Crossing | None:
        """As the port says."""
        found = select(_C).where(_C.c.tenant == tenant, _C.c.id == crossing)
        row = (await self._connection.execute(found)).one_or_none()
        return _crossing(row) if row else None

    async def newest(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, Crossing]:
        """As the port says."""
        found: dict[JobId, Crossing] = {}
        for part in in_parts(jobs):
            every = select(_C).where(_C.c.tenant == tenant, _C.c.job.in_(part)).order_by(*_OLDEST)
            found.update((JobId(row.job), _crossing(row)) for row in await self._connection.execute(every))
        return found

    async def by_upload(self, tenant: TenantId, upload: UploadId) -> Crossing | None:
        """As the port says."""
        found = select(_C).where(_C.c.tenant == tenant, _C.c.upload == upload, _IS_OPEN)
        row = (await self._connection.execute(found)).first()
        return _crossing(row) if row else None

    async def keep(self, tenant: TenantId, crossing: Crossing, read: Crossing) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, crossing.tenant)
        lease = _C.c.leased_until.is_(None) if read.leased_until is None else _C.c.leased_until == read.leased_until
        as_read = _C.c.fence == read.fence, _C.c.state == read.state.value, lease
        kept = update(_C).where(_C.c.tenant == tenant, _C.c.id == crossing.id, *as_read).values(**_moving(crossing))
        return (await self._connection.execute(kept)).rowcount == 1

    async def renew(
        self, tenant: TenantId, agent: AgentId, crossings: Collection[CrossingId], until: dt.datetime
    ) -> None:
        """As the port says."""
        for part in in_parts(crossings):
            theirs = _C.c.tenant == tenant, _C.c.id.in_(part), _C.c.holder == agent
            held = update(_C).where(*theirs, _IS_OPEN, _C.c.state == CrossingState.TAKEN.value)
            await self._connection.execute(held.values(leased_until=until))

    async def held_by(self, tenant: TenantId, agent: AgentId) -> tuple[Crossing, ...]:
        """As the port says."""
        theirs = _C.c.tenant == tenant, _C.c.holder == agent, _IS_OPEN, _C.c.state != CrossingState.WAITING.value
        return tuple(map(_crossing, await self._connection.execute(select(_C).where(*theirs).order_by(*_OLDEST))))

    async def loads(self, tenant: TenantId, agents: Collection[AgentId], at: dt.datetime) -> Mapping[AgentId, int]:
        """As the port says."""
        found: dict[AgentId, int] = {}
        busy = _IS_OPEN, or_(_C.c.state == CrossingState.BEGUN.value, _C.c.leased_until > at)
        for part in in_parts(agents):
            theirs = _C.c.tenant == tenant, _C.c.holder.in_(part), *busy
            counted = select(_C.c.holder, func.count()).where(*theirs).group_by(_C.c.holder)
            found.update((AgentId(agent), many) for agent, many in await self._connection.execute(counted))
        return found

    async def any_free_for(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> bool:
        """As the port says."""
        found = _free_for(select(_C.c.id), tenant, agent, frozenset(), at).limit(1)
        return (await self._connection.execute(found)).first() is not None

    async def pick_for(
        self, tenant: TenantId, agent: AgentId, barred: frozenset[PrinterId], at: dt.datetime, most: int
    ) -> tuple[Crossing, ...]:
        """As the port says: what another unit has locked is passed by (SQLite has one writer, and locks nothing)."""
        found = _free_for(select(_C), tenant, agent, barred, at).order_by(*_OLDEST).limit(most)
        rows = await self._connection.execute(found.with_for_update(skip_locked=True, of=_C))
        return tuple(map(_crossing, rows))

    async def unbegun_for(self, tenant: TenantId, agent: AgentId, most: int) -> tuple[Crossing, ...]:
        """As the port says."""
        theirs = _C.c.tenant == tenant, _E.c.agent == agent, _IS_UNBEGUN
        found = select(_C).select_from(_SEALED).where(*theirs).order_by(*_OLDEST).limit(most)
        return tuple(map(_crossing, await self._connection.execute(found)))

    async def unbegun_of(self, tenant: TenantId, sender: AgentId, most: int) -> tuple[Crossing, ...]:
        """As the port says."""
        theirs = select(_C).where(_C.c.tenant == tenant, _C.c.sender == sender, _IS_UNBEGUN)
        return tuple(map(_crossing, await self._connection.execute(theirs.order_by(*_OLDEST).limit(most))))

    async def free(self, tenant: TenantId, at: dt.datetime, most: int) -> tuple[Crossing, ...]:
        """As the port says."""
        found = select(_C).where(_C.c.tenant == tenant, _is_free(at))
        found = found.order_by(_C.c.state, *_OLDEST).limit(most)  # "taken" comes before "waiting"
        return tuple(map(_crossing, await self._connection.execute(found)))

    async def unbegun_but_at(
        self, tenant: TenantId, printers: Collection[PrinterId], handed: Collection[PrinterId], most: int
    ) -> tuple[Crossing, ...]:
        """As the port says."""
        sent = and_(_C.c.sender.is_not(None), _C.c.printer.not_in(list(printers)))
        in_hand = and_(_C.c.sender.is_(None), _C.c.printer.not_in(list(handed)))
        others = select(_C).where(_C.c.tenant == tenant, _IS_UNBEGUN, or_(sent, in_hand))
        return tuple(map(_crossing, await self._connection.execute(others.order_by(*_OLDEST).limit(most))))

    async def waiting_of(self, tenant: TenantId, person: PersonId) -> int:
        """As the port says."""
        jobs = _C.join(_J, and_(_J.c.tenant == _C.c.tenant, _J.c.id == _C.c.job))
        theirs = _C.c.tenant == tenant, _IS_UNBEGUN, _C.c.sender.is_(None), _J.c.person == person
        return int((await self._connection.execute(select(func.count()).select_from(jobs).where(*theirs))).scalar_one())

    async def any_unbegun(self, tenant: TenantId) -> bool:
        """As the port says."""
        found = select(_C.c.id).where(_C.c.tenant == tenant, _IS_UNBEGUN).limit(1)
        return (await self._connection.execute(found)).first() is not None

    async def envelopes(
        self, tenant: TenantId, crossings: Collection[CrossingId]
    ) -> Mapping[CrossingId, tuple[CrossingEnvelope, ...]]:
        """As the port says."""
        found: dict[CrossingId, tuple[CrossingEnvelope, ...]] = {}
        for part in in_parts(crossings):
            wanted = select(_E).where(_E.c.tenant == tenant, _E.c.crossing.in_(part)).order_by(_E.c.agent)
            for row in await self._connection.execute(wanted):
                name = CrossingId(row.crossing)
                found[name] = (*found.get(name, ()), _envelope(row))
        return found

    async def addressees(
        self, tenant: TenantId, crossings: Collection[CrossingId]
    ) -> Mapping[CrossingId, tuple[Addressee, ...]]:
        """As the port says."""
        found: dict[CrossingId, list[Addressee]] = {}
        for part in in_parts(crossings):
            named = select(_E.c.crossing, _E.c.agent, _E.c.recipient, _E.c.not_before)
            rows = await self._connection.execute(named.where(_E.c.tenant == tenant, _E.c.crossing.in_(part)))
            for crossing, agent, recipient, not_before in rows:
                one = Addressee(agent=AgentId(agent), recipient=recipient, not_before=not_before)
                found.setdefault(CrossingId(crossing), []).append(one)
        return {crossing: tuple(those) for crossing, those in found.items()}

    async def keys_for(
        self, tenant: TenantId, agent: AgentId, crossings: Collection[CrossingId]
    ) -> Mapping[CrossingId, str]:
        """As the port says."""
        found: dict[CrossingId, str] = {}
        for part in in_parts(crossings):
            theirs = _E.c.tenant == tenant, _E.c.agent == agent, _E.c.crossing.in_(part)
            rows = await self._connection.execute(select(_E.c.crossing, _E.c.envelope).where(*theirs))
            found.update((CrossingId(crossing), envelope) for crossing, envelope in rows)
        return found

    async def seal(self, tenant: TenantId, crossing: CrossingId, sealed: Collection[CrossingEnvelope]) -> None:
        """As the port says."""
        rows = [_envelope_row(tenant, crossing, each) for each in sealed]
        if rows:
            await put(self._connection, _E, rows)

    async def unseal(self, tenant: TenantId, crossings: Collection[CrossingId]) -> None:
        """As the port says."""
        for part in in_parts(crossings):
            await self._connection.execute(delete(_E).where(_E.c.tenant == tenant, _E.c.crossing.in_(part)))

    async def shut_out(self, tenant: TenantId, agent: AgentId) -> None:
        """As the port says."""
        await self._connection.execute(delete(_E).where(_E.c.tenant == tenant, _E.c.agent == agent))

    async def tally(self, tenant: TenantId) -> CrossingTally:
        """As the port says."""
        counted = select(func.count(), func.coalesce(func.sum(_C.c.size), 0)).where(_C.c.tenant == tenant, _IS_OPEN)
        count, size = (await self._connection.execute(counted)).one()
        return CrossingTally(count=int(count), size=int(size))  # a sum of PostgreSQL is a decimal

    async def states(self, tenant: TenantId) -> Mapping[CrossingState, int]:
        """As the port says."""
        counted = select(_C.c.state, func.count()).where(_C.c.tenant == tenant, _IS_OPEN).group_by(_C.c.state)
        return {CrossingState(state): many for state, many in await self._connection.execute(counted)}

    async def crossed(self, tenant: TenantId, jobs: Collection[JobId]) -> frozenset[JobId]:
        """As the port says."""
        found: set[JobId] = set()
        for part in in_parts(jobs):
            rows = await self._connection.execute(select(_C.c.job).where(_C.c.tenant == tenant, _C.c.job.in_(part)))
            found.update(map(JobId, rows.scalars()))
        return frozenset(found)

    async def silent(self, tenant: TenantId, before: dt.datetime, most: int) -> tuple[Crossing, ...]:
        """As the port says."""
        held = _C.join(_A, and_(_A.c.tenant == _C.c.tenant, _A.c.id == _C.c.holder))
        begun = _IS_OPEN, _C.c.state == CrossingState.BEGUN.value, _C.c.begun_at < before, _A.c.seen_at < before
        found = select(_C).select_from(held).where(_C.c.tenant == tenant, *begun).order_by(*_OLDEST).limit(most)
        return tuple(map(_crossing, await self._connection.execute(found)))

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_C).where(_C.c.tenant == tenant, _C.c.ended_at < before))


def _envelope(row: Any) -> CrossingEnvelope:
    return CrossingEnvelope(
        agent=AgentId(row.agent),
        recipient=row.recipient,
        envelope=row.envelope,
        not_before=row.not_before,
        returned=row.returned,
    )


def _envelope_row(tenant: TenantId, crossing: CrossingId, sealed: CrossingEnvelope) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "crossing": crossing,
        "agent": sealed.agent,
        "recipient": sealed.recipient,
        "envelope": sealed.envelope,
        "not_before": sealed.not_before,
        "returned": sealed.returned,
    }
