"""Upgrades of the schema by alembic. Imported when there is something to upgrade: most starts find nothing."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

_SCRIPTS: Final = Path(__file__).with_name("migrations")


def config(connection: Connection) -> Config:
    """Alembic's settings for a connection."""
    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection, revision: str) -> None:
    """Brings the schema to a revision, within the connection's transaction."""
    command.upgrade(config(connection), revision)
