"""All that a database holds, as lines of JSON that an empty database of either kind takes back.

- Everything is of one moment, and nobody waits: it is read in one transaction that only reads.
- Tables are taken as they are there, not as this release would make them: also an older schema can be backed up and
  restored. It is loaded as it was and then brought to this release.
- What is only true now (which process serves whom) stays behind.
"""

import base64
import datetime as dt
import json
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Column, Connection, Date, LargeBinary, MetaData, Table, Uuid, delete, func, select, text
from sqlalchemy.types import TypeEngine

from tympan_hub.adapters.sql import revisions, security
from tympan_hub.adapters.sql.engine import Database
from tympan_hub.adapters.sql.errors import told
from tympan_hub.adapters.sql.schema import alone, bring, check_references, migrating
from tympan_hub.adapters.sql.tables import PASSING, metadata
from tympan_hub.adapters.sql.types import Moment
from tympan_hub.adapters.sql.units import SqlUnits
from tympan_hub.domain.audit import TRIM, Entry, first_broken
from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.ports import Unit

_BATCH: Final = 500
_TENANT: Final = text("SELECT set_config('tympan.tenant', :tenant, true)")
_PATIENCE: Final = ("statement_timeout", "idle_in_transaction_session_timeout")

Take = Callable[[str, Iterator[bytes]], None]
Give = Callable[[str], Iterable[bytes]]
Last = Callable[[Unit], Awaitable[None]]


@frozen(kw_only=True)
class AuditEnd:
    """Where the audit log of a tenant ends.

    Attributes:
        number: Of the newest entry.
        hash: Of the newest entry.
        broken: The first entry that does not follow from those before it; 0 when all do.
    """

    number: int
    hash: str
    broken: int


@frozen(kw_only=True)
class Holding:
    """What a database holds.

    Attributes:
        schema: Revision of its schema.
        rows: How many rows each table has.
        audit: Where the audit log of each tenant ends.
    """

    schema: str
    rows: Mapping[str, int]
    audit: Mapping[str, AuditEnd]


async def dump(database: Database, take: Take) -> Holding:
    """Gives every table away, by its name and its rows as lines; raises ``Conflict`` when there is no hub in it."""
    with told():
        async with database.reader.connect() as connection:
            return await connection.run_sync(_dump, take)


async def check_empty(database: Database) -> None:
    """Raises ``Conflict`` when there is a hub in a database."""
    with told():
        async with database.reader.connect() as connection:
            await connection.run_sync(_look_for_a_hub)


async def load(database: Database, holding: Holding, give: Give, last: Last) -> None:
    """Fills an empty database with the lines of each table, and checks that all is there; all of it or nothing.

    Args:
        database: Which.
        holding: What there shall be.
        give: The lines of a table.
        last: Done within the same transaction in the end; when it raises, nothing is kept.

    Raises:
        BadInput: What is given does not fit what it should hold.
        Conflict: The database is not empty, or a newer release made what is given.
    """
    with told():
        async with migrating(database) as connection:
            await connection.run_sync(_load, holding, give)
            await last(SqlUnits(database).within(connection))


def _dump(connection: Connection, take: Take) -> Holding:
    revision = revisions.current(connection)
    if revision is None:
        raise Conflict("there is no hub in the database", next_step="Name its state folder with --home.")
    _be_patient(connection)
    tables = _tables(connection)
    tenants = _tenants(connection, tables["tenants"])
    rows: dict[str, int] = {}
    for name, table in tables.items():
        take(name, _counted(rows, name, _lines(connection, table, tenants)))
    audit = {tenant: _audit_end(connection, tables["audit"], tenant) for tenant in tenants}
    return Holding(schema=revision, rows=rows, audit=audit)


def _counted(rows: dict[str, int], name: str, lines: Iterator[bytes]) -> Iterator[bytes]:
    rows[name] = 0
    for line in lines:
        rows[name] += 1
        yield line


def _load(connection: Connection, holding: Holding, give: Give) -> None:
    if holding.schema not in revisions.known():
        cause = "a newer release of the hub made this backup"
        raise Conflict(cause, next_step="Install that release, and restore with it.")
    if connection.dialect.name == "postgresql":
        security.check_role(connection)
        alone(connection)
    _as_it_was(connection, holding.schema)
    tables = _tables(connection)
    _check_empty(connection, tables)
    connection.execute(delete(tables["tenants"]))
    for name, table in tables.items():
        _fill(connection, table, give(name))
    _check(connection, tables, holding)
    bring(connection, revisions.known()[-1])
    check_references(connection)
    if connection.dialect.name == "postgresql":
        security.secure(connection)


def _as_it_was(connection: Connection, schema: str) -> None:
    """Makes the tables of a schema; those that are there already must be the same."""
    found = revisions.current(connection)
    if found is None:
        bring(connection, schema)
    elif found != schema:
        cause = "the database was set up by another release than the backup"
        raise Conflict(cause, next_step="Give a database without tables.")
    if connection.dialect.name == "postgresql":
        security.relax(connection)
        _be_patient(connection)


