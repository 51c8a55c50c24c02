"""Signed-in people."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.ids import PersonId, TenantId, TokenHash
from tympan_hub.domain.people import Session
from tympan_hub.domain.sessions import OpenSession


class Sessions(Protocol):
    """Signed-in people."""

    async def add(self, tenant: TenantId, session: TokenHash, person: PersonId, csrf: str, opened: OpenSession) -> None:
        """Begins one."""
        ...

    async def get(self, tenant: TenantId, session: TokenHash) -> Session | None:
        """One, with its person."""
        ...

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[OpenSession, ...]:
        """Those of a person, the one used last first."""
        ...

    async def saw(self, tenant: TenantId, session: TokenHash, at: dt.datetime) -> None:
        """It was used."""
        ...

    async def end(self, tenant: TenantId, person: PersonId, session_id: str) -> bool:
        """Ends a person's own, named by its id; tells whether there was one."""
        ...

    async def remove(self, tenant: TenantId, session: TokenHash) -> None:
        """Ends one."""
        ...

    async def remove_all(self, tenant: TenantId, person: PersonId) -> None:
        """Ends all of a person."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime, unused_since: dt.datetime) -> None:
        """Forgets those that ended earlier, or were last used earlier."""
        ...
