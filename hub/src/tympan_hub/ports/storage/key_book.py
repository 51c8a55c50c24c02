"""The key book."""

from typing import Protocol

from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.key_book import KeyEntry


class KeyBook(Protocol):
    """Entries of the key book; none is ever changed or taken away."""

    async def add(self, tenant: TenantId, entry: KeyEntry) -> None:
        """Adds one; its number must be free."""
        ...

    async def newest(self, tenant: TenantId) -> KeyEntry | None:
        """The one that was added last."""
        ...

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> KeyEntry | None:
        """The newest one of an agent."""
        ...

    async def following(self, tenant: TenantId, after_number: int, limit: int) -> tuple[KeyEntry, ...]:
        """Those behind a number, the oldest first."""
        ...

    async def older(self, tenant: TenantId, before: int | None, limit: int) -> tuple[KeyEntry, ...]:
        """Those before a number, the newest first; from the newest one on before None."""
        ...

    async def waiting(self, tenant: TenantId, limit: int) -> tuple[KeyEntry, ...]:
        """The newest ones of agents whose key waits for an administrator: those that changed first, each by number."""
        ...
