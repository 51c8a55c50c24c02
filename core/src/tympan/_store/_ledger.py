"""Records and stories of jobs: jobs in, sealed rows out, and back.

- A row that does not verify is left out and told in ``damaged``; it hides no other.
- The order of lines and of ends is that of their numbers, never of the clock.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from tympan._errors import BadInput, NotFound, StoreDamaged
from tympan._store._cipher import RowCipher, place
from tympan._store._database import Database
from tympan._store._history import Row
from tympan._store._limits import EVIDENCE_BYTES, RECORD_BYTES, UNREPORTED_JOBS
from tympan._store._numbers import Numbers
from tympan._store._outbox import SealedEntry
from tympan._store._records import decode_entry, decode_job, encode_entry, encode_job
from tympan._values import Job, TimelineEntry

_ACTIVE: Final = "SELECT number, uuid, sealed FROM jobs WHERE ended = 0"
_UNERASED: Final = "SELECT number, uuid, sealed FROM jobs WHERE ended > 0 AND number IN (SELECT job FROM documents)"
_ENDED: Final = "SELECT number, uuid, sealed FROM jobs WHERE ended > 0 ORDER BY ended DESC LIMIT ? OFFSET ?"
_NAMED: Final = "SELECT number, uuid, sealed FROM jobs WHERE uuid = ?"
_SLOTS: Final = "SELECT slot FROM outbox WHERE slot IS NOT NULL"


class Ledger:
    """Seals and opens the rows of jobs.

    Args:
        database: Where they rest.
        numbers: Gives every row its place in time.
        key: The store's key.
    """

    def __init__(self, database: Database, numbers: Numbers, key: bytes) -> None:
        self._database = database
        self._numbers = numbers
        self._records = RowCipher(key, "jobs")
        self._lines = RowCipher(key, "timeline")
        self._damaged: dict[int, StoreDamaged] = {}

    @property
    def damaged(self) -> tuple[StoreDamaged, ...]:
        """What could not be read; each error names its row."""
        return tuple(self._damaged.values())

    async def key_fits(self) -> bool:
        """Whether the key is the one the store was made with; asked before anything is written under it."""
        kept = await self._database.write(self._keep_proof)
        try:
            self._records.open(b"proof", kept, "proof")
        except StoreDamaged:
            return False
        return True

    def row(self, job: Job, entries: Sequence[TimelineEntry], outbox: list[SealedEntry]) -> Row:
        """A job as it is written, with new lines and outbox entries; raises ``BadInput`` when it is too large."""
        if len(job.evidence) > EVIDENCE_BYTES:
            raise BadInput(f"Evidence of {len(job.evidence)} bytes is too large; at most {EVIDENCE_BYTES} are kept")
        record = encode_job(job)
        if len(record) > RECORD_BYTES:
            raise BadInput(f"The record of job {job.number} is too large", next_step="Print with a smaller ticket.")
        return Row(
            number=job.number,
            uuid=job.uuid.bytes,
            ended=self._numbers.sequence() if job.state.terminal else 0,
            sealed=self._records.seal(_job_place(job.number, job.uuid.bytes), record),
            lines=[self._line(job.number, entry) for entry in entries],
            outbox=outbox,
        )

    def jobs(self, keep_ended: int) -> list[Job]:
        """Jobs to take up, by number (see ``Store.load_all``)."""
        self._damaged.clear()
        read = self._database.read
        rows = {*read(_ACTIVE), *read(_ENDED, (keep_ended, 0)), *read(_UNERASED)}
        return self._opened(sorted(rows))

    def old(self, keep: int, older_than: dt.datetime | None) -> list[Job]:
        """Jobs to forget (see ``Store.prune``)."""
        unreported = {slot for (slot,) in self._database.read(_SLOTS)}
        rows = self._database.read(_ENDED, (-1, keep))
        free = [row for place, row in enumerate(rows) if place >= UNREPORTED_JOBS or row[1] not in unreported]
        over = self._opened(row for row in self._database.read(_ENDED, (keep, 0)) if row[1] not in unreported)
        beyond = self._opened(free)
        if older_than is not None:
            beyond += [job for job in over if job.ended_at is not None and job.ended_at < older_than]
        return beyond

    def job(self, job: UUID) -> Job:
        """A job's record; raises ``NotFound``."""
        found = self._opened(self._database.read(_NAMED, (job.bytes,)))
        if not found:
            raise NotFound(f"There is no job {job}")
        return found[0]

    def timeline(self, job: UUID) -> tuple[TimelineEntry, ...]:
        """A job's story; raises ``NotFound`` or ``StoreDamaged``."""
        found = self._database.read("SELECT number FROM jobs WHERE uuid = ?", (job.bytes,))
        if not found:
            raise NotFound(f"There is no job {job}")
        number: int = found[0][0]
        rows = self._database.read("SELECT line, sealed FROM timeline WHERE job = ? ORDER BY line", (number,))
        opened = (self._lines.open(place(number, line), sealed, f"{number}/{line}") for line, sealed in rows)
        return tuple(decode_entry(record) for record in opened)

    def _line(self, number: int, entry: TimelineEntry) -> tuple[int, int, bytes]:
        line = self._numbers.sequence()
        return number, line, self._lines.seal(place(number, line), encode_entry(entry))

    def _opened(self, rows: Iterable[tuple[int, bytes, bytes]]) -> list[Job]:
        return [job for row in rows if (job := self._open(*row)) is not None]

    def _open(self, number: int, name: bytes, sealed: bytes) -> Job | None:
        try:
            return decode_job(self._records.open(_job_place(number, name), sealed, number))
        except StoreDamaged as error:
            self._damaged[number] = error
            return None

    def _keep_proof(self, connection: sqlite3.Connection) -> bytes:
        proof = self._records.seal(b"proof", b"")
        connection.execute("INSERT OR IGNORE INTO facts VALUES ('proof', ?)", (proof,))
        kept: bytes = connection.execute("SELECT value FROM facts WHERE name = 'proof'").fetchone()[0]
        return kept


def _job_place(number: int, name: bytes) -> bytes:
    return place(number) + name
