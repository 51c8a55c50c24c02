"""The way of a document to the disk: sealed as it comes, in bounded memory.

- A document that stays small is kept in memory and goes into the database with its record.
- A bigger one is sealed and written by a thread of its own, a batch at a time, while the next batch arrives.
- ``finish`` returns when a file and its folder entry are durable; without a record after it, the file is an orphan,
  which the next start removes.
"""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import Final
from uuid import UUID

import trio

from tympan._folders import sync_folder
from tympan._store._documents import StoredDocument
from tympan._store._failures import store_error
from tympan._store._limits import HOP_BYTES, HOPS_UNDERWAY, INLINE_BYTES, WRITEBACK_BYTES
from tympan._store._worker import Order, Worker
from tympan_wire.sealed import Sealer, new_key, wrap_local

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Sink:
    """Takes one document.

    Args:
        root: The state folder.
        path: Where a big document's file goes.
        job: The job's uuid, bound into the seal.
        lock_key: The key its own key is locked under.
    """

    def __init__(self, root: Path, path: Path, job: UUID, lock_key: bytes) -> None:
        self._root = root
        self._path = path
        key = new_key()
        self._wrapped_key = wrap_local(key, lock_key, job.bytes)
        self._sealer = Sealer(key, job)
        self._held = [self._sealer.header()]
        self._held_bytes = len(self._held[0])
        self._size_bytes = 0
        self._spill: _Spill | None = None

    async def write(self, data: bytes) -> None:
        """Takes the next bytes. Waits for the disk only when it is behind.

        Raises:
            StoreError: The disk is full or cannot be written; ``discard`` it then.
        """
        self._size_bytes += len(data)
        if self._spill is not None:
            self._hold(data)
            if self._held_bytes >= HOP_BYTES:
                await self._pass_on(self._spill)
            return
        self._hold(self._sealer.update(data))
        if self._held_bytes > INLINE_BYTES:
            self._spill = _Spill(self._root, self._path, self._sealer, self._take())

    async def finish(self) -> StoredDocument:
        """Ends the document.

        Returns:
            What goes with the record into ``Store.accept``.

        Raises:
            StoreError: The disk is full or cannot be written; ``discard`` it then.
        """
        if self._spill is None:
            self._hold(self._sealer.finish())
            inline = b"".join(self._take())
            return StoredDocument(size_bytes=self._size_bytes, wrapped_key=self._wrapped_key, inline=inline)
        await self._pass_on(self._spill)
        await self._spill.finish()
        return StoredDocument(size_bytes=self._size_bytes, wrapped_key=self._wrapped_key, path=str(self._path))

    async def discard(self) -> None:
        """Forgets what came and removes the file. Works before acceptance only, also when cancelled."""
        self._take()
        spill, self._spill = self._spill, None
        if spill is not None:
            with trio.CancelScope(shield=True):
                await spill.discard()

    async def _pass_on(self, spill: _Spill) -> None:
        await spill.put(self._take())

    def _hold(self, data: bytes) -> None:
        if data:
            self._held.append(data)
            self._held_bytes += len(data)

    def _take(self) -> list[bytes]:
        taken, self._held, self._held_bytes = self._held, [], 0
        return taken


class _Spill:
    """The file of a big document and the thread that writes it."""

    def __init__(self, root: Path, path: Path, sealer: Sealer, sealed: list[bytes]) -> None:
        self._root = root
        self._path = path
        self._sealer = sealer
        self._worker = Worker("tympan-document")
        self._underway: deque[Order[None]] = deque([self._worker.submit(lambda: self._begin(sealed))])
        self._descriptor = -1
        self._written = self._flushed = 0
        self._failure: BaseException | None = None
        self._finished = False

    async def put(self, pieces: list[bytes]) -> None:
        """Queues plain bytes; waits while too much is underway."""
        while len(self._underway) >= HOPS_UNDERWAY:
            await self._settle_one()
        self._underway.append(self._worker.submit(lambda: self._seal(pieces)))

    async def finish(self) -> None:
        """Writes the last chunk and makes file and folder durable."""
        self._underway.append(self._worker.submit(self._end))
        while self._underway:
            await self._settle_one()
        self._finished = True
        self._worker.stop()

    async def discard(self) -> None:
        """Closes and removes the file."""
        if self._finished:
            await trio.to_thread.run_sync(self._remove)
            return
        last = self._worker.submit(self._remove)
        self._worker.stop()
        await last.wait()
        # The orders hold megabytes of plain bytes and this object, so they would stay until the collector comes.
        self._underway.clear()

    async def _settle_one(self) -> None:
        order = self._underway.popleft()
        try:
            await order.wait()
        except OSError as error:
            raise store_error(error, self._root) from error

    def _begin(self, sealed: list[bytes]) -> None:
        try:
            self._descriptor = os.open(self._path, _FLAGS, 0o600)
        except OSError as error:
            self._failure = error
            raise
        self._write(b"".join(sealed))

    def _seal(self, pieces: list[bytes]) -> None:
        # After one failed write the file has a hole, so the batches queued behind it must fail as well.
        if self._failure is not None:
            raise self._failure
        for piece in pieces:
            self._write(self._sealer.update(piece))
        if self._written - self._flushed >= WRITEBACK_BYTES:
            _begin_writeback(self._descriptor, self._flushed, self._written - self._flushed)
            self._flushed = self._written

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                taken = os.write(self._descriptor, view)
                self._written += taken
                view = view[taken:]
        except OSError as error:
            self._failure = error
            raise

    def _end(self) -> None:
        self._seal([])
        self._write(self._sealer.finish())
        os.fsync(self._descriptor)
        self._close()
        sync_folder(self._path.parent)

    def _remove(self) -> None:
        self._close()
        self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


def _begin_writeback(descriptor: int, start: int, count: int) -> None:
    # Dirty pages are not dropped by this advice, only sent on their way; clean ones of the range do not exist yet.
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, start, count, os.POSIX_FADV_DONTNEED)
