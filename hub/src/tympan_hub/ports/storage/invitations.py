"""Invitations."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.ids import InvitationId, PersonId, TenantId, TokenHash
from tympan_hub.domain.invitations import Ending, Invitation


class Invitations(Protocol):
    """Invitations."""

    async def add(self, tenant: TenantId, invitation: Invitation) -> None:
        """One more."""
        ...

    async def get(self, tenant: TenantId, invitation: InvitationId) -> Invitation | None:
        """One."""
        ...

    async def by_hash(self, tenant: TenantId, invited: TokenHash) -> Invitation | None:
        """The one whose link has this secret."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Invitation, ...]:
        """All that are kept, the newest first."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many are kept."""
        ...

    async def end(self, tenant: TenantId, invitation: InvitationId, why: Ending, at: dt.datetime) -> bool:
        """Ends one; False when it is not known or had ended."""
        ...

    async def end_by(self, tenant: TenantId, maker: PersonId, at: dt.datetime) -> int:
        """Revokes those of a maker that have not ended; tells how many."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those whose time was over earlier."""
        ...
