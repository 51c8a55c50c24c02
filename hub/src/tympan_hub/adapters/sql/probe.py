"""Whether the database answers, and has the schema of this release."""

import asyncio
from typing import Final

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tympan_hub.adapters.sql.engine import Database
from tympan_hub.adapters.sql.errors import told
from tympan_hub.adapters.sql.schema import config
from tympan_hub.domain.errors import Unavailable

_WAIT_S: Final = 3.0
"""A proxy that asks whether we are ready does not wait longer."""


class DatabaseProbe:
    """``Probe``."""

    name = "database"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._head: str | None = None

    async def problem(self) -> str:
        """As the port says."""
        try:
            async with asyncio.timeout(_WAIT_S):
                return await self._look()
        except (Unavailable, OSError, TimeoutError):
            return "it does not answer"

    async def _look(self) -> str:
        with told():
            async with self._database.reader.connect() as connection:
                there, wanted = await connection.run_sync(self._revisions)
        return "" if there == wanted else f"its schema is {there or 'empty'}, and this release needs {wanted}"

    def _revisions(self, connection: Connection) -> tuple[str | None, str | None]:
        self._head = self._head or ScriptDirectory.from_config(config(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision(), self._head
