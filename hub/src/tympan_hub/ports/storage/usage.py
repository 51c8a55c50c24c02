"""Sums of what was printed."""

import datetime as dt
from collections.abc import Collection
from typing import Protocol

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.usage import By, Counted, UsageFilter, UsageRow


class Usage(Protocol):
    """Sums of what was printed."""

    async def add(self, tenant: TenantId, counted: Collection[Counted]) -> None:
        """Adds these to the sums of their days and months; what is to be taken out is negative."""
        ...

    async def sums(self, tenant: TenantId, wanted: UsageFilter, by: By, limit: int) -> tuple[UsageRow, ...]:
        """A report: most impressions first, or by time where that is what is told apart."""
        ...

    async def forget(self, tenant: TenantId, days_before: dt.date, months_before: dt.date) -> None:
        """Forgets older sums."""
        ...