def _be_patient(connection: Connection) -> None:
    """All of a hub takes longer than any of its statements."""
    if connection.dialect.name == "postgresql":
        for setting in _PATIENCE:
            connection.execute(text(f"SET LOCAL {setting} = 0"))


def _tables(connection: Connection) -> dict[str, Table]:
    """The tables that are there, in an order in which they can be filled."""
    found = MetaData()
    found.reflect(connection)
    tables = {table.name: table for table in found.sorted_tables if table.name not in PASSING | {"alembic_version"}}
    for table in tables.values():
        for column in table.columns:
            known = metadata.tables.get(table.name)
            if known is not None and column.name in known.columns:
                column.type = known.columns[column.name].type
    return tables


def _enter(connection: Connection, tenant: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(_TENANT, {"tenant": tenant})


def _tenants(connection: Connection, table: Table) -> list[str]:
    _enter(connection, SERVICE)
    return list(connection.execute(select(table.c.id).order_by(table.c.id)).scalars())


def _whose(table: Table) -> Column[Any]:
    return table.c.id if table.name == "tenants" else table.c.tenant


def _lines(connection: Connection, table: Table, tenants: Iterable[str]) -> Iterator[bytes]:
    for tenant in tenants:
        _enter(connection, tenant)
        theirs = select(table).where(_whose(table) == tenant).execution_options(yield_per=_BATCH)
        for row in connection.execute(theirs).mappings():
            written = {column.name: _written(row[column.name]) for column in table.columns}
            yield json.dumps(written, separators=(",", ":")).encode() + b"\n"


def _written(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dt.date():  # and moments, which are dates too
            return value.isoformat()
        case uuid.UUID():
            return str(value)
    return value


def _read(kind: TypeEngine[Any], value: Any) -> Any:
    match kind, value:
        case _, None:
            return None
        case LargeBinary(), str():
            return base64.b64decode(value, validate=True)
        case Moment(), str():
            return dt.datetime.fromisoformat(value)
        case Date(), str():
            return dt.date.fromisoformat(value)
        case Uuid(), str():
            return uuid.UUID(value)
    return value


def _fill(connection: Connection, table: Table, lines: Iterable[bytes]) -> None:
    for part in _parts(_rows(table, lines)):
        connection.execute(table.insert(), part)


def _rows(table: Table, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            written = json.loads(line)
            yield {column.name: _read(column.type, written[column.name]) for column in table.columns}
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise BadInput(f"a row of {table.name} in the backup cannot be read") from error


def _parts(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while part := [row for row, _ in zip(rows, range(_BATCH), strict=False)]:
        yield part


def _look_for_a_hub(connection: Connection) -> None:
    """Of a PostgreSQL this sees the service's rows and all tenants, and every other row is a tenant's."""
    tables = _tables(connection)
    _enter(connection, SERVICE)
    _check_empty(connection, tables)


def _check_empty(connection: Connection, tables: Mapping[str, Table]) -> None:
    for table in tables.values():
        found = select(table).limit(1)
        if table.name == "tenants":
            found = found.where(table.c.id != SERVICE)  # which the first migration makes
        if connection.execute(found).first() is not None:
            raise Conflict("there is a hub in the database already", next_step="Give an empty database.")


def _check(connection: Connection, tables: Mapping[str, Table], holding: Holding) -> None:
    """Everything that was there is there."""
    for name, table in tables.items():
        found = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if found != holding.rows.get(name):
            raise BadInput(f"the backup tells of {holding.rows.get(name)} rows of {name}, and {found} came of it")
    tenants = _tenants(connection, tables["tenants"])
    for tenant in tenants:
        if _audit_end(connection, tables["audit"], tenant) != holding.audit.get(tenant):
            raise BadInput(f"the audit log of {tenant} in the backup was tampered with")
    if holding.rows.keys() != tables.keys() or holding.audit.keys() != set(tenants):
        raise BadInput("the backup does not hold what it tells of")


def _audit_end(connection: Connection, table: Table, tenant: str) -> AuditEnd:
    _enter(connection, tenant)
    last: list[Entry] = []

    def entries() -> Iterator[Entry]:
        while part := _entries(connection, table, tenant, last[0].number if last else 0):
            for entry in part:
                last[:] = [entry]
                yield entry

    trims = select(table).where(table.c.tenant == tenant, table.c.act == TRIM).order_by(table.c.number.desc()).limit(1)
    trim = connection.execute(trims).mappings().one_or_none()
    following = entries()
    broken = first_broken(following, trim=_entry(trim) if trim else None) or 0
    for _ in following:  # the newest one is wanted in any case
        pass
    number, hashed = (last[0].number, last[0].hash) if last else (0, "")
    return AuditEnd(number=number, hash=hashed, broken=broken)


def _entries(connection: Connection, table: Table, tenant: str, after: int) -> list[Entry]:
    """In parts, for a cursor left open would keep the table from being changed."""
    these = select(table).where(table.c.tenant == tenant, table.c.number > after).order_by(table.c.number)
    rows = connection.execute(these.limit(_BATCH)).mappings()
    return [_entry(row) for row in rows]


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(**{**row, "tenant": TenantId(row["tenant"])})
