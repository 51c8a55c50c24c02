"""Whether the database answers, and has the schema of this release."""

import asyncio
from typing import Final

from tympan_hub.adapters.sql import revisions
from tympan_hub.adapters.sql.engine import Database
from tympan_hub.adapters.sql.errors import told
from tympan_hub.domain.errors import Unavailable

_WAIT_S: Final = 3.0
"""A proxy that asks whether we are ready does not wait longer."""


class DatabaseProbe:
    """``Probe``."""

    name = "database"

    def __init__(self, database: Database) -> None:
        self._database = database

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
                there = await connection.run_sync(revisions.current)
        wanted = revisions.known()[-1]
        return "" if there == wanted else f"its schema is {there or 'empty'}, and this release needs {wanted}"
