"""The tenant of a unit of work, as PostgreSQL knows it: what row-level security asks for, and what writers lock.

- A repository's method takes the tenant first; before it runs, the transaction is set to that tenant. Nobody has to
  think of it, and rows of another tenant do not exist for the statement, whatever it says.
- A method of the directory sets what is sought instead, and sees the one row that has exactly that.
- A writing unit locks what it works on when it first turns to a tenant, before it reads: what it read still holds when
  it writes. By default that is the tenant; a unit may name smaller parts that it keeps to (`Units.writing`).
- Locks end with the transaction. SERVICE is locked by the unit that begins with it alone, so that two units that need
  it and a tenant cannot wait for each other.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.domain.ids import SERVICE

_TENANT: Final = text("SELECT set_config('tympan.tenant', :tenant, true)")
_SOUGHT: Final = text("SELECT set_config('tympan.sought', :sought, true)")
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:held, 0))")
_LOCKED: Final = text(
    "SELECT set_config('tympan.tenant', :tenant, true), pg_advisory_xact_lock(hashtextextended(:held, 0))"
)


class Scope:
    """The scope of one transaction.

    Args:
        connection: Of the unit of work.
        parts: What of a tenant the unit keeps to, "" for all of it; nothing when it only reads.
    """

    def __init__(self, connection: AsyncConnection, *parts: str) -> None:
        self._connection = connection
        self._parts = sorted(parts)  # whoever needs several takes them in one order: nobody waits in a circle
        self._tenant = self._sought = ""
        self._held: set[str] = set()

    async def enter(self, tenant: str) -> None:
        """The statements that follow are a tenant's."""
        if tenant == self._tenant:
            return
        if self._to_be_held(tenant):
            await self._hold(tenant)
        else:
            await self._connection.execute(_TENANT, {"tenant": tenant})
        self._tenant = tenant

    async def _hold(self, tenant: str) -> None:
        first, *others = (f"{tenant}\n{part}" for part in self._parts)
        await self._connection.execute(_LOCKED, {"tenant": tenant, "held": first})
        for other in others:
            await self._connection.execute(_LOCK, {"held": other})
        self._held.add(tenant)

    async def seek(self, sought: str) -> None:
        """The next question is whose this is."""
        if sought != self._sought:
            await self._connection.execute(_SOUGHT, {"sought": sought})
            self._sought = sought

    def _to_be_held(self, tenant: str) -> bool:
        if not self._parts or tenant in self._held:
            return False
        return tenant != SERVICE or not self._held


class Scoped:
    """A unit whose repositories enter the scope before they ask anything."""

    def __init__(self, unit: object, scope: Scope) -> None:
        self._unit = unit
        self._scope = scope

    def __getattr__(self, name: str) -> object:
        asked = getattr(self._unit, name)
        made = _Asked(asked, self._sought if name == "directory" else self._entered)
        setattr(self, name, made)
        return made

    async def _entered(self, *arguments: Any) -> None:
        await self._scope.enter(arguments[0])

    async def _sought(self, *arguments: Any) -> None:
        if arguments:
            await self._scope.seek(str(arguments[0]))
        else:
            await self._scope.enter(SERVICE)


class _Asked:
    """A repository."""

    def __init__(self, repository: object, before: Callable[..., Awaitable[None]]) -> None:
        self._repository = repository
        self._before = before

    def __getattr__(self, name: str) -> object:
        method = getattr(self._repository, name)
        if not inspect.iscoroutinefunction(method):
            return method

        @functools.wraps(method)
        async def asked(*arguments: Any, **named: Any) -> Any:
            await self._before(*arguments)
            return await method(*arguments, **named)

        setattr(self, name, asked)
        return asked
