"""Groups of people."""

from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import GroupId, PersonId, TenantId


class Groups(Protocol):
    """Groups of people."""

    async def add(self, tenant: TenantId, group: Group) -> None:
        """Adds one; raises ``Conflict`` when id or name is taken."""
        ...

    async def get(self, tenant: TenantId, group: GroupId) -> Group | None:
        """One."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Group, ...]:
        """All, by name."""
        ...

    async def sizes(self, tenant: TenantId) -> Mapping[GroupId, int]:
        """How many people are in each; those with nobody are left out."""
        ...

    async def rename(self, tenant: TenantId, group: GroupId, name: str) -> bool:
        """Gives another name; tells whether there is such a group. Raises ``Conflict`` when the name is taken."""
        ...

    async def remove(self, tenant: TenantId, group: GroupId) -> bool:
        """Removes one, and nobody with it; tells whether there was one."""
        ...

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[Group, ...]:
        """The groups a person is in, by name."""
        ...

    async def of_people(self, tenant: TenantId, people: Collection[PersonId]) -> Mapping[PersonId, tuple[GroupId, ...]]:
        """The groups of some people; those in none are left out."""
        ...

    async def memberships(self, tenant: TenantId) -> Mapping[PersonId, tuple[GroupId, ...]]:
        """The groups of everybody who is in one."""
        ...

    async def join(self, tenant: TenantId, group: GroupId, person: PersonId) -> bool:
        """Puts a person in; False when they were in. Group and person must be there."""
        ...

    async def leave(self, tenant: TenantId, group: GroupId, person: PersonId) -> bool:
        """Takes a person out; False when they were not in."""
        ...
