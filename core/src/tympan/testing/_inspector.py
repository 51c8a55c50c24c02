"""The inspector port in memory: documents that begin with ``pages`` and a number."""

from __future__ import annotations

from tympan._ports import Document
from tympan._values import Statistics

_HEAD_BYTES = 64


class FakeInspector:
    """``Inspector`` of texts such as ``pages 3``: readable, with as many pages."""

    media_types = frozenset({"text/x-fake"})

    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        """Reads the number; anything else is unreadable."""
        head = await document.read(0, _HEAD_BYTES)
        word, _, number = head.partition(b" ")
        if word != b"pages" or not number.strip().isdigit():
            return Statistics(format=document.media_type, problem="it does not say how many pages it has")
        pages = int(number)
        return Statistics(format="text/x-fake", pages=pages, impressions=pages, sheets=pages)
