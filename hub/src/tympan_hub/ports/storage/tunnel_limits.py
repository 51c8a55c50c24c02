"""What tenants may send through the tunnel."""

from typing import Protocol

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.tunnel import TunnelLimits


class TunnelLimitsKept(Protocol):
    """The limits of tenants."""

    async def of(self, tenant: TenantId) -> TunnelLimits | None:
        """Those of a tenant; None when it never said."""
        ...

    async def keep(self, tenant: TenantId, limits: TunnelLimits) -> None:
        """Keeps what it says."""
        ...
