"""Sums of what was printed: rows by day, and rows by month beside them, so that a year is read from few rows."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.usage import NAMES, By, Counted, Tally, UsageFilter, UsageRow

_U: Final = tables.usage
_DAY, _MONTH = "day", "month"
_KEYS: Final = tuple(column.name for column in _U.primary_key)
_Key = tuple[str, dt.date, str, str, str]


class SqlUsage:
    """``Usage``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, counted: Collection[Counted]) -> None:
        """As the port says."""
        # In one order everywhere: two processes that add to the same rows wait for each other, and never in a ring.
        rows = [_row(tenant, key, tally) for key, tally in sorted(_joined(counted).items()) if tally != Tally()]
        if not rows:
            return
        statement = (sqlite_insert if self._connection.dialect.name == "sqlite" else postgresql_insert)(_U)
        added = {name: _U.c[name] + statement.excluded[name] for name in NAMES}
        await self._connection.execute(statement.on_conflict_do_update(index_elements=_KEYS, set_=added), rows)

    async def sums(self, tenant: TenantId, wanted: UsageFilter, by: By, limit: int) -> tuple[UsageRow, ...]:
        """As the port says."""
        keys = _keys(by)
        totals = [func.sum(_U.c[name]).label(name) for name in NAMES]
        grouped = select(*keys, *totals).where(_U.c.tenant == tenant, *_conditions(wanted, days=by is By.DAY))
        grouped = grouped.group_by(*keys).having(func.sum(_U.c.jobs + _U.c.unfinished) > 0)
        rows = await self._connection.execute(_ordered(grouped, by).limit(limit))
        return tuple(_found(row) for row in rows.mappings())

    async def forget(self, tenant: TenantId, days_before: dt.date, months_before: dt.date) -> None:
        """As the port says."""
        for grain, before in ((_DAY, days_before), (_MONTH, months_before)):
            old = _U.c.tenant == tenant, _U.c.grain == grain, _U.c.day < before
            await self._connection.execute(delete(_U).where(*old))


def _joined(counted: Collection[Counted]) -> dict[_Key, Tally]:
    sums: dict[_Key, Tally] = {}
    for each in counted:
        for grain, day in ((_DAY, each.day), (_MONTH, each.day.replace(day=1))):
            key = (grain, day, each.person, each.user, each.printer)
            sums[key] = sums.get(key, Tally()) + each.tally
    return sums


def _row(tenant: TenantId, key: _Key, tally: Tally) -> dict[str, Any]:
    grain, day, person, user, printer = key
    numbers = {name: getattr(tally, name) for name in NAMES}
    account = {"person": person, "user": user, "printer": printer}
    return {"tenant": tenant, "grain": grain, "day": day, "month": day.replace(day=1), **account, **numbers}


def _keys(by: By) -> list[ColumnElement[Any]]:
    # Somebody known by a sign-in is one line, whatever the computers call them.
    spooled = case((_U.c.person != "", literal("")), else_=_U.c.user).label("user")
    keys: dict[By, list[ColumnElement[Any]]] = {
        By.USER: [_U.c.person, spooled],
        By.PRINTER: [_U.c.printer],
        By.GROUP: [_U.c.person, spooled],
        By.MONTH: [_U.c.month.label("day")],
        By.DAY: [_U.c.day],
    }
    return keys[by]


def _ordered(grouped: Select[Any], by: By) -> Select[Any]:
    if by in (By.MONTH, By.DAY):
        return grouped.order_by("day")
    return grouped.order_by(func.sum(_U.c.impressions).desc(), *grouped.selected_columns[:1])


def _conditions(wanted: UsageFilter, *, days: bool) -> list[ColumnElement[bool]]:
    conditions = [_days(wanted.since, wanted.until) if days else _within(wanted.since, wanted.until)]
    if wanted.printer:
        conditions.append(_U.c.printer == wanted.printer)
    if wanted.person is not None:
        by_name = and_(_U.c.person == "", _U.c.user == wanted.login, _U.c.user != "")
        conditions.append(or_(and_(_U.c.person == wanted.person, _U.c.person != ""), by_name))
    return conditions


def _within(since: dt.date, until: dt.date) -> ColumnElement[bool]:
    """Whole months by their own rows, and what is left of the range before and after by days."""
    first = since if since.day == 1 else _next_month(since)
    after = _next_month(until) if (until + dt.timedelta(1)).day == 1 else until.replace(day=1)
    if first >= after:
        return _days(since, until)
    months = and_(_U.c.grain == _MONTH, _U.c.day >= first, _U.c.day < after)
    return or_(months, _days(since, first - dt.timedelta(1)), _days(after, until))


def _days(since: dt.date, until: dt.date) -> ColumnElement[bool]:
    return and_(_U.c.grain == _DAY, _U.c.day >= since, _U.c.day <= until)


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(32)).replace(day=1)


def _found(row: Any) -> UsageRow:
    keys = {name: row[name] for name in ("person", "user", "printer", "day") if name in row}
    return UsageRow(**keys, tally=Tally(**{name: int(row[name]) for name in NAMES}))
