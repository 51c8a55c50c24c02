"""Between values and what JSON columns hold: the database's own converter, strict on the way back."""

import base64
import datetime as dt
import functools
import uuid
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, TypeVar, cast

import cattrs
from sqlalchemy import Insert, Table, and_
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

_T = TypeVar("_T")

_converter = cattrs.Converter()
_converter.register_unstructure_hook(dt.datetime, lambda moment: moment.isoformat())
_converter.register_structure_hook(dt.datetime, lambda text, _: dt.datetime.fromisoformat(text))
_converter.register_unstructure_hook(dt.timedelta, lambda length: length.total_seconds())
_converter.register_structure_hook(dt.timedelta, lambda seconds, _: dt.timedelta(seconds=seconds))
_converter.register_unstructure_hook(dt.date, lambda day: day.isoformat())
_converter.register_structure_hook(dt.date, lambda text, _: dt.date.fromisoformat(text))
_converter.register_unstructure_hook(bytes, lambda octets: base64.b64encode(octets).decode())
_converter.register_structure_hook(bytes, lambda text, _: base64.b64decode(text))
_converter.register_unstructure_hook(uuid.UUID, str)
_converter.register_structure_hook(uuid.UUID, lambda text, _: uuid.UUID(text))


def table_of(value: object) -> Any:
    """A value as JSON holds it."""
    return _converter.unstructure(value)


def value_of(kind: type[_T], table: object) -> _T:
    """The value a JSON column holds."""
    return _converter.structure(table, kind)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a value: enums as their words, tuples as lists."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


async def put(
    connection: AsyncConnection,
    table: Table,
    rows: list[dict[str, Any]],
    *,
    newer: str = "",
    same: str = "",
    nothing: bool = False,
) -> int:
    """Adds rows, or replaces those of the same primary key; returns how many were written.

    Args:
        connection: Of the unit of work.
        table: Where to.
        rows: All with the same columns.
        newer: A column that must not be smaller than the one kept, or the row kept stays.
        same: A column that must be equal to the one kept, or the row kept stays.
        nothing: A row of the same key stays as it is.
    """
    statement = _putting(connection.dialect.name, table, tuple(rows[0]), newer, same, nothing)
    result = await connection.execute(statement, rows if len(rows) > 1 else rows[0])
    return result.rowcount


async def put_told(
    connection: AsyncConnection,
    table: Table,
    rows: list[dict[str, Any]],
    told: str,
    *,
    newer: str = "",
    same: str = "",
) -> frozenset[Any]:
    """The same as `put`; returns a column of those that were written."""
    statement = _putting(connection.dialect.name, table, tuple(rows[0]), newer, same, nothing=False)
    result = await connection.execute(statement.returning(table.c[told]), rows)
    return frozenset(result.scalars())


@functools.cache
def _putting(dialect: str, table: Table, names: tuple[str, ...], newer: str, same: str, nothing: bool) -> Insert:
    """The statement of ``put``: making it takes longer than running it."""
    statement: Any = inserting(dialect)(table)
    keys = [column.name for column in table.primary_key]
    if nothing:
        return cast("Insert", statement.on_conflict_do_nothing(index_elements=keys))
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    kept = [statement.excluded[newer] >= table.c[newer]] if newer else []
    kept += [statement.excluded[same] == table.c[same]] if same else []
    where = and_(*kept) if kept else None
    return cast("Insert", statement.on_conflict_do_update(index_elements=keys, set_=changed, where=where))


def inserting(dialect: str) -> Any:
    """The insert of a database, which knows what to do about a row that is there."""
    return sqlite_insert if dialect == "sqlite" else postgresql_insert


def in_parts(items: Iterable[_T], size: int = 500) -> Iterable[list[_T]]:
    """Items in parts that fit the number of parameters a statement may have."""
    listed = list(items)
    return (listed[start : start + size] for start in range(0, len(listed), size))
