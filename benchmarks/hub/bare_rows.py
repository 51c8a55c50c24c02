"""The limit beside reports: one bare SQLite connection that inserts the same rows, durably, one commit a batch."""

from __future__ import annotations

import sqlite3
import time
import uuid
from pathlib import Path

from reports import batch

from tympan_wire.hub import encode

_TABLES = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS jobs (tenant TEXT, id BLOB, told BLOB, PRIMARY KEY (tenant, id));
CREATE TABLE IF NOT EXISTS ids (tenant TEXT, agent TEXT, id BLOB, PRIMARY KEY (tenant, agent, id));
"""


def inserted_per_second(folder: Path, size: int, seconds: float) -> float:
    """How many jobs of these sizes one connection keeps in a second, on the disk of a folder."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.executescript(_TABLES)
    told = encode(batch(1).reports[0])
    start, done = time.monotonic(), 0
    while time.monotonic() < start + seconds:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO jobs VALUES ('t', ?, ?)", [(_name(), told) for _ in range(size)])
        connection.executemany("INSERT INTO ids VALUES ('t', 'a', ?)", [(_name(),) for _ in range(size)])
        connection.execute("COMMIT")
        done += size
    spent = time.monotonic() - start
    connection.close()
    return done / spent


def _name() -> bytes:
    return uuid.uuid4().bytes
