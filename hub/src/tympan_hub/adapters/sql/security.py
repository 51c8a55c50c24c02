"""Row-level security in PostgreSQL, made from the tables: a table added later has it by itself.

- Every row of a tenant is seen and written in that tenant's scope alone (`scope`). FORCED: it binds the owner of the
  tables too, as which the hub runs; a role that passes by it is refused.
- Outside any scope there is nothing.
- The directory finds whose something is by a column that is unique in the whole hub, or marked ``info=SOUGHT``; it
  must name the exact value, and sees that row alone.
- Who can run statements of their own can also set the scope: this is the net beneath our own mistakes.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, UniqueConstraint, text

from tympan_hub.adapters.sql.tables import SOUGHT, metadata
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import SERVICE

_OURS: Final = "current_setting('tympan.tenant', true)"
_SOUGHT: Final = "current_setting('tympan.sought', true)"
_ROLE: Final = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
_FORCED: Final = text(
    "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    " AND relnamespace = current_schema()::regnamespace"
)


def check_role(connection: Connection) -> None:
    """Raises ``Conflict`` when row-level security would not bind us."""
    if connection.execute(_ROLE).scalar_one():
        cause = "the database role of the hub is a superuser or passes by row-level security"
        raise Conflict(cause, next_step="Make it a role of its own: CREATE ROLE tympan LOGIN NOSUPERUSER NOBYPASSRLS.")


def unforced(connection: Connection) -> tuple[str, ...]:
    """Tables that are not under row-level security."""
    forced = set(connection.execute(_FORCED).scalars())
    return tuple(table.name for table in metadata.sorted_tables if table.name not in forced)


def relax(connection: Connection) -> None:
    """Lets the owner at all rows, within the transaction that migrates them."""
    for name in connection.execute(_FORCED).scalars().all():
        connection.execute(text(f'ALTER TABLE "{name}" NO FORCE ROW LEVEL SECURITY'))


def secure(connection: Connection) -> None:
    """Puts every table under row-level security."""
    for table in metadata.sorted_tables:
        for statement in _statements(table):
            connection.execute(text(statement))


def _statements(table: Table) -> Iterator[str]:
    name = f'"{table.name}"'
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for policy, rule in _policies(table):
        yield f"DROP POLICY IF EXISTS {policy} ON {name}"
        yield f"CREATE POLICY {policy} ON {name} {rule}"


def _policies(table: Table) -> Iterator[tuple[str, str]]:
    if table is metadata.tables["tenants"]:
        yield "tympan_tenant", f"USING (id = {_OURS}) WITH CHECK (id = {_OURS})"
        yield "tympan_service", f"FOR SELECT USING ({_OURS} = '{SERVICE}')"
        return
    yield "tympan_tenant", f"USING (tenant = {_OURS}) WITH CHECK (tenant = {_OURS})"
    for column in sought_columns(table):
        yield f"tympan_sought_{column.name}", f'FOR SELECT USING ("{column.name}" = {_SOUGHT})'


def sought_columns(table: Table) -> list[Column[Any]]:
    """Columns by which the directory finds whose a row is."""
    unique = [constraint.columns for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    alone = {columns[0].name for columns in unique if len(columns) == 1}
    return [column for column in table.columns if column.name in alone or column.info == SOUGHT]
