"""Whom printers were given to."""

from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.assignment import Audience
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import GroupId, PersonId, PrinterId, TenantId
from tympan_hub.domain.people import Person


class Assignments(Protocol):
    """Whom printers were given to."""

    async def people_of(self, tenant: TenantId, printer: PrinterId) -> tuple[Person, ...]:
        """The people one was given to, by name."""
        ...

    async def groups_of(self, tenant: TenantId, printer: PrinterId) -> tuple[Group, ...]:
        """The groups one was given to, by name."""
        ...

    async def naming(
        self, tenant: TenantId, people: Collection[PersonId], groups: Collection[GroupId]
    ) -> Mapping[PrinterId, Audience]:
        """Printers that were given to any of these people or groups, and to which of these alone."""
        ...

    async def give_person(self, tenant: TenantId, printer: PrinterId, person: PersonId) -> bool:
        """Gives one to a person; False when they had it. Printer and person must be there."""
        ...

    async def take_person(self, tenant: TenantId, printer: PrinterId, person: PersonId) -> bool:
        """Takes one from a person; False when they did not have it."""
        ...

    async def give_group(self, tenant: TenantId, printer: PrinterId, group: GroupId) -> bool:
        """Gives one to a group; False when it had it. Printer and group must be there."""
        ...

    async def take_group(self, tenant: TenantId, printer: PrinterId, group: GroupId) -> bool:
        """Takes one from a group; False when it did not have it."""
        ...
