"""Tokens that make agents."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.agents import EnrolmentToken
from tympan_hub.domain.ids import AgentId, TenantId, TokenHash


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

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...
