"""The audit log."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.audit import Entry
from tympan_hub.domain.ids import TenantId


class AuditLog(Protocol):
    """The audit log of a tenant, or of the service."""

    async def last(self, tenant: TenantId) -> Entry | None:
        """The newest entry."""
        ...

    async def add(self, tenant: TenantId, entry: Entry) -> None:
        """Adds the next."""
        ...

    async def page(self, tenant: TenantId, before: int | None, limit: int, text: str) -> tuple[Entry, ...]:
        """Entries newest first, those with a smaller number than ``before``; with a text, those that mention it."""
        ...

    async def since(self, tenant: TenantId, number: int, limit: int) -> tuple[Entry, ...]:
        """Entries oldest first, from this number on."""
        ...

    async def last_of(self, tenant: TenantId, act: str, before: dt.datetime | None) -> Entry | None:
        """The newest entry, of this act where one is named, older than a moment where one is named."""
        ...

    async def trim(self, tenant: TenantId, number: int) -> None:
        """Takes away all entries up to this number."""
        ...
