"""A document in memory."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import attrs
import trio

from tympan._ports import SharedDocument
from tympan_wire.sealed import Sealer, new_key

_PIECE_BYTES = 64 * 1024


@attrs.frozen(kw_only=True)
class FakeDocument:
    """A ``Document`` whose bytes are given, and what it is sealed under; fresh at each sharing where that is not."""

    content: bytes
    media_type: str = "application/octet-stream"
    name: uuid.UUID | None = None
    key: bytes = b""

    @property
    def size_bytes(self) -> int:
        """Plain length."""
        return len(self.content)

    async def stream(self) -> AsyncIterator[bytes]:
        """The bytes in pieces of 64 KiB."""
        for start in range(0, len(self.content), _PIECE_BYTES):
            await trio.lowlevel.checkpoint()
            yield self.content[start : start + _PIECE_BYTES]

    async def read(self, offset: int, count: int) -> bytes:
        """``count`` bytes from ``offset``."""
        await trio.lowlevel.checkpoint()
        return self.content[offset : offset + count]

    def share(self) -> SharedDocument:
        """Sealed, inline."""
        key, document = self.key or new_key(), self.name or uuid.uuid4()
        sealer = Sealer(key, document)
        pieces = [sealer.header(), *_parts(sealer.update(self.content)), *_parts(sealer.finish())]
        return SharedDocument(key=key, document=document, inline=b"".join(pieces), size_bytes=len(self.content))


def _parts(sealed: bytes | list[bytes]) -> list[bytes]:
    return sealed if isinstance(sealed, list) else [sealed]
