"""SQLite's connection, each statement of which takes one turn of the connection's thread.

The driver hands every step to its thread by itself: a cursor made, a statement run, its rows read, the cursor closed.
Each is a way there and back; four of them cost more than the statement.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any, Final, Self

import aiosqlite

_CHUNK: Final = 64


class Turns:
    """A cursor for one statement after the other; all rows of one are read in the turn that runs it."""

    def __init__(self, connection: "TurnsConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Runs a statement."""
        await self._connection.turn(self._run, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Self:
        """Runs a statement for each of these."""
        await self._connection.turn(self._run_many, sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        many = size or self.arraysize
        rows, self._rows = self._rows[:many], self._rows[many:]
        return rows

    async def fetchone(self) -> Any:
        """The next row."""
        return self._rows.pop(0) if self._rows else None

    async def close(self) -> None:
        """Forgets the rows; in the database nothing is open."""
        self._rows = []

    def _run(self, sql: str, parameters: Sequence[Any]) -> None:
        self._keep(self._connection.opened.execute(sql, parameters))

    def _run_many(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        self._keep(self._connection.opened.executemany(sql, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class TurnsConnection(aiosqlite.Connection):
    """A connection with such cursors. Owns: a thread, until it is closed."""

    _ending: asyncio.Future[Any] | None = None

    @property
    def opened(self) -> sqlite3.Connection:
        """The connection beneath, for its own thread."""
        return self._conn

    async def turn(self, step: Any, *arguments: Any) -> None:
        """Runs a step in the connection's thread."""
        await self._execute(step, *arguments)  # type: ignore[no-untyped-call]

    def stop(self) -> asyncio.Future[Any] | None:
        """Ends the thread; what is given back is done when it has nothing more to say."""
        self._ending = super().stop()
        return self._ending

    async def _connect(self) -> Self:
        """Opens it. Where that fails, nobody closes it: its thread has to end before the loop that it answers may."""
        try:
            await super()._connect()
        except BaseException:
            if self._ending is not None:
                await self._ending
            raise
        return self

    def cursor(self) -> Turns:  # type: ignore[override]
        """A cursor."""
        return Turns(self)


def connect(*where: Any, **options: Any) -> TurnsConnection:
    """Opens a file, as ``sqlite3.connect`` does."""
    connection = TurnsConnection(lambda: sqlite3.connect(*where, **options), _CHUNK)
    connection._thread.daemon = True  # a hub that ends by a mistake does not wait for it
    return connection
