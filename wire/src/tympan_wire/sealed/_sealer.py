"""Sealing a document as its bytes arrive."""

from uuid import UUID

from tympan_wire.sealed._cipher import ChunkCipher
from tympan_wire.sealed._layout import CHUNK_BYTES, MAX_CHUNKS


class Sealer:
    """Turns a document, in pieces of any size, into its sealed form.

    Holds back at most one chunk: whether a full one is the last is known only when more follows or at `finish`.

    Args:
        key: 32 bytes from `new_key`, used for this document only.
        document: The UUID of the document (the job's `job-uuid`).
        salt: 16 bytes; only test vectors pass one.
    """

    def __init__(self, key: bytes, document: UUID, *, salt: bytes | None = None) -> None:
        self._cipher = ChunkCipher.create(key, document, salt)
        self._held = bytearray()
        self._index = 0
        self._finished = False

    def header(self) -> bytes:
        """The document's first `HEADER_BYTES`, to be written before anything else."""
        return self._cipher.header

    def update(self, data: bytes | bytearray | memoryview) -> bytes:
        """Take more of the document; gives the chunks that are complete, possibly none.

        Args:
            data: The next bytes; copied where they are held back, so the caller may reuse its buffer.
        """
        self._must_be_open()
        view = memoryview(data).cast("B")
        room = CHUNK_BYTES - len(self._held)
        if len(view) <= room:
            self._held += view
            return b""
        return b"".join(self._full_chunks(view, room))

    def _full_chunks(self, view: memoryview, room: int) -> list[bytes]:
        start = 0
        parts: list[bytes] = []
        if self._held:
            self._held += view[:room]
            parts += self._seal(self._held, last=False)
            start = room
        # At least one byte stays back: a full chunk with nothing after it may be the last.
        end = start + (len(view) - start - 1) // CHUNK_BYTES * CHUNK_BYTES
        for at in range(start, end, CHUNK_BYTES):
            parts += self._seal(view[at : at + CHUNK_BYTES], last=False)
        self._held = bytearray(view[end:])
        return parts

    def finish(self) -> bytes:
        """Seal what was held back as the last chunk; nothing can be added after it."""
        self._must_be_open()
        self._finished = True
        sealed = b"".join(self._seal(self._held, last=True))
        self._held = bytearray()
        return sealed

    def _seal(self, plain: bytearray | memoryview, *, last: bool) -> tuple[bytes, bytes]:
        if self._index >= MAX_CHUNKS:
            raise ValueError(f"a document has at most {MAX_CHUNKS} chunks")
        sealed = self._cipher.seal(self._index, plain, last=last)
        self._index += 1
        return sealed

    def _must_be_open(self) -> None:
        if self._finished:
            raise ValueError("this document is finished; seal the next one with its own key")
