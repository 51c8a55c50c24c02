"""Commands for agents."""

import datetime as dt
from collections.abc import Collection
from typing import Protocol

from tympan_hub.domain.commands import Command
from tympan_hub.domain.ids import AgentId, CommandId, TenantId


class Commands(Protocol):
    """Commands for agents."""

    async def add(self, tenant: TenantId, command: Command) -> None:
        """Keeps a new one."""
        ...

    async def get(self, tenant: TenantId, command: CommandId) -> Command | None:
        """One."""
        ...

    async def waiting(self, tenant: TenantId, agent: AgentId) -> tuple[Command, ...]:
        """Those an agent may still do, oldest first."""
        ...

    async def about(self, tenant: TenantId, about: str, limit: int) -> tuple[Command, ...]:
        """The newest about a printer, job or address first."""
        ...

    async def at(self, tenant: TenantId, agents: Collection[AgentId], subjects: Collection[str]) -> tuple[Command, ...]:
        """Those for some agents about some subjects, the newest first."""
        ...

    async def failed(self, tenant: TenantId, since: dt.datetime, limit: int) -> tuple[Command, ...]:
        """Those that failed then or later and are the newest about their subject at their agent, the last to end first.

        A look at an address is no deed, and is left out.
        """
        ...

    async def keep(self, tenant: TenantId, command: Command) -> bool:
        """Replaces the one of that id; tells whether there is one."""
        ...

    async def expire(self, tenant: TenantId, at: dt.datetime) -> None:
        """Gives up those whose time ran out."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...
