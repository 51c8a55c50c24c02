"""Inspectors: statistics of documents."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tympan._ports._documents import Document
from tympan._values import Statistics


@runtime_checkable
class Inspector(Protocol):
    """Reads statistics of documents."""

    @property
    def media_types(self) -> frozenset[str]:
        """What it reads. The kernel asks it for documents declared so, and for ``application/octet-stream``."""

    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        """Statistics of ``document`` as ordered by ``ticket``. A damaged one gives ``problem``, not an exception."""
