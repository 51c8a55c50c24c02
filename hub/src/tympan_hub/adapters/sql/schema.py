"""The schema, brought to this release's by alembic. Several processes may start at once: one does it, the rest wait."""

import datetime as dt
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import revisions, security
from tympan_hub.adapters.sql.engine import Database, copy_file
from tympan_hub.adapters.sql.errors import told
from tympan_hub.domain.errors import Conflict, Unavailable
from tympan_hub.domain.limits.backups import COPIES_KEPT

_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('tympan schema', 0))")


class Age(Enum):
    """How a schema stands to this release's."""

    NONE = "none"
    OLDER = "older"
    SAME = "same"
    NEWER = "newer"


async def migrate(database: Database, *, upgrade: bool = True) -> None:
    """Brings the schema up to date in one transaction. An SQLite file is copied first.

    Args:
        database: Where.
        upgrade: Whether an older schema is changed; a database without tables gets them in any case.

    Raises:
        Conflict: A newer release has been here, or an older one, and it is not to be upgraded.
        Unavailable: The database does not answer, or there is no room for the copy.
    """
    with told():
        async with migrating(database) as connection:
            await connection.run_sync(_check_age, upgrade)
            if not database.shared:
                await connection.run_sync(_copy, database.path)
            await connection.run_sync(_secured if database.shared else _kept_whole)


@asynccontextmanager
async def migrating(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction. Within it SQLite enforces no references: a table that is made anew takes the place of the old one,
    and dropping that would take along all that refers to it. Nor can enforcing be changed within one.
    """
    async with database.writer.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        if not database.shared:
            await driver.execute("PRAGMA foreign_keys=OFF")
        try:
            async with connection.begin():
                yield connection
        finally:
            if not database.shared:
                await driver.execute("PRAGMA foreign_keys=ON")


def _kept_whole(connection: Connection) -> bool:
    """Upgrades an SQLite file."""
    changed = _upgrade(connection)
    if changed:
        check_references(connection)
    return changed


def check_references(connection: Connection) -> None:
    """Raises ``Unavailable`` where a row of an SQLite file refers to nothing; PostgreSQL has seen to it already."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        cause = "rows would be left that refer to nothing"
        raise Unavailable(cause, next_step="Nothing is changed: report this, with what tympan-hub doctor says.")


def _check_age(connection: Connection, upgrade: bool) -> None:
    if upgrade or _age(connection) is not Age.OLDER:
        return
    cause = "the database was made by an older release of the hub"
    next_step = "End all processes of the hub, run 'tympan-hub backup' and 'tympan-hub migrate', then serve again."
    raise Conflict(cause, next_step=next_step)


def _copy(connection: Connection, path: Path) -> None:
    """Keeps an SQLite file as it was before an upgrade, beside itself, and the few before that."""
    if _age(connection) is not Age.OLDER:
        return
    revision = revisions.current(connection)
    copy = path.with_name(f"{path.name}.before-upgrade-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}-from-{revision}")
    try:
        copy_file(path, copy)
    except (OSError, sqlite3.Error) as error:
        cause = f"the database cannot be copied before it is upgraded: {error}"
        raise Unavailable(cause, next_step="Make room in the state folder.") from error
    for old in sorted(path.parent.glob(f"{path.name}.before-upgrade-*"))[:-COPIES_KEPT]:
        old.unlink()


def _age(connection: Connection) -> Age:
    revision = revisions.current(connection)
    if revision is None:
        return Age.NONE
    if revision not in revisions.known():
        return Age.NEWER
    return Age.SAME if revision == revisions.known()[-1] else Age.OLDER


def alone(connection: Connection) -> None:
    """Waits until no other process works on the schema of a PostgreSQL, and keeps the others waiting."""
    connection.execute(_ALONE)


def _secured(connection: Connection) -> None:
    """Brings a PostgreSQL up to date, one process at a time, and puts all of it under row-level security."""
    security.check_role(connection)
    alone(connection)
    if _upgrade(connection) or security.unforced(connection):
        security.secure(connection)


def _upgrade(connection: Connection) -> bool:
    """Tells whether there was anything to do."""
    age = _age(connection)
    if age is Age.NEWER:
        cause = "the database was made by a newer release of the hub"
        raise Conflict(cause, next_step="Install that release, or restore a backup made with this one.")
    if age is Age.SAME:
        return False
    if connection.dialect.name == "postgresql":
        security.relax(connection)
    bring(connection, revisions.known()[-1])
    return True


def bring(connection: Connection, revision: str) -> None:
    """Brings the schema up to a revision."""
    from tympan_hub.adapters.sql.upgrades import upgrade  # most starts have nothing to do, and alembic takes long

    upgrade(connection, revision)
