"""Codes that people approve."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.device_codes import DeviceCode
from tympan_hub.domain.ids import TenantId, TokenHash


class DeviceCodes(Protocol):
    """Codes by which people let machines in, or sign in at them."""

    async def add(self, tenant: TenantId, code: DeviceCode) -> None:
        """Keeps a new one; raises ``Conflict`` when its short code is taken."""
        ...

    async def get(self, tenant: TenantId, code: TokenHash) -> DeviceCode | None:
        """One."""
        ...

    async def by_user_code(self, tenant: TenantId, user_code: str) -> DeviceCode | None:
        """The one with this short code."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many."""
        ...

    async def change(self, tenant: TenantId, code: DeviceCode) -> bool:
        """Replaces when it was asked about and what was decided; tells whether there is one."""
        ...

    async def remove(self, tenant: TenantId, code: TokenHash) -> None:
        """Forgets one."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...
