"""The database's connections: one that writes, several that read.

- SQLite: WAL, full sync (what the hub acknowledges is on disk), foreign keys on, and BEGIN spoken by us. The driver
  would begin only at the first write, and read-then-write would not be one step.
- One writing connection for each process: writers wait in its queue in order instead of spinning on the file's lock.
"""

import sqlite3
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, QueuePool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tympan_hub.ports import Pool

_BUSY_S = 20
_READERS = 4
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF")


class Database:
    """An SQLite file, opened.

    Owns: its connections; `close` gives them back.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = _engine(path, "BEGIN IMMEDIATE", 1)
        self.reader = _engine(path, "BEGIN", _READERS)

    def pools(self) -> tuple[Pool, ...]:
        """How many connections there may be, and how many are in use."""
        return tuple(
            Pool(name=name, size=size, used=cast("QueuePool", engine.pool).checkedout())
            for name, engine, size in (("writer", self.writer, 1), ("reader", self.reader, _READERS))
        )

    async def close(self) -> None:
        """Closes every connection."""
        await self.writer.dispose()
        await self.reader.dispose()


def _engine(path: Path, begin: str, size: int) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        pool_size=size,
        max_overflow=0,
        pool_timeout=_BUSY_S,
        connect_args={"timeout": _BUSY_S},
    )

    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", begun)
    return engine


def is_damaged(path: Path) -> str:
    """What SQLite finds wrong with the file; "" when nothing is."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        connection.close()
    return "" if found == ["ok"] else "; ".join(found)
