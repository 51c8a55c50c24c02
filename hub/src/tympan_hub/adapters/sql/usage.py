"""Sums of what was printed, kept so that a report of a busy year is read from few rows.

- By day, and beside it by month: a range reads whole months from the latter.
- By person and printer; beside it by printer alone and by person alone, which is what most reports tell apart.
"""

import datetime as dt
import functools
from collections.abc import Collection, Iterator
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Insert, Select, and_, case, delete, desc, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import inserting
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.usage import NAMES, By, Counted, Tally, UsageFilter, UsageRow

_U: Final = tables.usage
_WHOLE, _PRINTERS, _PEOPLE = ("day", "month"), ("day-p", "mon-p"), ("day-u", "mon-u")
"""Grains: of a row by day and of one by month; by person and printer, by printer alone, by person alone."""

_ONE_DAY: Final = dt.timedelta(1)
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
        await self._connection.execute(_adding(self._connection.dialect.name), rows)

    async def sums(self, tenant: TenantId, wanted: UsageFilter, by: By, limit: int) -> tuple[UsageRow, ...]:
        """As the port says."""
        # A union, and no OR: each part is one stretch of the primary key, whatever the database knows of the table.
        parts = [
            select(_U).where(_U.c.tenant == tenant, *_stretch(*span), *_narrowed(wanted)) for span in _spans(wanted, by)
        ]
        found = union_all(*parts).subquery()
        told = [*_keys(found.c, by), *(func.sum(found.c[name]).label(name) for name in NAMES)]
        some = func.sum(found.c.jobs + found.c.unfinished) > 0
        grouped = select(*told).group_by(*_apart(found.c, by)).having(some)
        rows = await self._connection.execute(_ordered(grouped, by).limit(limit))
        return tuple(_found(row) for row in rows.mappings())

    async def forget(self, tenant: TenantId, days_before: dt.date, months_before: dt.date) -> None:
        """As the port says."""
        for day, month in (_WHOLE, _PRINTERS, _PEOPLE):
            for grain, before in ((day, days_before), (month, months_before)):
                old = _U.c.tenant == tenant, _U.c.grain == grain, _U.c.day < before
                await self._connection.execute(delete(_U).where(*old))


@functools.cache
def _adding(dialect: str) -> Insert:
    statement = inserting(dialect)(_U)
    added = {name: _U.c[name] + statement.excluded[name] for name in NAMES}
    return cast("Insert", statement.on_conflict_do_update(index_elements=_KEYS, set_=added))


def _joined(counted: Collection[Counted]) -> dict[_Key, Tally]:
    sums: dict[_Key, Tally] = {}
    for each in counted:
        for key in _accounts(each):
            sums[key] = sums.get(key, Tally()) + each.tally
    return sums


def _accounts(each: Counted) -> Iterator[_Key]:
    month = each.day.replace(day=1)
    accounts = (
        (_WHOLE, (each.person, each.user, each.printer)),
        (_PRINTERS, ("", "", each.printer)),
        (_PEOPLE, (each.person, each.user, "")),
    )
    for (by_day, by_month), account in accounts:
        yield by_day, each.day, *account
        yield by_month, month, *account


def _grains(wanted: UsageFilter, by: By) -> tuple[str, str]:
    """The smallest rows that can answer."""
    of_people = by in (By.USER, By.GROUP) or wanted.person is not None
    if not of_people:
        return _PRINTERS
    return _WHOLE if by is By.PRINTER or wanted.printer else _PEOPLE


def _row(tenant: TenantId, key: _Key, tally: Tally) -> dict[str, Any]:
    grain, day, person, user, printer = key
    numbers = {name: getattr(tally, name) for name in NAMES}
    account = {"person": person, "user": user, "printer": printer}
    return {"tenant": tenant, "grain": grain, "day": day, "month": day.replace(day=1), **account, **numbers}


def _keys(found: ReadOnlyColumnCollection[str, Any], by: By) -> list[ColumnElement[Any]]:
    if by in (By.USER, By.GROUP):  # the name at the computers is told of everybody: who is removed has no other
        return [found.person, func.max(found.user).label("user")]
    return _apart(found, by)


def _apart(found: ReadOnlyColumnCollection[str, Any], by: By) -> list[ColumnElement[Any]]:
    # Somebody known by a sign-in is one line, whatever the computers call them.
    spooled = case((found.person != "", literal("")), else_=found.user)
    keys: dict[By, list[ColumnElement[Any]]] = {
        By.USER: [found.person, spooled],
        By.PRINTER: [found.printer],
        By.GROUP: [found.person, spooled],
        By.MONTH: [found.month.label("day")],
        By.DAY: [found.day],
    }
    return keys[by]


def _ordered(grouped: Select[Any], by: By) -> Select[Any]:
    if by in (By.MONTH, By.DAY):
        return grouped.order_by("day")
    return grouped.order_by(desc("impressions"), *grouped.selected_columns[:2])


def _narrowed(wanted: UsageFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.printer:
        yield _U.c.printer == wanted.printer
    if wanted.person is not None:
        by_name = and_(_U.c.person == "", _U.c.user == wanted.login, _U.c.user != "")
        yield or_(and_(_U.c.person == wanted.person, _U.c.person != ""), by_name)


def _stretch(grain: str, first: dt.date, last: dt.date) -> tuple[ColumnElement[bool], ...]:
    return _U.c.grain == grain, _U.c.day >= first, _U.c.day <= last


def _spans(wanted: UsageFilter, by: By) -> list[tuple[str, dt.date, dt.date]]:
    """Whole months by their own rows, and what is left of the range before and after by days."""
    by_day, by_month = _grains(wanted, by)
    since, until = wanted.since, wanted.until
    first = since if since.day == 1 else _next_month(since)
    after = _next_month(until) if (until + _ONE_DAY).day == 1 else until.replace(day=1)
    if by is By.DAY or first >= after:
        return [(by_day, since, until)]
    spans = [(by_day, since, first - _ONE_DAY), (by_month, first, after - _ONE_DAY), (by_day, after, until)]
    return [span for span in spans if span[1] <= span[2]]


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(32)).replace(day=1)


def _found(row: Any) -> UsageRow:
    keys = {name: row[name] for name in ("person", "user", "printer", "day") if name in row}
    return UsageRow(**keys, tally=Tally(**{name: int(row[name]) for name in NAMES}))
