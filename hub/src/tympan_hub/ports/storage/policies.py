"""Policy documents of a tenant, or of the service."""

from collections.abc import Mapping
from typing import Protocol

from tympan_hub.domain.ids import CapabilityKey, TenantId
from tympan_hub.domain.policy import Edition


class Policies(Protocol):
    """Editions of the policy document of a tenant, or of the service."""

    async def current(self, tenant: TenantId) -> Edition | None:
        """The newest."""
        ...

    async def add(self, tenant: TenantId, edition: Edition) -> None:
        """Adds the next; raises ``Conflict`` when its number is taken."""
        ...

    async def editions(self, tenant: TenantId, before: int | None, limit: int) -> tuple[Edition, ...]:
        """The newest ones first, those with a smaller number than ``before``."""
        ...

    async def last_changes(self, tenant: TenantId) -> Mapping[CapabilityKey, Edition]:
        """The edition that last touched each key."""
        ...
