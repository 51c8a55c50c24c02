"""Journal: what came out on paper.

- One record for every job of which at least one page was printed, in the order in which they ended.
- With a folder, a record is on the disk (fsync) before the job is shown as ended, and with it the document.
- A journal that is opened again goes on where it ended; a last line that a power cut tore is dropped.
"""

import json
import os
from pathlib import Path
from typing import Any

import attrs

JOURNAL_FILE = "journal.jsonl"


@attrs.frozen(kw_only=True)
class Record:
    """One job that came out, whole or in part.

    Attributes:
        order: from 1, in the order in which the jobs ended.
        printer: the printer's name.
        job_id: on the device; unique only until it loses power.
        job_uuid: urn:uuid of the device's job.
        name: job-name.
        user: requesting-user-name as claimed.
        format: document-format as claimed.
        ticket: the job attributes as sent, by name, each a list of values as JSON can say them.
        bytes: of the document, decompressed.
        sha256: of the document, decompressed, in hex.
        pages: in the document.
        impressions: sides printed.
        ended: how: "completed", "canceled", "aborted" or "power-lost".
        at: when, RFC 3339 in UTC.
        file: the document's path; empty when it was not kept.
    """

    order: int
    printer: str
    job_id: int
    job_uuid: str
    name: str
    user: str
    format: str
    ticket: dict[str, list[Any]]
    bytes: int
    sha256: str
    pages: int
    impressions: int
    ended: str
    at: str
    file: str = ""

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
        return attrs.asdict(self)


class Journal:
    """The records of one printer, in memory and, with a folder, on disk.

    Owns: nothing between calls; every append opens and closes the file.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._records = read_journal(folder) if folder is not None else []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            _mend(folder / JOURNAL_FILE, self._records)

    @property
    def folder(self) -> Path | None:
        """Where documents and records are kept, if anywhere."""
        return self._folder

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record so far."""
        return tuple(self._records)

    @property
    def next_order(self) -> int:
        """The order of the next record."""
        return len(self._records) + 1

    def append(self, record: Record) -> None:
        """Add a record; blocks until it is on the disk."""
        if self._folder is not None:
            if record.file:
                _sync(Path(record.file))
            _append(self._folder / JOURNAL_FILE, _line(record))
        self._records.append(record)


def read_journal(folder: Path) -> list[Record]:
    """The whole records of a printer's folder; for tests that killed the simulator."""
    path = folder / JOURNAL_FILE
    if not path.exists():
        return []
    return [Record(**json.loads(line)) for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def _line(record: Record) -> bytes:
    return json.dumps(record.to_json(), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _append(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _mend(path: Path, records: list[Record]) -> None:
    """Cut off a torn last line, so that the next record starts on a line of its own."""
    if path.exists():
        os.truncate(path, sum(len(_line(record)) for record in records))
