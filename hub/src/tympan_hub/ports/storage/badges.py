"""Badges of people."""

from typing import Protocol

from tympan_hub.domain.badges import Badge
from tympan_hub.domain.ids import PersonId, TenantId, TokenHash


class Badges(Protocol):
    """Badges of people."""

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[Badge, ...]:
        """Those of one, the oldest first."""
        ...

    async def by_digest(self, tenant: TenantId, digest: TokenHash) -> Badge | None:
        """The one of a number."""
        ...

    async def add(self, tenant: TenantId, badge: Badge) -> None:
        """Adds one; raises ``Conflict`` when its number is somebody's already."""
        ...

    async def remove(self, tenant: TenantId, person: PersonId, digest: TokenHash) -> bool:
        """Takes one of a person away; tells whether there was one."""
        ...
