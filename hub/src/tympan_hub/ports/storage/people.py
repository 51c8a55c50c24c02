"""People of a tenant."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.ids import PersonId, TenantId
from tympan_hub.domain.people import Person, PersonFilter


class People(Protocol):
    """People of a tenant."""

    async def add(self, tenant: TenantId, person: Person, password: str) -> None:
        """Adds one, with the hash of the password; raises ``Conflict`` when the address is taken."""
        ...

    async def get(self, tenant: TenantId, person: PersonId) -> Person | None:
        """One."""
        ...

    async def by_email(self, tenant: TenantId, email: str) -> Person | None:
        """The one who signs in with this address."""
        ...

    async def by_logins(self, tenant: TenantId, logins: Collection[str]) -> Mapping[str, PersonId]:
        """Whose accounts have these names at the computers; a name of nobody, or of several, is left out."""
        ...

    async def names(self, tenant: TenantId, people: Collection[PersonId]) -> Mapping[PersonId, str]:
        """Names of some; one not known is left out."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Person, ...]:
        """All, by name."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many."""
        ...

    async def find(self, tenant: TenantId, wanted: PersonFilter) -> tuple[Person, ...]:
        """Those wanted, by name."""
        ...

    async def tally(self, tenant: TenantId, wanted: PersonFilter) -> int:
        """How many are wanted, whatever the limit."""
        ...

    async def password(self, tenant: TenantId, person: PersonId) -> str | None:
        """The hash of the password."""
        ...

    async def set_password(self, tenant: TenantId, person: PersonId, password: str) -> bool:
        """Replaces the hash; tells whether there is such a person."""
        ...

    async def change(self, tenant: TenantId, person: Person) -> bool:
        """Replaces name, login and role of the one of that id; tells whether there is one."""
        ...

    async def remove(self, tenant: TenantId, person: PersonId) -> bool:
        """Removes one with all that is theirs alone; tells whether there was one."""
        ...

    async def set_disabled(self, tenant: TenantId, person: PersonId, at: dt.datetime | None) -> bool:
        """Locks one out, or lets one in again; tells whether there is such a person."""
        ...
