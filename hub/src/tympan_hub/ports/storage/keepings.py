"""How long jobs are kept."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.keeping import Keeping


class Keepings(Protocol):
    """How long a tenant keeps its jobs."""

    async def get(self, tenant: TenantId) -> Keeping:
        """What it keeps; as for everybody when it never said."""
        ...

    async def put(self, tenant: TenantId, keeping: Keeping) -> None:
        """Keeps what it said, and the marks."""
        ...

    async def erase_jobs(self, tenant: TenantId, before: dt.datetime, limit: int) -> int:
        """Erases the oldest jobs created earlier, at most so many; tells how many. Those in the tunnel stay."""
        ...

    async def erase_titles(self, tenant: TenantId, before: dt.datetime, limit: int) -> int:
        """Erases the titles of the oldest jobs created earlier that have one, at most so many; tells how many."""
        ...
