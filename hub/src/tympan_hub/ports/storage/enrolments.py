"""Tokens that make agents."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.agents import EnrolmentFilter, EnrolmentToken
from tympan_hub.domain.ids import AgentId, PersonId, TenantId, TokenHash


class Enrolments(Protocol):
    """Enrolment tokens."""

    async def add(self, tenant: TenantId, token: EnrolmentToken) -> None:
        """Keeps a new one."""
        ...

    async def get(self, tenant: TenantId, token: TokenHash) -> EnrolmentToken | None:
        """One."""
        ...

    async def use(self, tenant: TenantId, token: TokenHash, agent: AgentId) -> bool:
        """Gives it to an agent; False when it was used before."""
        ...

    async def join(self, tenant: TenantId, token: TokenHash) -> bool:
        """Counts one more that comes with a token for many; False when no more may."""
        ...

    async def find(self, tenant: TenantId, wanted: EnrolmentFilter, at: dt.datetime) -> tuple[EnrolmentToken, ...]:
        """Those wanted as they stand then, the newest first."""
        ...

    async def tally(self, tenant: TenantId, wanted: EnrolmentFilter, at: dt.datetime) -> int:
        """How many of them there are, wherever the list begins and ends."""
        ...

    async def revoke(self, tenant: TenantId, token: TokenHash, at: dt.datetime) -> bool:
        """Ends one; False when it is not known, was used, or was ended before."""
        ...

    async def revoke_by(self, tenant: TenantId, maker: PersonId, at: dt.datetime) -> int:
        """Ends those of a maker that nobody used; tells how many."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...
