"""Updates: rules, what computers have, and what was stopped."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, insert, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import put, table_of, value_of
from tympan_hub.domain.ids import AgentId, GroupId, TenantId
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import (
    TAKEN,
    InFleet,
    Installed,
    Ring,
    Step,
    Stop,
    Toll,
    Update,
    UpdateRules,
    Window,
)

_R, _V, _U, _S = tables.update_rules, tables.agent_versions, tables.agent_updates, tables.update_stops
_A, _F = tables.agents, tables.update_floors
_UPDATES = _U.join(_A, (_A.c.tenant == _U.c.tenant) & (_A.c.id == _U.c.agent)).outerjoin(
    _V, (_V.c.tenant == _U.c.tenant) & (_V.c.agent == _U.c.agent)
)
_RETURNED = _U.c.step == Step.RETURNED.value
_O = _U.alias()
_BLAMED = exists().where(
    _O.c.tenant == _U.c.tenant,
    _O.c.agent == _U.c.agent,
    _O.c.step == Step.SWITCHED.value,
    or_(_O.c.lacking, _O.c.at > _U.c.at),
)
"""An agent that is not well and says nothing of this update: another one is to blame, or came later."""

_FAILING = and_(_U.c.step == Step.SWITCHED.value, or_(_U.c.lacking, and_(_V.c.healthy.is_(False), not_(_BLAMED))))


def _silent(before: dt.datetime) -> ColumnElement[bool]:
    return and_(_U.c.step == Step.SWITCHING.value, _U.c.told_at < before, _A.c.seen_at < before)


def _update(row: Any) -> Update:
    return Update(
        agent=AgentId(row.agent),
        subject=row.subject,
        version=row.version,
        step=Step(row.step),
        reason=row.reason,
        missing=tuple(row.missing),
        at=row.at,
        told_at=row.told_at,
    )


def _stop(row: Any) -> Stop:
    return Stop(
        tenant=TenantId(row.tenant),
        subject=row.subject,
        version=row.version,
        at=row.at,
        by=row.by,
        toll=value_of(Toll, row.toll),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )


class SqlUpdates:
    """``Updates``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rules(self, tenant: TenantId) -> UpdateRules | None:
        """As the port says."""
        row = (await self._connection.execute(select(_R).where(_R.c.tenant == tenant))).one_or_none()
        if row is None:
            return None
        return UpdateRules(
            canary=tuple(map(GroupId, row.canary)),
            early=tuple(map(GroupId, row.early)),
            paused=row.paused,
            pin=row.pin,
            window=value_of(Window, row.window) if row.window else None,
            least=row.least,
            percent=row.percent,
            repository=row.repository,
        )

    async def keep_rules(self, tenant: TenantId, rules: UpdateRules) -> None:
        """As the port says."""
        row = {
            "tenant": tenant,
            "canary": list(rules.canary),
            "early": list(rules.early),
            "paused": rules.paused,
            "pin": rules.pin,
            "window": table_of(rules.window) if rules.window else None,
            "least": rules.least,
            "percent": rules.percent,
            "repository": rules.repository,
        }
        await put(self._connection, _R, [row])

    async def floor(self, tenant: TenantId) -> UpdateFloor | None:
        """As the port says."""
        row = (await self._connection.execute(select(_F).where(_F.c.tenant == tenant))).one_or_none()
        return UpdateFloor(paused=row.paused, latest=row.latest, held=tuple(row.held)) if row else None

    async def keep_floor(self, tenant: TenantId, floor: UpdateFloor) -> None:
        """As the port says."""
        row = {"tenant": tenant, "paused": floor.paused, "latest": floor.latest, "held": list(floor.held)}
        await put(self._connection, _F, [row])

    async def installed(self, tenant: TenantId, agent: AgentId) -> Installed | None:
        """As the port says."""
        found = select(_V).where(_V.c.tenant == tenant, _V.c.agent == agent)
        row = (await self._connection.execute(found)).one_or_none()
        if row is None:
            return None
        return Installed(
            agent=AgentId(row.agent),
            installed=row.installed,
            previous=row.previous,
            able=row.able,
            why_not=row.why_not,
            healthy=row.healthy,
            trouble=row.trouble,
            plugins=dict(row.plugins),
            ring=Ring(row.ring),
            heard_at=row.heard_at,
        )

    async def keep_installed(self, tenant: TenantId, installed: Installed) -> None:
        """As the port says."""
        row = {
            "tenant": tenant,
            "agent": installed.agent,
            "installed": installed.installed,
            "previous": installed.previous,
            "able": installed.able,
            "why_not": installed.why_not,
            "healthy": installed.healthy,
            "trouble": installed.trouble,
            "plugins": dict(installed.plugins),
            "ring": installed.ring.value,
            "heard_at": installed.heard_at,
        }
        await put(self._connection, _V, [row])

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[Update, ...]:
        """As the port says."""
        found = select(_U).where(_U.c.tenant == tenant, _U.c.agent == agent).order_by(_U.c.subject)
        return tuple(map(_update, await self._connection.execute(found)))

    async def keep(self, tenant: TenantId, agent: AgentId, updates: Collection[Update]) -> None:
        """As the port says."""
        await self._connection.execute(delete(_U).where(_U.c.tenant == tenant, _U.c.agent == agent))
        rows = [
            {
                "tenant": tenant,
                "agent": agent,
                "subject": update.subject,
                "version": update.version,
                "step": update.step.value,
                "reason": update.reason,
                "missing": list(update.missing),
                "lacking": bool(update.missing),
                "at": update.at,
                "told_at": update.told_at,
            }
            for update in updates
        ]
        if rows:
            await self._connection.execute(insert(_U), rows)

    async def versions(self, tenant: TenantId) -> tuple[InFleet, ...]:
        """As the port says."""
        joined = _V.join(_A, (_A.c.tenant == _V.c.tenant) & (_A.c.id == _V.c.agent))
        unwell = func.sum(case((_V.c.healthy, 0), else_=1)).label("unwell")
        counted = select(_V.c.installed, _V.c.ring, func.count().label("agents"), unwell).select_from(joined)
        mine = counted.where(_V.c.tenant == tenant, _A.c.revoked_at.is_(None)).group_by(_V.c.installed, _V.c.ring)
        return tuple(
            InFleet(version=row.installed, ring=Ring(row.ring), agents=row.agents, unwell=int(row.unwell))
            for row in await self._connection.execute(mine.order_by(_V.c.installed, _V.c.ring))
        )

    async def troubled(self, tenant: TenantId, silent: dt.datetime, limit: int) -> tuple[Update, ...]:
        """As the port says."""
        bad = or_(_RETURNED, _FAILING, _silent(silent), _U.c.step == Step.REFUSED.value)
        found = select(_U).select_from(_UPDATES).where(*_alive(tenant), bad)
        rows = await self._connection.execute(found.order_by(_U.c.told_at.desc(), _U.c.agent).limit(limit))
        return tuple(map(_update, rows))

    async def toll(
        self, tenant: TenantId, subject: str, version: str, since: dt.datetime | None, silent: dt.datetime
    ) -> Toll:
        """As the port says."""
        these = [_U.c.subject == subject, _U.c.version == version, _U.c.step.in_([step.value for step in TAKEN])]
        if since is not None:
            these.append(_U.c.told_at > since)
        counted = select(
            func.count().label("taken"),
            _sum(_RETURNED).label("returned"),
            _sum(_silent(silent)).label("silent"),
            _sum(_FAILING).label("failing"),
        )
        row = (await self._connection.execute(counted.select_from(_UPDATES).where(*_alive(tenant), *these))).one()
        return Toll(taken=row.taken, returned=int(row.returned), silent=int(row.silent), failing=int(row.failing))

    async def suspects(self, tenant: TenantId, silent: dt.datetime) -> tuple[tuple[str, str], ...]:
        """As the port says."""
        found = select(_U.c.subject, _U.c.version).distinct().select_from(_UPDATES)
        bad = or_(_RETURNED, _FAILING, _silent(silent))
        rows = await self._connection.execute(found.where(*_alive(tenant), bad))
        return tuple((row.subject, row.version) for row in rows)

    async def stops(self, tenant: TenantId, limit: int) -> tuple[Stop, ...]:
        """As the port says."""
        found = select(_S).where(_S.c.tenant == tenant)
        ordered = found.order_by(_S.c.ended_at.is_not(None), _S.c.at.desc(), _S.c.subject, _S.c.version)
        return tuple(map(_stop, await self._connection.execute(ordered.limit(limit))))

    async def stop(self, tenant: TenantId, subject: str, version: str) -> Stop | None:
        """As the port says."""
        found = select(_S).where(_S.c.tenant == tenant, _S.c.subject == subject, _S.c.version == version)
        row = (await self._connection.execute(found)).one_or_none()
        return _stop(row) if row else None

    async def keep_stop(self, tenant: TenantId, stop: Stop) -> None:
        """As the port says."""
        tables.same_tenant(tenant, stop.tenant)
        row = {
            "tenant": tenant,
            "subject": stop.subject,
            "version": stop.version,
            "at": stop.at,
            "by": stop.by,
            "toll": table_of(stop.toll),
            "ended_at": stop.ended_at,
            "ended_by": stop.ended_by,
        }
        await put(self._connection, _S, [row])


def _alive(tenant: TenantId) -> tuple[ColumnElement[bool], ...]:
    return _U.c.tenant == tenant, _A.c.revoked_at.is_(None)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
