"""The database's connections: those that write, and those that read.

- SQLite: WAL, full sync (what the hub acknowledges is on disk), foreign keys on, and BEGIN spoken by us. The driver
  would begin only at the first write, and read-then-write would not be one step. One writing connection for each
  process: writers wait in its queue in order instead of spinning on the file's lock.
- PostgreSQL: writers read what is committed, behind the locks that ``scope`` takes; readers see one moment.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import URL, Connection, QueuePool, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tympan_hub.adapters.sql import turns
from tympan_hub.domain.errors import BadInput
from tympan_hub.ports import Pool

_BUSY_S: Final = 20
_READERS: Final = 4
_PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF")
_PRAGMA_TRIES: Final = 50
_PRAGMA_WAIT_S: Final = 0.02
"""A change of the journal is over in milliseconds; a file that is locked for a second is another matter."""
_CONNECTIONS: Final = 6
"""To write, and as many to read, of each process: four processes stay below the 100 a PostgreSQL allows at first."""

_CONNECT_S: Final = 10
_SERVER_SETTINGS: Final = {
    "application_name": "tympan-hub",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",  # our statements are short, and compiling one takes longer than running it
    "lock_timeout": f"{_BUSY_S}s",
    "statement_timeout": "60s",
}


class Database:
    """A database, opened.

    Owns: its connections; `close` gives them back.

    Args:
        where: The path of an SQLite file, or the address ``postgresql://…``.

    Raises:
        BadInput: An address that is none of PostgreSQL.
    """

    def __init__(self, where: Path | str) -> None:
        self.path = where if isinstance(where, Path) else Path()
        self.address = "" if isinstance(where, Path) else where
        if isinstance(where, Path):
            self.writer = _sqlite(where, "BEGIN IMMEDIATE", 1)
            self.reader = _sqlite(where, "BEGIN", _READERS)
        else:
            url = _url(where)
            self.writer = _postgresql(url, "READ COMMITTED")
            self.reader = _postgresql(url, "REPEATABLE READ", postgresql_readonly=True)

    @property
    def shared(self) -> bool:
        """Whether several processes may serve from it."""
        return bool(self.address)

    def pools(self) -> tuple[Pool, ...]:
        """How many connections there may be, and how many are in use."""
        pools = {"writer": cast("QueuePool", self.writer.pool), "reader": cast("QueuePool", self.reader.pool)}
        return tuple(Pool(name=name, size=pool.size(), used=pool.checkedout()) for name, pool in pools.items())

    async def close(self) -> None:
        """Closes every connection."""
        await self.writer.dispose()
        await self.reader.dispose()


def _sqlite(path: Path, begin: str, size: int) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        pool_size=size,
        max_overflow=0,
        pool_timeout=_BUSY_S,
        connect_args={"timeout": _BUSY_S, "async_creator_fn": turns.connect},
    )

    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            _said(cursor, f"PRAGMA {pragma}")
        cursor.close()

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", begun)
    return engine


def _said(cursor: Any, pragma: str) -> None:
    """Says it again while another connection changes the journal of a new file, for which SQLite itself never waits."""
    for _ in range(_PRAGMA_TRIES - 1):
        try:
            cursor.execute(pragma)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # the rest of an extended code says why it is busy
                raise
            time.sleep(_PRAGMA_WAIT_S)  # in a thread of its own the holder goes on; to serve has not begun
        else:
            return
    cursor.execute(pragma)


def _postgresql(url: URL, isolation: str, **options: Any) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=_BUSY_S,
        pool_pre_ping=True,  # a database that was restarted costs nobody an error
        isolation_level=isolation,
        connect_args={"timeout": _CONNECT_S, "server_settings": _SERVER_SETTINGS},
    ).execution_options(**options)


def _url(address: str) -> URL:
    """An address as the driver takes it."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise _no_address() from error
    if url.drivername not in {"postgresql", "postgres"} or not url.database:
        raise _no_address()
    query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    return url.set(drivername="postgresql+asyncpg", query=query)


def _no_address() -> BadInput:
    cause = "the database's address is none of PostgreSQL"
    return BadInput(cause, next_step="Give one like postgresql://tympan@db.example/tympan; see 'Run a hub'.")


def is_damaged(path: Path) -> str:
    """What SQLite finds wrong with the file; "" when nothing is."""
    connection = _read_only(path)
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        connection.close()
    return "" if found == ["ok"] else "; ".join(found)


def copy_file(path: Path, to: Path) -> None:
    """A whole and consistent copy of an SQLite file, 0600, there when it is whole and not before."""
    beside = to.with_name(f".{to.name}")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    with closing(_read_only(path)) as source, closing(sqlite3.connect(beside)) as copy:
        source.backup(copy)
    beside.replace(to)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)
