"""Documents as they rest: small ones in the database, big ones in files, all sealed.

- Plain bytes exist in memory only, a piece at a time, and only after their chunk verified.
- Each reader has its own descriptor and state, so any number may read at once.
"""

from __future__ import annotations

import functools
import os
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final, TypeVar

import attrs
import trio

from tympan._errors import NotFound
from tympan._ports import SharedDocument
from tympan._store._failures import document_damaged
from tympan._store._worker import Worker
from tympan._values import Job
from tympan_wire.sealed import (
    HEADER_BYTES,
    SEALED_CHUNK_BYTES,
    Opener,
    RandomReader,
    SealedError,
    sealed_size,
    unwrap_local,
)

_T = TypeVar("_T")
_CHUNKS_A_HOP: Final = 16
"""1 MiB of plain bytes: the largest piece the port allows."""


@attrs.frozen(kw_only=True)
class StoredDocument:
    """A finished document on its way to its record.

    Attributes:
        size_bytes: Plain length.
        wrapped_key: The document's key, locked under the store's.
        inline: The sealed bytes of a small document; None when they are in ``path``.
        path: The sealed file of a big one, already durable; "" for a small one.
    """

    size_bytes: int
    wrapped_key: bytes = attrs.field(repr=False)
    inline: bytes | None = attrs.field(default=None, repr=False)
    path: str = ""


@attrs.frozen(kw_only=True)
class Held:
    """What the store remembers of a job's document.

    Attributes:
        size_bytes: Plain length.
        wrapped_key: Its key, locked under the store's.
        in_file: Whether the sealed bytes are in a file.
    """

    size_bytes: int
    wrapped_key: bytes = attrs.field(repr=False)
    in_file: bool


class RestingDocument:
    """A job's document (the port ``Document``).

    Args:
        job: Whose it is.
        held: What is remembered of it.
        lock_key: The key its own key is locked under.
        path: Where its file is, or would be.
        fetch: Gives the sealed bytes of a small one; callable from any thread.
    """

    def __init__(self, job: Job, held: Held, lock_key: bytes, path: Path, fetch: Callable[[], bytes]) -> None:
        self._job = job
        self._held = held
        self._lock_key = lock_key
        self._path = path
        self._fetch = fetch

    @property
    def size_bytes(self) -> int:
        """Plain length."""
        return self._held.size_bytes

    @property
    def media_type(self) -> str:
        """As declared by the sender."""
        return self._job.media_type

    def stream(self) -> AsyncIterator[bytes]:
        """The plain bytes from the first to the last, in pieces of at most 1 MiB."""
        return self._file_pieces() if self._held.in_file else self._inline_pieces()

    async def read(self, offset: int, count: int) -> bytes:
        """``count`` plain bytes from ``offset``, fewer at the end."""
        return await trio.to_thread.run_sync(self._read, offset, count)

    def share(self) -> SharedDocument:
        """What a worker process needs to read it."""
        return SharedDocument(
            key=self._key(),
            document=self._job.uuid,
            path=str(self._path) if self._held.in_file else "",
            inline=b"" if self._held.in_file else self._fetch(),
            size_bytes=self._held.size_bytes,
        )

    def _key(self) -> bytes:
        return self._verified(lambda: unwrap_local(self._held.wrapped_key, self._lock_key, self._job.uuid.bytes))

    async def _inline_pieces(self) -> AsyncIterator[bytes]:
        await trio.lowlevel.checkpoint()
        opener = Opener(self._key(), document=self._job.uuid)
        plain = self._verified(lambda: _whole(opener, self._fetch()))
        if plain:
            yield plain

    async def _file_pieces(self) -> AsyncIterator[bytes]:
        """One piece is read and opened while the one before it is on its way."""
        opener = Opener(self._key(), document=self._job.uuid)
        descriptor = self._open_file()
        reader = Worker("tympan-reader")
        try:
            position, size = 0, HEADER_BYTES + _CHUNKS_A_HOP * SEALED_CHUNK_BYTES
            plain = b""
            while True:
                ahead = reader.submit(functools.partial(self._next_piece, opener, descriptor, size, position))
                if plain:
                    yield plain
                await trio.lowlevel.checkpoint()
                taken, plain = await ahead.wait(leave=True)
                if not taken:
                    break
                position, size = position + taken, _CHUNKS_A_HOP * SEALED_CHUNK_BYTES
            self._verified(opener.finish)
        finally:
            # The reader closes it, after the piece that may still be underway.
            reader.submit(lambda: os.close(descriptor))
            reader.stop()

    def _next_piece(self, opener: Opener, descriptor: int, size: int, position: int) -> tuple[int, bytes]:
        sealed = os.pread(descriptor, size, position)
        return len(sealed), self._verified(lambda: opener.update(sealed))

    def _read(self, offset: int, count: int) -> bytes:
        if not self._held.in_file:
            sealed = self._fetch()
            return self._read_at(lambda at, size: sealed[at : at + size], len(sealed), offset, count)
        descriptor = self._open_file()
        try:
            size = sealed_size(self._held.size_bytes)
            return self._read_at(lambda at, length: os.pread(descriptor, length, at), size, offset, count)
        finally:
            os.close(descriptor)

    def _read_at(self, read_at: Callable[[int, int], bytes], size: int, offset: int, count: int) -> bytes:
        wanted = max(0, min(count, self._held.size_bytes - offset))
        return self._verified(lambda: _slice(self._key(), read_at, size, self._job.uuid, offset, wanted))

    def _open_file(self) -> int:
        try:
            return os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError as error:
            raise document_damaged(self._job.number, "its file is gone", error) from error

    def _verified(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except SealedError as error:
            raise document_damaged(self._job.number, str(error), error) from error


def _whole(opener: Opener, sealed: bytes) -> bytes:
    plain = opener.update(sealed)
    opener.finish()
    return plain


def _slice(
    key: bytes, read_at: Callable[[int, int], bytes], size: int, document: uuid.UUID, offset: int, count: int
) -> bytes:
    with RandomReader(key, read_at, size, document=document) as reader:
        reader.seek(offset)
        return reader.read(count) or b""


def no_document(job: Job) -> NotFound:
    """The error for a job without a document."""
    return NotFound(f"Job {job.number} has no document any more", next_step="Print it again.")
