"""Release points."""

from typing import Protocol

from tympan_hub.domain.ids import PrinterId, TenantId, TokenHash
from tympan_hub.domain.release_points import ReleasePoint


class ReleasePoints(Protocol):
    """Release points."""

    async def put(self, tenant: TenantId, point: ReleasePoint) -> None:
        """Adds one, or replaces the one of that printer."""
        ...

    async def get(self, tenant: TenantId, printer: PrinterId) -> ReleasePoint | None:
        """One."""
        ...

    async def by_code(self, tenant: TenantId, point_code: str) -> ReleasePoint | None:
        """The one with this code."""
        ...

    async def by_kiosk(self, tenant: TenantId, kiosk: TokenHash) -> ReleasePoint | None:
        """The one whose screen has this token."""
        ...

    async def all(self, tenant: TenantId) -> tuple[ReleasePoint, ...]:
        """All, by their printers."""
        ...

    async def remove(self, tenant: TenantId, printer: PrinterId) -> bool:
        """Removes one; tells whether there was one."""
        ...
