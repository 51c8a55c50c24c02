"""A store of blobs: bytes that are too many for the database. Every method takes the tenant first, without default.

- A blob is there whole or not at all, and durable when ``put`` returns.
- What belongs to another tenant does not exist.
"""

from collections.abc import AsyncIterator
from typing import Protocol

from tympan_hub.domain.blobs import BlobName, BlobSeen, Kind, Shelf
from tympan_hub.domain.ids import TenantId


class Blobs(Protocol):
    """Bytes by name. Every method raises ``Unavailable`` when the store does not answer."""

    async def put(self, tenant: TenantId, name: BlobName, content: bytes, sha256: str) -> None:
        """Keeps bytes; raises ``BadInput`` for too many, or others than the checksum (hex) was made of."""
        ...

    def get(self, tenant: TenantId, name: BlobName, start: int, size: int) -> AsyncIterator[bytes]:
        """The bytes from ``start`` on, at most ``size``, piece by piece; raises ``NotFound``."""
        ...

    async def address(self, tenant: TenantId, name: BlobName) -> str:
        """Where whoever has this address may read a blob for a short time, and do nothing else; "" for nowhere."""
        ...

    async def head(self, tenant: TenantId, name: BlobName) -> BlobSeen | None:
        """How large a blob is; None when there is none."""
        ...

    async def delete(self, tenant: TenantId, name: BlobName) -> None:
        """Takes a blob away; none is fine."""
        ...

    async def clear(self, tenant: TenantId, shelf: Shelf) -> None:
        """Takes everything on a shelf away, also what a crash left half written there; nothing is fine."""
        ...

    def list(self, tenant: TenantId, kind: Kind) -> AsyncIterator[BlobSeen]:
        """Every blob of a kind, in no order, read a page at a time."""
        ...
