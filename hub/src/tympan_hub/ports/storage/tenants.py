"""The tenants."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.tenants import Tenant


class Tenants(Protocol):
    """The tenants."""

    async def add(self, tenant: TenantId, name: str, created_at: dt.datetime) -> None:
        """Makes one."""
        ...

    async def get(self, tenant: TenantId) -> Tenant | None:
        """One."""
        ...
