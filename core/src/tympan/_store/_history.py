"""The statements that write a job: record, timeline, outbox and document in one transaction.

``functools.partial`` binds what is written; the writer thread adds the connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import attrs

from tympan._errors import BadInput
from tympan._store._documents import StoredDocument
from tympan._store._outbox import SealedEntry, insert_entries

_SAVE: Final = """
    INSERT INTO jobs (number, uuid, ended, sealed) VALUES (?, ?, ?, ?)
    ON CONFLICT (number) DO UPDATE SET ended = excluded.ended, sealed = excluded.sealed WHERE uuid = excluded.uuid
"""
_DELETE: Final = (
    "DELETE FROM outbox WHERE slot IN (SELECT uuid FROM jobs WHERE number = ?)",
    "DELETE FROM timeline WHERE job = ?",
    "DELETE FROM documents WHERE job = ?",
    "DELETE FROM jobs WHERE number = ?",
)


@attrs.frozen(kw_only=True)
class Row:
    """A job as it is written, sealed already.

    Attributes:
        number: The job's.
        uuid: The job's, 16 bytes.
        ended: 0, or when the job ended as a sequence number.
        sealed: The record.
        lines: New lines of the timeline: job, line, sealed line.
        outbox: New entries of the outbox.
    """

    number: int
    uuid: bytes
    ended: int
    sealed: bytes
    lines: list[tuple[int, int, bytes]]
    outbox: list[SealedEntry]


def save_rows(row: Row, connection: sqlite3.Connection) -> None:
    """Inserts or replaces the record; adds the lines and entries."""
    if not connection.execute(_SAVE, (row.number, row.uuid, row.ended, row.sealed)).rowcount:
        raise BadInput(f"Job number {row.number} belongs to another job")
    for line in row.lines:
        connection.execute("INSERT INTO timeline (job, line, sealed) VALUES (?, ?, ?)", line)
    insert_entries(connection, row.outbox)


def insert_document(row: Row, document: StoredDocument, instead: int | None, connection: sqlite3.Connection) -> None:
    """Inserts a new job with its document, in place of the one with the number ``instead``."""
    if instead is not None:
        delete_rows([instead], connection)
    values = (row.number, document.size_bytes, document.wrapped_key, document.inline)
    save_rows(row, connection)
    connection.execute("INSERT INTO documents (job, size, wrapped, sealed) VALUES (?, ?, ?, ?)", values)


def erase_document(row: Row, connection: sqlite3.Connection) -> None:
    """Saves a job and deletes its document's row, key included."""
    save_rows(row, connection)
    connection.execute("DELETE FROM documents WHERE job = ?", (row.number,))


def delete_rows(jobs: Sequence[int], connection: sqlite3.Connection) -> None:
    """Deletes jobs with all that belongs to them."""
    for statement in _DELETE:
        connection.executemany(statement, [(number,) for number in jobs])
