"""A sealed document as a plugin reads it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class SharedDocument:
    """All a worker process needs to open a sealed document itself; handed over a pipe, never written down.

    Attributes:
        key: The document's 256-bit key.
        document: The uuid it is sealed under.
        path: The sealed file; "" when the sealed bytes are in ``inline``.
        inline: The sealed bytes of a small document.
        size_bytes: Plain length.
    """

    key: bytes
    document: uuid.UUID
    path: str = ""
    inline: bytes = b""
    size_bytes: int = 0


class Document(Protocol):
    """A sealed document, readable in memory only, chunk by verified chunk."""

    @property
    def size_bytes(self) -> int:
        """Plain length."""

    @property
    def media_type(self) -> str:
        """As declared by the sender."""

    def stream(self) -> AsyncIterator[bytes]:
        """The plain bytes from the first to the last, in pieces of at most 1 MiB."""

    async def read(self, offset: int, count: int) -> bytes:
        """``count`` plain bytes from ``offset``, fewer at the end. Only the chunks touched are opened."""

    def share(self) -> SharedDocument:
        """What a worker process needs to read it."""
