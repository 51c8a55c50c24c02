"""The database: one writer connection with group commit, one reader connection.

- Everything queued while the disk was busy goes into one transaction with one fsync (WAL, ``synchronous=FULL``).
- A transaction that fails is rolled back and its operations are done one by one, so that each hears its own error.
- The reader sees what was committed; it is shared by threads behind a lock.
- No cursor leaves the writer thread: whoever dropped it elsewhere would reset a statement the writer may be running.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import outcome
import trio

from tympan._errors import StoreError
from tympan._store._failures import named_error, store_error
from tympan._store._limits import CLOSE_DEADLINE_S, OPEN_DEADLINE_S
from tympan._store._worker import Order, Worker

_T = TypeVar("_T")

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE jobs (number INTEGER PRIMARY KEY, uuid BLOB NOT NULL, ended INTEGER NOT NULL, sealed BLOB NOT NULL);
    CREATE INDEX jobs_ended ON jobs (ended) WHERE ended > 0;
    CREATE TABLE documents (job INTEGER PRIMARY KEY, size INTEGER NOT NULL, wrapped BLOB NOT NULL, sealed BLOB);
    CREATE TABLE timeline (job INTEGER, line INTEGER, sealed BLOB NOT NULL, PRIMARY KEY (job, line)) WITHOUT ROWID;
    CREATE TABLE pairs (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE outbox (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
    """,
    """
    ALTER TABLE outbox ADD COLUMN slot BLOB;
    CREATE UNIQUE INDEX outbox_slot ON outbox (slot) WHERE slot IS NOT NULL;
    CREATE INDEX jobs_uuid ON jobs (uuid);
    """,
)
"""Script ``n`` brings a database from version ``n`` to ``n + 1``; scripts are only ever added.

An update that is come back from leaves a newer database behind. So every further script says in the fact ``needs`` how
many scripts an agent must know to work with what it made: fewer than all, where it only adds what others pass over.
"""


@attrs.frozen(kw_only=True)
class StoreStatistics:
    """What the store did since it was opened.

    Attributes:
        operations: Writes carried out.
        commits: Transactions committed, each with one fsync.
        failures: Operations that failed.
    """

    operations: int
    commits: int
    failures: int


class Database:
    """The store's database; made and closed in a thread, its writer thread lives as long as it does.

    Args:
        root: The state folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._writer = self._connect()
        try:
            self._migrate()
            self._reader = self._connect()
        except BaseException:
            self._writer.close()
            raise
        self._reading = threading.Lock()
        self._worker: Worker | None = None
        self._operations = self._commits = self._failures = 0

    def start(self) -> None:
        """Starts the writer thread; called in the trio loop."""
        self._worker = Worker("tympan-store", self._carry_out, self._clear_log)

    def submit(self, work: Callable[[sqlite3.Connection], _T]) -> Order[_T]:
        """Queues a write without waiting for it."""
        return self._running().submit(lambda: self._done(work))

    async def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Carries out a write; durable when it returns."""
        return await self._running().run(lambda: self._done(work))

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Rows as they were last committed. Callable from any thread."""
        try:
            with self._reading:
                return self._reader.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise store_error(error, self._root) from error

    def statistics(self) -> StoreStatistics:
        """What was done since opening."""
        return StoreStatistics(operations=self._operations, commits=self._commits, failures=self._failures)

    async def drain(self) -> None:
        """Waits for what was queued and ends the writer thread.

        Raises:
            StoreError: The disk did not answer within ``CLOSE_DEADLINE_S``.
        """
        worker, self._worker = self._running(), None
        last = worker.submit(lambda: None)
        worker.stop()
        with trio.move_on_after(CLOSE_DEADLINE_S, shield=True):
            await last.wait(leave=True)
            await worker.ended()  # what it tidies must not meet `close`
            return
        raise named_error(StoreError, self._root, detail="the disk does not answer")

    def close(self) -> None:
        """Brings the log into the database file and closes it; after ``drain``."""
        self._reader.close()
        self._clear_log()
        self._writer.close()

    def _done(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        result = work(self._writer)
        if isinstance(result, sqlite3.Cursor):
            result.close()
            raise TypeError("a write of the store must not return a cursor")
        return result

    def _running(self) -> Worker:
        if self._worker is None:
            raise StoreError("The job store is closed", next_step="Start the agent again.")
        return self._worker

    def _connect(self) -> sqlite3.Connection:
        path = self._root / "store.db"
        connection = sqlite3.connect(path, timeout=OPEN_DEADLINE_S, isolation_level=None, check_same_thread=False)
        # A sealed column whose type was changed must fail to open, and not to be read.
        connection.text_factory = bytes
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA cache_size=-1024")
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS) and self._needs(version) > len(MIGRATIONS):
            raise StoreError(
                f"The job store in {self._root} is of version {version}, newer than this agent's {len(MIGRATIONS)}",
                next_step="Update this agent.",
            )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            self._writer.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={number}; COMMIT;")

    def _needs(self, version: int) -> int:
        row = self._writer.execute("SELECT value FROM facts WHERE name = 'needs'").fetchone()
        return row[0] if row and type(row[0]) is int else version

    def _carry_out(self, orders: Sequence[Order[object]]) -> None:
        if not self._together(orders):
            for order in orders:
                self._alone(order)

    def _together(self, orders: Sequence[Order[object]]) -> bool:
        try:
            self._transact(orders)
        except BaseException as error:
            self._roll_back()
            if len(orders) > 1:
                return False
            self._failures += 1
            orders[0].result = outcome.Error(store_error(error, self._root))
        return True

    def _alone(self, order: Order[object]) -> None:
        self._together([order])

    def _transact(self, orders: Sequence[Order[object]]) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        for order in orders:
            order.carry_out()
            if isinstance(order.result, outcome.Error):
                raise order.result.error
        self._writer.execute("COMMIT")
        self._commits += 1
        self._operations += len(orders)

    def _clear_log(self) -> None:
        # A failure (a full disk) loses nothing: the log stays as it is, and is read at the next start.
        with contextlib.suppress(sqlite3.Error):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _roll_back(self) -> None:
        # SQLite rolls back by itself on a full disk; a second ROLLBACK would be an error of its own.
        if self._writer.in_transaction:
            self._writer.rollback()
