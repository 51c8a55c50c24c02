"""Small durable values of plugins, by name.

Names are stored as keyed digests, so the disk tells neither what a plugin keeps nor for whom.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

import trio

from tympan._errors import BadInput
from tympan._store._cipher import KeyNames, RowCipher
from tympan._store._database import Database
from tympan._store._limits import VALUE_BYTES

KERNEL: Final = "/kernel"
"""Whose values are the kernel's own: no plugin can have this id."""


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
        await self._database.write(functools.partial(_put, rows))

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


def _put(rows: Sequence[tuple[bytes, bytes]], connection: sqlite3.Connection) -> None:
    connection.executemany("INSERT OR REPLACE INTO pairs (id, sealed) VALUES (?, ?)", rows)


def _execute(statement: str, values: Sequence[object], connection: sqlite3.Connection) -> None:
    connection.execute(statement, values)
