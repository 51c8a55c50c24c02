"""The schema, brought to this release's by alembic. Several processes may start at once: one does it, the rest wait."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from tympan_hub.adapters.sql import security
from tympan_hub.adapters.sql.engine import Database
from tympan_hub.adapters.sql.errors import told
from tympan_hub.domain.errors import Conflict

_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('tympan schema', 0))")
_SCRIPTS: Final = Path(__file__).with_name("migrations")


def config(connection: Connection) -> Config:
    """Alembic's settings for a connection."""
    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


async def migrate(database: Database) -> None:
    """Brings the schema up to date in one transaction.

    Raises:
        Conflict: A newer release has been here.
        Unavailable: The database does not answer.
    """
    with told():
        async with database.writer.begin() as connection:
            await connection.run_sync(_secured if database.shared else _upgrade)


def _secured(connection: Connection) -> None:
    """Brings a PostgreSQL up to date, one process at a time, and puts all of it under row-level security."""
    security.check_role(connection)
    connection.execute(_ALONE)
    if _upgrade(connection) or security.unforced(connection):
        security.secure(connection)


def _upgrade(connection: Connection) -> bool:
    """Tells whether there was anything to do."""
    scripts = ScriptDirectory.from_config(config(connection))
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision == scripts.get_current_head():
        return False
    if revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}:
        cause = "the database was made by a newer release of the hub"
        raise Conflict(cause, next_step="Install that release, or restore a backup made with this one.")
    if connection.dialect.name == "postgresql":
        security.relax(connection)
    command.upgrade(config(connection), "head")
    return True
