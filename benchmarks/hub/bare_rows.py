"""The limit beside reports: one bare connection that inserts the same rows, durably, one commit a batch."""

from __future__ import annotations

import sqlite3
import time
import uuid
from pathlib import Path

import asyncpg
from reports import batch

from tympan_wire.hub import encode

_SQLITE = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS jobs (tenant TEXT, id BLOB, told BLOB, PRIMARY KEY (tenant, id));
CREATE TABLE IF NOT EXISTS ids (tenant TEXT, agent TEXT, id BLOB, PRIMARY KEY (tenant, agent, id));
"""
_POSTGRESQL = """
CREATE TABLE IF NOT EXISTS bare_jobs (tenant text, id uuid, told bytea, PRIMARY KEY (tenant, id));
CREATE TABLE IF NOT EXISTS bare_ids (tenant text, agent text, id uuid, PRIMARY KEY (tenant, agent, id));
"""


def on_sqlite(folder: Path, size: int, seconds: float) -> float:
    """How many jobs of these sizes one connection keeps in a second, on the disk of a folder."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.executescript(_SQLITE)
    told = encode(batch(1).reports[0])
    start, done = time.monotonic(), 0
    while time.monotonic() < start + seconds:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO jobs VALUES ('t', ?, ?)", [(uuid.uuid4().bytes, told) for _ in range(size)])
        connection.executemany("INSERT INTO ids VALUES ('t', 'a', ?)", [(uuid.uuid4().bytes,) for _ in range(size)])
        connection.execute("COMMIT")
        done += size
    spent = time.monotonic() - start
    connection.close()
    return done / spent


async def on_postgresql(address: str, size: int, seconds: float) -> float:
    """The same in a PostgreSQL."""
    connection = await asyncpg.connect(address)
    await connection.execute(_POSTGRESQL)
    told = encode(batch(1).reports[0])
    start, done = time.monotonic(), 0
    while time.monotonic() < start + seconds:
        async with connection.transaction():
            jobs = [("t", uuid.uuid4(), told) for _ in range(size)]
            await connection.executemany("INSERT INTO bare_jobs VALUES ($1, $2, $3)", jobs)
            ids = [("t", "a", uuid.uuid4()) for _ in range(size)]
            await connection.executemany("INSERT INTO bare_ids VALUES ($1, $2, $3)", ids)
        done += size
    spent = time.monotonic() - start
    await connection.close()
    return done / spent
