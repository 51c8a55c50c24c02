"""Failed sign-ins."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.ids import TenantId


class Attempts(Protocol):
    """Failed sign-ins, counted by what was tried and from where; kept under ``SERVICE``."""

    async def times(self, tenant: TenantId, key: str, since: dt.datetime) -> tuple[dt.datetime, ...]:
        """When, oldest first."""
        ...

    async def add(self, tenant: TenantId, key: str, at: dt.datetime) -> None:
        """One more."""
        ...

    async def take_back(self, tenant: TenantId, key: str) -> None:
        """The last of a key was no failure."""
        ...

    async def clear(self, tenant: TenantId, key: str) -> None:
        """All of a key are forgiven."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets earlier ones."""
        ...
