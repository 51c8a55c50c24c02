"""The encrypted job store: the sole place besides the vault that touches the disk.

- A write is durable when its method returns, and cannot be cancelled once it is queued.
- Writes queued at the same time share one transaction and one fsync.
- All that tells something about a person rests sealed under the store's key; job numbers, uuids and sizes do not.
- Erasing overwrites a document's key in the database (``secure_delete``) and removes the document; the log is cleared
  once the store is idle.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import trio

from tympan._errors import StoreDamaged, StoreFull
from tympan._folders import make_durably
from tympan._ports import JobRecord, OutboxEntry
from tympan._store._ballast import Ballast
from tympan._store._database import Database, StoreStatistics
from tympan._store._documents import RestingDocument, StoredDocument
from tympan._store._failures import named_error, store_error
from tympan._store._history import delete_rows, erase_document, insert_document, save_rows
from tympan._store._ledger import Ledger
from tympan._store._limits import HISTORY_JOBS
from tympan._store._lock import FolderLock
from tympan._store._numbers import Numbers
from tympan._store._outbox import Outbox
from tympan._store._pairs import Pairs
from tympan._store._shelf import Shelf
from tympan._store._sink import Sink
from tympan._values import Job, TimelineEntry

_KEY_BYTES: Final = 32


class Store:
    """The store.

    Args:
        root: The state folder; made when missing.
        key: The store's key, 32 bytes, from the vault.

    Owns: the folder's lock, from ``open`` to ``close``.
    """

    def __init__(self, root: Path, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError(f"the store's key has {_KEY_BYTES} bytes, not {len(key)}")
        self._root = root
        self._key = key
        self._ballast = Ballast(root)
        self._missing: frozenset[UUID] = frozenset()

    # ------------------------------------------------------------------------------------------ opening and closing

    async def open(self) -> None:
        """Opens the store, brings an older one up to date, and removes what no record belongs to.

        Raises:
            StoreBusy: Another agent uses the folder.
            StoreUnwritable, StoreFull, StoreDamaged, StoreError: With cause and next step.
        """
        await trio.to_thread.run_sync(self._open)
        self._database.start()
        self._numbers = Numbers(self._database)
        self._ledger = Ledger(self._database, self._numbers, self._key)
        self._pairs = Pairs(self._database, self._key)
        self._outbox = Outbox(self._database, self._numbers, self._key)
        try:
            await self._with_ballast(self._begin)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finishes what was queued, brings the log into the database file and gives the folder free.

        Raises:
            StoreError: The disk does not answer; the folder stays locked until this process ends.
        """
        with trio.CancelScope(shield=True):
            await self._database.drain()
            try:
                await trio.to_thread.run_sync(self._database.close)
            finally:
                self._lock.release()

    async def folder(self, name: str) -> Path:
        """A folder beside the documents, made when it is missing, for this account alone."""

        def made() -> Path:
            folder = self._root / name
            try:
                make_durably(folder)
            except OSError as error:
                raise store_error(error, self._root) from error
            return folder

        return await trio.to_thread.run_sync(made)

    @property
    def missing(self) -> frozenset[UUID]:
        """Jobs whose document's file was missing or had another size when the store was opened."""
        return self._missing

    @property
    def damaged(self) -> tuple[StoreDamaged, ...]:
        """What ``load_all`` could not read; each error names its row."""
        return self._ledger.damaged

    def statistics(self) -> StoreStatistics:
        """What was done since opening."""
        return self._database.statistics()

    # ------------------------------------------------------------------------------------------ jobs

    def allocate_number(self) -> int:
        """A job number never given before. From memory, never blocks.

        Raises:
            StoreError: The disk refused to reserve more.
            Overloaded: The disk does not keep up with reserving numbers, or all are used up.
        """
        return self._numbers.job_number()

    def sink(self, job: UUID) -> Sink:
        """Takes the document of a new job; end it with ``finish`` or ``discard``."""
        return self._shelf.sink(job)

    async def accept(
        self,
        job: Job,
        document: StoredDocument,
        entries: Sequence[TimelineEntry] = (),
        *,
        outbox: Sequence[bytes] = (),
        instead: Job | None = None,
    ) -> None:
        """Makes a job durable with its document, in place of an earlier one of its uuid that is over.

        Raises:
            StoreFull: There is no space, or only that which was given up for jobs accepted before.
        """
        if self._ballast.given_up:
            await trio.to_thread.run_sync(self._ballast.fill)
            if self._ballast.given_up:
                raise named_error(StoreFull, self._root, detail="what is left is kept for jobs accepted before")
        rows = self._ledger.row(job, entries, self._outbox.seal(outbox) + self._outbox.change_of(job.uuid))
        before = None if instead is None else instead.number
        await self._database.write(functools.partial(insert_document, rows, document, before))
        self._shelf.keep(job, document)

    async def save(self, job: Job, entries: Sequence[TimelineEntry] = (), *, outbox: Sequence[bytes] = ()) -> None:
        """Writes a job's record anew, with new lines for its timeline and the outbox."""
        rows = self._ledger.row(job, entries, self._outbox.seal(outbox) + self._outbox.change_of(job.uuid))
        await self._with_ballast(lambda: self._database.write(functools.partial(save_rows, rows)))

    async def erase(self, job: Job, entries: Sequence[TimelineEntry] = (), *, outbox: Sequence[bytes] = ()) -> None:
        """Like ``save`` for a job that is over: its document and the document's key are gone when it returns."""
        rows = self._ledger.row(job, entries, self._outbox.seal(outbox))
        await self._with_ballast(lambda: self._database.write(functools.partial(erase_document, rows)))
        await self._put_away(job)
        if not self._ballast.there:
            await trio.to_thread.run_sync(self._ballast.fill)

    async def load_all(self, *, keep_ended: int = HISTORY_JOBS) -> list[Job]:
        """All jobs that are not over, the ``keep_ended`` that ended last, and those whose document was not erased yet,
        by number.

        A row that does not verify is left out, kept on disk, and told in ``damaged``.
        """
        return await trio.to_thread.run_sync(self._ledger.jobs, keep_ended)

    async def record(self, job: UUID) -> JobRecord:
        """A job as it rests on disk, with its story, however long ago it ended.

        Raises:
            NotFound: There is no such job, or its record does not verify.
            StoreDamaged: A line of its story does not verify.
        """
        return await trio.to_thread.run_sync(self._record, job)

    async def timeline(self, job: UUID) -> tuple[TimelineEntry, ...]:
        """A job's story, oldest first.

        Raises:
            NotFound: There is no such job.
            StoreDamaged: A line does not verify.
        """
        return await trio.to_thread.run_sync(self._ledger.timeline, job)

    def document(self, job: Job) -> RestingDocument:
        """A job's document.

        Raises:
            NotFound: It was erased, or never came.
        """
        return self._shelf.document(job)

    def holds(self, job: Job) -> bool:
        """Whether a job's document is kept."""
        return self._shelf.holds(job)

    async def prune(self, *, keep: int = HISTORY_JOBS, older_than: dt.datetime | None = None) -> tuple[UUID, ...]:
        """Forgets jobs that are over, with their timelines: all but the ``keep`` that ended last, and of those the
        ones that ended before ``older_than`` (UTC). What waits in the outbox is kept, up to ``UNREPORTED_JOBS`` more.

        Returns:
            Which ones.
        """
        old = await trio.to_thread.run_sync(self._ledger.old, keep, older_than)
        await self._database.write(functools.partial(delete_rows, [job.number for job in old]))
        for job in old:
            await self._put_away(job)
        return tuple(job.uuid for job in old)

    # ------------------------------------------------------------------------------------------ values and outbox

    async def kv_get(self, plugin: str, key: str) -> bytes | None:
        """A plugin's value, None when there is none."""
        return await self._pairs.get(plugin, key)

    async def kv_put(self, plugin: str, key: str, value: bytes) -> None:
        """Keeps a plugin's value of at most 64 KiB."""
        await self._pairs.put(plugin, key, value)

    async def kv_put_all(self, plugin: str, values: Mapping[str, bytes]) -> None:
        """Keeps several values, each of at most 64 KiB: all of them or, when it raises, none."""
        await self._pairs.put_all(plugin, values)

    async def kv_delete(self, plugin: str, key: str) -> None:
        """Forgets a plugin's value."""
        await self._pairs.delete(plugin, key)

    async def outbox_watch(self, *, on: bool) -> None:
        """Whether every durable change of a job leaves an entry in the outbox; off empties the outbox."""
        await self._outbox.watch_jobs(on=on)

    async def outbox_mark(self, job: UUID) -> None:
        """Leaves an entry that says that a job changed, where jobs are watched."""
        await self._outbox.mark(job)

    async def outbox_add(self, *payloads: bytes, slot: str = "", yields: bool = False) -> None:
        """Adds entries to the outbox; one of the same slot makes room, and those that yield leave room for others."""
        await self._outbox.add(payloads, slot=slot, yields=yields)

    async def outbox_peek(self, limit: int) -> tuple[OutboxEntry, ...]:
        """The oldest entries of the outbox."""
        return await self._outbox.peek(limit)

    async def outbox_remove(self, ids: Sequence[int]) -> None:
        """Forgets entries that arrived."""
        await self._outbox.remove(ids)

    # ------------------------------------------------------------------------------------------ inside

    def _open(self) -> None:
        try:
            make_durably(self._root)
            self._lock = FolderLock(self._root)
        except OSError as error:
            raise store_error(error, self._root) from error
        try:
            self._open_database()
        except BaseException as error:
            self._lock.release()
            raise store_error(error, self._root) from error

    def _open_database(self) -> None:
        self._database = Database(self._root)
        try:
            self._shelf = Shelf(self._root, self._database, self._key)
            self._missing = self._shelf.open()
            self._ballast.fill()
        except BaseException:
            self._database.close()
            raise

    def _record(self, job: UUID) -> JobRecord:
        return JobRecord(job=self._ledger.job(job), timeline=self._ledger.timeline(job))

    async def _check_key(self) -> None:
        # A wrong key must be told from damage of single rows, and before anything is written under it.
        if not await self._ledger.key_fits():
            raise StoreDamaged(
                f"The key at hand does not open the job store in {self._root}",
                next_step="Bring back the key it was made with, or move the folder away and start afresh.",
            )

    async def _with_ballast(self, attempt: Callable[[], Awaitable[None]]) -> None:
        # Only starting, and what brings accepted jobs nearer to their end, may use the space kept back.
        try:
            await attempt()
        except StoreFull:
            if not self._ballast.there:
                raise
            await trio.to_thread.run_sync(self._ballast.drop)
            await attempt()

    async def _begin(self) -> None:
        await self._check_key()
        await self._numbers.open()

    async def _put_away(self, job: Job) -> None:
        file = self._shelf.file(job)
        if file is not None:
            # The record is gone: a file left by a cancellation here would only wait for the next start.
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(self._unlink, file)
        self._shelf.forget(job)  # last: erasing that failed is tried again

    def _unlink(self, file: Path) -> None:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise store_error(error, self._root) from error
