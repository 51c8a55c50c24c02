"""Opening a sealed document as its bytes arrive.

- Nothing of a chunk is given out before the whole chunk verified.
- What was given out is a true beginning of the document, and no more than that until `finish` returns.
- After an error the opener stays shut: the same error comes again, and no byte.
"""

from uuid import UUID

from tympan_wire.sealed._cipher import ChunkCipher
from tympan_wire.sealed._errors import SealedError, TrailingData, Truncated
from tympan_wire.sealed._layout import (
    FRAME_BYTES,
    HEADER_BYTES,
    MAGIC,
    TAG_BYTES,
    Header,
    decode_frame,
)


class Opener:
    """Turns a sealed document, in pieces of any size, back into the document.

    Args:
        key: The document's key, 32 bytes.
        document: The UUID the document must have; None takes any.
    """

    def __init__(self, key: bytes, *, document: UUID | None = None) -> None:
        self._key = key
        self._document = document
        self._cipher: ChunkCipher | None = None
        self._held = bytearray()
        self._frame: tuple[int, bool] | None = None
        self._index = 0
        self._complete = False
        self._error: SealedError | None = None

    def update(self, data: bytes | bytearray | memoryview) -> bytes:
        """Take more sealed bytes; gives the plaintext that verified, possibly none.

        Raises:
            SealedError: The document cannot be opened; what was given out before it is a true beginning.
        """
        self._raise_again()
        try:
            return b"".join(self._consume(memoryview(data).cast("B")))
        except SealedError as error:
            self._error = error
            raise

    def finish(self) -> None:
        """Say that no more bytes come.

        Raises:
            SealedError: `Truncated` unless the last chunk was seen and verified.
        """
        self._raise_again()
        if self._complete:
            return
        if self._cipher is None:
            Header.decode(bytes(self._held))
        self._error = Truncated(f"the document ends inside chunk {self._index}")
        raise self._error

    def _raise_again(self) -> None:
        if self._error is not None:
            raise self._error

    def _consume(self, view: memoryview) -> list[bytes]:
        parts: list[bytes] = []
        while view:
            need = self._wanted() - len(self._held)
            if len(view) < need:
                self._hold(view)
                break
            piece: memoryview | bytearray = view[:need]
            if self._held:
                self._held += piece
                piece, self._held = self._held, bytearray()
            self._take(piece, parts)
            view = view[need:]
        return parts

    def _wanted(self) -> int:
        if self._complete:
            raise TrailingData(f"bytes follow chunk {self._index - 1}, the last")
        if self._cipher is None:
            return HEADER_BYTES
        return FRAME_BYTES if self._frame is None else self._frame[0] + TAG_BYTES

    def _hold(self, view: memoryview) -> None:
        self._held += view
        if self._cipher is None and not MAGIC.startswith(self._held[: len(MAGIC)]):
            Header.decode(bytes(self._held))

    def _take(self, piece: bytearray | memoryview, parts: list[bytes]) -> None:
        if self._cipher is None:
            self._cipher = ChunkCipher.accept(self._key, bytes(piece), self._document)
        elif self._frame is None:
            self._frame = decode_frame(piece, self._index)
        else:
            parts.append(self._cipher.open(self._index, piece, last=self._frame[1]))
            self._complete = self._frame[1]
            self._frame = None
            self._index += 1
