"""The limit beside crossings: one bare connection that commits as often for a job, and as much, as the hub must.

Seven commits: the job reported, its upload begun and finished, the job offered with its envelopes, leased, begun, and
ended with its envelopes erased. Nobody is asked who he is, and nothing is checked.
"""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import asyncpg

_SQLITE: Final = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS bare_jobs (id BLOB PRIMARY KEY, told BLOB, agent TEXT);
CREATE TABLE IF NOT EXISTS bare_uploads (id BLOB PRIMARY KEY, state TEXT);
CREATE TABLE IF NOT EXISTS bare_crossings (id BLOB PRIMARY KEY, state TEXT, fence INTEGER, holder TEXT);
CREATE TABLE IF NOT EXISTS bare_envelopes (crossing BLOB, agent TEXT, envelope BLOB, PRIMARY KEY (crossing, agent));
"""
_POSTGRESQL: Final = """
CREATE TABLE IF NOT EXISTS bare_jobs (id bytea PRIMARY KEY, told bytea, agent text);
CREATE TABLE IF NOT EXISTS bare_uploads (id bytea PRIMARY KEY, state text);
CREATE TABLE IF NOT EXISTS bare_crossings (id bytea PRIMARY KEY, state text, fence integer, holder text);
CREATE TABLE IF NOT EXISTS bare_envelopes (crossing bytea, agent text, envelope bytea, PRIMARY KEY (crossing, agent));
"""
_TOLD_BYTES: Final = 600
_ENVELOPE_BYTES: Final = 1_667
"""As the hub keeps one: in base64."""
_Step = tuple[str, list[tuple[object, ...]]]


def _job(agents: int) -> Iterator[list[_Step]]:
    """What each commit of one job holds."""
    job, told = uuid.uuid4().bytes, os.urandom(_TOLD_BYTES)
    envelopes: list[tuple[object, ...]] = [(job, f"agent-{n}", os.urandom(_ENVELOPE_BYTES)) for n in range(agents)]
    yield [("INSERT INTO bare_jobs VALUES ($1, $2, 'sender')", [(job, told)])]
    yield [("INSERT INTO bare_uploads VALUES ($1, 'begun')", [(job,)])]
    yield [("UPDATE bare_uploads SET state = 'finished' WHERE id = $1", [(job,)])]
    yield [
        ("INSERT INTO bare_crossings VALUES ($1, 'waiting', 0, '')", [(job,)]),
        ("INSERT INTO bare_envelopes VALUES ($1, $2, $3)", envelopes),
    ]
    yield [("UPDATE bare_crossings SET state = 'taken', fence = 1, holder = 'a' WHERE id = $1", [(job,)])]
    yield [
        ("UPDATE bare_crossings SET state = 'begun' WHERE id = $1", [(job,)]),
        ("UPDATE bare_jobs SET agent = 'a' WHERE id = $1", [(job,)]),
    ]
    yield [
        ("UPDATE bare_crossings SET state = 'completed' WHERE id = $1", [(job,)]),
        ("UPDATE bare_jobs SET told = $2 WHERE id = $1", [(job, told)]),
        ("DELETE FROM bare_envelopes WHERE crossing = $1", [(job,)]),
        ("DELETE FROM bare_uploads WHERE id = $1", [(job,)]),
    ]


def on_sqlite(folder: Path, agents: int, seconds: float) -> float:
    """Jobs a second on the disk of a folder."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.executescript(_SQLITE)
    start, done = time.monotonic(), 0
    while time.monotonic() < start + seconds:
        for commit in _job(agents):
            connection.execute("BEGIN IMMEDIATE")
            for statement, rows in commit:
                connection.executemany(statement.replace("$", "?"), rows)
            connection.execute("COMMIT")
        done += 1
    spent = time.monotonic() - start
    connection.close()
    return done / spent


async def on_postgresql(address: str, agents: int, seconds: float) -> float:
    """The same in a PostgreSQL."""
    connection = await asyncpg.connect(address)
    await connection.execute(_POSTGRESQL)
    start, done = time.monotonic(), 0
    while time.monotonic() < start + seconds:
        for commit in _job(agents):
            async with connection.transaction():
                for statement, rows in commit:
                    await connection.executemany(statement, rows)
        done += 1
    spent = time.monotonic() - start
    await connection.close()
    return done / spent
