"""What is to be told to somebody until it was: entries by number, at most one for each slot.

- A job has one slot, so that however long nobody listens, a job costs one entry: its newest change.
- An entry that replaces another has a new number; removing the old number removes nothing that was not told.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import trio

from tympan._errors import BadInput, Overloaded
from tympan._ports import OutboxEntry
from tympan._store._cipher import KeyNames, RowCipher, place
from tympan._store._database import Database
from tympan._store._limits import OUTBOX_ENTRIES, OUTBOX_YIELDING, RECORD_BYTES
from tympan._store._numbers import Numbers

SealedEntry = tuple[int, bytes, bytes | None]
"""A number, the sealed bytes that go with it, and the slot."""
_JOB_SLOT_BYTES: Final = 16
_PEEK: Final = "SELECT id, sealed, slot FROM outbox ORDER BY id LIMIT ?"
_OTHERS: Final = "SELECT COUNT(*) FROM outbox WHERE slot IS NULL OR length(slot) <> ?"
_WATCHED: Final = "SELECT 1 FROM facts WHERE name = 'jobs watched'"


class Outbox:
    """Entries in the order they were added."""

    def __init__(self, database: Database, numbers: Numbers, key: bytes) -> None:
        self._database = database
        self._numbers = numbers
        self._names = KeyNames(key)
        self._cipher = RowCipher(key, "outbox")
        self._watched = bool(database.read(_WATCHED))

    def seal(self, payloads: Sequence[bytes], *, slot: str = "") -> list[SealedEntry]:
        """The rows of new entries, to be inserted by ``insert_entries``."""
        where = b"\0" + self._names.id_of("outbox", slot) if slot else None
        return [self._sealed(payload, where) for payload in payloads]

    def change_of(self, job: UUID) -> list[SealedEntry]:
        """The row that says that a job changed; none while nobody watches jobs."""
        return [self._sealed(b"", job.bytes)] if self._watched else []

    async def watch_jobs(self, *, on: bool) -> None:
        """Whether changes of jobs leave entries from now on; off forgets every entry there is."""
        if on != self._watched:
            await self._database.write(_watch if on else _forget)
            self._watched = on

    async def mark(self, job: UUID) -> None:
        """Says that a job changed in memory."""
        rows = self.change_of(job)
        await self._database.write(lambda connection: insert_entries(connection, rows))

    async def add(self, payloads: Sequence[bytes], *, slot: str = "", yields: bool = False) -> None:
        """Adds entries; durable when it returns.

        Raises:
            Overloaded: Too many are waiting; for entries that yield, fewer are too many.
        """
        rows = self.seal(payloads, slot=slot)
        await self._database.write(functools.partial(_add, rows, OUTBOX_YIELDING if yields else OUTBOX_ENTRIES))

    async def peek(self, limit: int) -> tuple[OutboxEntry, ...]:
        """The oldest entries."""
        rows = await trio.to_thread.run_sync(self._database.read, _PEEK, (limit,))
        return tuple(self._opened(*row) for row in rows)

    async def remove(self, ids: Sequence[int]) -> None:
        """Forgets entries that arrived."""
        rows = [(entry,) for entry in ids]
        await self._database.write(functools.partial(_remove, rows))

    def _sealed(self, payload: bytes, slot: bytes | None) -> SealedEntry:
        if len(payload) > RECORD_BYTES:
            raise BadInput(f"An outbox entry may have at most {RECORD_BYTES} bytes")
        number = self._numbers.sequence()
        return number, self._cipher.seal(place(number) + (slot or b""), payload), slot

    def _opened(self, number: int, sealed: bytes, slot: bytes | None) -> OutboxEntry:
        payload = self._cipher.open(place(number) + (slot or b""), sealed, number)
        job = UUID(bytes=slot) if slot is not None and len(slot) == _JOB_SLOT_BYTES else None
        return OutboxEntry(id=number, payload=payload, job=job)


def insert_entries(connection: sqlite3.Connection, rows: Sequence[SealedEntry]) -> None:
    """Inserts sealed outbox rows; one of the same slot makes room."""
    if rows:
        connection.executemany("INSERT OR REPLACE INTO outbox (id, sealed, slot) VALUES (?, ?, ?)", rows)


def _add(rows: Sequence[SealedEntry], most: int, connection: sqlite3.Connection) -> None:
    insert_entries(connection, rows)
    if connection.execute(_OTHERS, (_JOB_SLOT_BYTES,)).fetchone()[0] > most:
        raise Overloaded(f"{most} entries wait in the outbox already", next_step="Is their reader running?")


def _remove(rows: Sequence[tuple[int]], connection: sqlite3.Connection) -> None:
    connection.executemany("DELETE FROM outbox WHERE id = ?", rows)


def _watch(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO facts VALUES ('jobs watched', 1)")


def _forget(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM facts WHERE name = 'jobs watched'")
    connection.execute("DELETE FROM outbox")
