"""Where documents lie: what is held for which job, the files, and the small ones lately accepted.

Owns: the folder ``documents`` of the state folder.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from uuid import UUID

from tympan._folders import make_durably
from tympan._store._cipher import derive
from tympan._store._database import Database
from tympan._store._documents import Held, RestingDocument, StoredDocument, no_document
from tympan._store._failures import damaged, document_damaged
from tympan._store._limits import CACHE_BYTES
from tympan._store._sink import Sink
from tympan._values import Job
from tympan_wire.sealed import sealed_size

_SUFFIX = ".sealed"


class Shelf:
    """The documents of the store.

    Args:
        root: The state folder.
        database: Holds the keys, and the small documents.
        key: The store's key.
    """

    def __init__(self, root: Path, database: Database, key: bytes) -> None:
        self._root = root
        self._folder = root / "documents"
        self._database = database
        self._lock_key = derive(key, "documents")
        self._held: dict[int, Held] = {}
        self._recent: OrderedDict[int, bytes] = OrderedDict()
        self._recent_bytes = 0

    def open(self) -> frozenset[UUID]:
        """Reads what is held and removes files that belong to no record (a crash before acceptance leaves them).

        Returns:
            Jobs whose document's file is missing or has not its size.
        """
        make_durably(self._folder)
        files = {path.name: path for path in self._folder.iterdir()}
        statement = "SELECT job, uuid, size, wrapped, d.sealed IS NULL FROM documents d JOIN jobs ON number = job"
        missing: set[UUID] = set()
        for number, name, size, wrapped, in_file in self._database.read(statement):
            self._held[number] = Held(size_bytes=size, wrapped_key=wrapped, in_file=bool(in_file))
            if in_file:
                job = _uuid(number, name)
                path = files.pop(job.hex + _SUFFIX, None)
                if path is None or path.stat().st_size != sealed_size(size):
                    missing.add(job)
        for orphan in files.values():
            orphan.unlink()
        return frozenset(missing)

    def sink(self, job: UUID) -> Sink:
        """Takes the document of a new job."""
        return Sink(self._root, self._path(job), job, self._lock_key)

    def keep(self, job: Job, document: StoredDocument) -> None:
        """Remembers a document whose record is durable."""
        in_file = document.inline is None
        self._held[job.number] = Held(size_bytes=document.size_bytes, wrapped_key=document.wrapped_key, in_file=in_file)
        if document.inline is not None:
            self._recent[job.number] = document.inline
            self._recent_bytes += len(document.inline)
            while self._recent_bytes > CACHE_BYTES:
                self._recent_bytes -= len(self._recent.popitem(last=False)[1])

    def file(self, job: Job) -> Path | None:
        """The file of a document that has one."""
        held = self._held.get(job.number)
        return self._path(job.uuid) if held is not None and held.in_file else None

    def forget(self, job: Job) -> None:
        """Forgets a document whose record was erased and whose file is gone."""
        self._held.pop(job.number, None)
        self._recent_bytes -= len(self._recent.pop(job.number, b""))

    def holds(self, job: Job) -> bool:
        """Whether a job's document is kept."""
        return job.number in self._held

    def document(self, job: Job) -> RestingDocument:
        """A job's document.

        Raises:
            NotFound: It was erased, or never came.
        """
        held = self._held.get(job.number)
        if held is None:
            raise no_document(job)
        return RestingDocument(job, held, self._lock_key, self._path(job.uuid), lambda: self._fetch(job))

    def _path(self, job: UUID) -> Path:
        return self._folder / (job.hex + _SUFFIX)

    def _fetch(self, job: Job) -> bytes:
        recent = self._recent.get(job.number)
        if recent is not None:
            return recent
        rows = self._database.read("SELECT sealed FROM documents WHERE job = ?", (job.number,))
        if not rows:
            raise document_damaged(job.number, "its row is gone")
        sealed: bytes = rows[0][0]
        return sealed


def _uuid(number: int, name: bytes) -> UUID:
    try:
        return UUID(bytes=name)
    except ValueError as error:
        raise damaged(f"row {number} of table jobs", "its uuid has not 16 bytes", error) from error
