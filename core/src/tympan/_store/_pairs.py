"""Small durable values: those of plugins by name, and the outbox by number.

Names are stored as keyed digests, so the disk tells neither what a plugin keeps nor for whom.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import trio

from tympan._errors import BadInput
from tympan._store._cipher import KeyNames, RowCipher, place
from tympan._store._database import Database
from tympan._store._limits import RECORD_BYTES, VALUE_BYTES
from tympan._store._numbers import Numbers

SealedRow = tuple[int, bytes]
"""An id and the sealed bytes that go with it."""

KERNEL: Final = "/kernel"
"""Whose values are the kernel's own: no plugin can have this id."""


@attrs.frozen(kw_only=True)
class OutboxEntry:
    """Something to be told to somebody, until it was.

    Attributes:
        id: Grows with every entry; the receiver may use it to recognise a repetition.
        payload: Opaque to the store.
    """

    id: int
    payload: bytes


class Pairs:
    """Values of plugins."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._names = KeyNames(key)
        self._cipher = RowCipher(key, "pairs")

    async def get(self, plugin: str, key: str) -> bytes | None:
        """The value, None when there is none."""
        row = self._names.id_of(plugin, key)
        statement = "SELECT sealed FROM pairs WHERE id = ?"
        found = await trio.to_thread.run_sync(self._database.read, statement, (row,))
        return self._cipher.open(row, found[0][0], f"{plugin}/{key}") if found else None

    async def put(self, plugin: str, key: str, value: bytes) -> None:
        """Keeps ``value``; durable when it returns."""
        await self.put_all(plugin, {key: value})

    async def put_all(self, plugin: str, values: Mapping[str, bytes]) -> None:
        """Keeps several values, all or none; durable when it returns."""
        rows = [self._row(plugin, key, value) for key, value in values.items()]
        statement = "INSERT OR REPLACE INTO pairs VALUES (?, ?)"
        await self._database.write(lambda connection: connection.executemany(statement, rows))

    async def delete(self, plugin: str, key: str) -> None:
        """Forgets a value."""
        values = (self._names.id_of(plugin, key),)
        await self._database.write(functools.partial(_execute, "DELETE FROM pairs WHERE id = ?", values))

    def _row(self, plugin: str, key: str, value: bytes) -> tuple[bytes, bytes]:
        if len(value) > VALUE_BYTES:
            raise BadInput(
                f"A value of {len(value)} bytes is too large; at most {VALUE_BYTES} may be kept under one key"
            )
        row = self._names.id_of(plugin, key)
        return row, self._cipher.seal(row, value)


class Outbox:
    """Entries in the order they were added."""

    def __init__(self, database: Database, numbers: Numbers, key: bytes) -> None:
        self._database = database
        self._numbers = numbers
        self._cipher = RowCipher(key, "outbox")

    def seal(self, payloads: Sequence[bytes]) -> list[SealedRow]:
        """The rows of new entries, to be inserted by ``insert_entries``."""
        if any(len(payload) > RECORD_BYTES for payload in payloads):
            raise BadInput(f"An outbox entry may have at most {RECORD_BYTES} bytes")
        numbered = [(self._numbers.sequence(), payload) for payload in payloads]
        return [(number, self._cipher.seal(place(number), payload)) for number, payload in numbered]

    async def add(self, payloads: Sequence[bytes]) -> None:
        """Adds entries; durable when it returns."""
        rows = self.seal(payloads)
        await self._database.write(lambda connection: insert_entries(connection, rows))

    async def peek(self, limit: int) -> tuple[OutboxEntry, ...]:
        """The oldest entries."""
        statement = "SELECT id, sealed FROM outbox ORDER BY id LIMIT ?"
        rows = await trio.to_thread.run_sync(self._database.read, statement, (limit,))
        return tuple(OutboxEntry(id=row, payload=self._cipher.open(place(row), sealed, row)) for row, sealed in rows)

    async def remove(self, ids: Sequence[int]) -> None:
        """Forgets entries that arrived."""
        rows = [(entry,) for entry in ids]
        await self._database.write(lambda connection: _remove(connection, rows))


def insert_entries(connection: sqlite3.Connection, rows: Sequence[SealedRow]) -> None:
    """Inserts sealed outbox rows."""
    if rows:
        connection.executemany("INSERT INTO outbox VALUES (?, ?)", rows)


def _remove(connection: sqlite3.Connection, rows: Sequence[tuple[int]]) -> None:
    connection.executemany("DELETE FROM outbox WHERE id = ?", rows)


def _execute(statement: str, values: Sequence[object], connection: sqlite3.Connection) -> None:
    connection.execute(statement, values)
