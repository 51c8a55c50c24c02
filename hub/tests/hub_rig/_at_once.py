"""What hubs of tests are set up with, at the price of one: schemas of SQLite files copied, passwords hashed cheaply.

- The first file of a revision is made by the real migrations, in each process of the tests; all that follow have the
  same statements and rows.
- Where there is anything already, the real migrations go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection

from tympan_hub.adapters.passwords import Argon2
from tympan_hub.adapters.sql import copies, schema
from tympan_hub.cli import hub as cli

_Bring = Callable[[Connection, str], None]
_Statement = tuple[str, tuple[Any, ...]]

_made: dict[str, list[_Statement]] = {}


def cheap_passwords() -> Argon2:
    """Passwords as the hub keeps them, with a ten thousandth of the work."""
    return Argon2(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@contextmanager
def at_once() -> Iterator[None]:
    """Hubs that this process sets up meanwhile cost little."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (schema, copies):
            patched.setattr(module, "bring", _copying(module.bring))
        patched.setattr(cli, "Argon2", cheap_passwords)
        yield


def _copying(bring: _Bring) -> _Bring:
    def brought(connection: Connection, revision: str) -> None:
        if connection.dialect.name != "sqlite" or connection.exec_driver_sql("SELECT 1 FROM sqlite_master").first():
            bring(connection, revision)
        elif revision in _made:
            for statement, values in _made[revision]:
                connection.exec_driver_sql(statement, values)
        else:
            bring(connection, revision)
            _made[revision] = list(_statements(connection))

    return brought


def _statements(connection: Connection) -> Iterator[_Statement]:
    """All that is in a file: what it is made of, then its rows."""
    written = "FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid"
    made = connection.exec_driver_sql(f"SELECT type, name, sql {written}").all()
    yield from ((sql, ()) for _, _, sql in made)
    for kind, name, _ in made:
        rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all() if kind == "table" else ()
        for row in rows:
            yield f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', tuple(row)
