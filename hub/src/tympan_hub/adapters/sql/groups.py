"""Groups of people, and who is in them."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts
from tympan_hub.domain.errors import Taken
from tympan_hub.domain.groups import Group, Source
from tympan_hub.domain.ids import GroupId, PersonId, TenantId

_G, _M = tables.groups, tables.memberships


def group_of(row: Any) -> Group:
    """The group of a row."""
    return Group(
        id=GroupId(row.id),
        tenant=TenantId(row.tenant),
        name=row.name,
        source=Source(row.source),
        created_at=row.created_at,
    )


class SqlGroups:
    """``Groups``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, group: Group) -> None:
        """As the port says."""
        tables.same_tenant(tenant, group.tenant)
        row = {
            "tenant": tenant,
            "id": group.id,
            "name": group.name,
            "source": group.source.value,
            "created_at": group.created_at,
        }
        try:
            await self._connection.execute(insert(_G).values(row))
        except IntegrityError as error:
            raise _taken(group.name) from error

    async def get(self, tenant: TenantId, group: GroupId) -> Group | None:
        """As the port says."""
        found = select(_G).where(_G.c.tenant == tenant, _G.c.id == group)
        row = (await self._connection.execute(found)).one_or_none()
        return group_of(row) if row else None

    async def all(self, tenant: TenantId) -> tuple[Group, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_G).where(_G.c.tenant == tenant).order_by(_G.c.name))
        return tuple(group_of(row) for row in rows)

    async def sizes(self, tenant: TenantId) -> Mapping[GroupId, int]:
        """As the port says."""
        counted = select(_M.c.group, func.count().label("people")).where(_M.c.tenant == tenant).group_by(_M.c.group)
        return {GroupId(row.group): row.people for row in await self._connection.execute(counted)}

    async def rename(self, tenant: TenantId, group: GroupId, name: str) -> bool:
        """As the port says."""
        renamed = update(_G).where(_G.c.tenant == tenant, _G.c.id == group).values(name=name)
        try:
            return (await self._connection.execute(renamed)).rowcount == 1
        except IntegrityError as error:
            raise _taken(name) from error

    async def remove(self, tenant: TenantId, group: GroupId) -> bool:
        """As the port says."""
        removed = delete(_G).where(_G.c.tenant == tenant, _G.c.id == group)
        return (await self._connection.execute(removed)).rowcount == 1

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[Group, ...]:
        """As the port says."""
        joined = _G.join(_M, (_G.c.tenant == _M.c.tenant) & (_G.c.id == _M.c.group))
        found = select(_G).select_from(joined).where(_M.c.tenant == tenant, _M.c.person == person)
        return tuple(group_of(row) for row in await self._connection.execute(found.order_by(_G.c.name)))

    async def of_people(self, tenant: TenantId, people: Collection[PersonId]) -> Mapping[PersonId, tuple[GroupId, ...]]:
        """As the port says."""
        found: dict[PersonId, tuple[GroupId, ...]] = {}
        for part in in_parts(people):
            wanted = select(_M.c.person, _M.c.group).where(_M.c.tenant == tenant, _M.c.person.in_(part))
            for row in await self._connection.execute(wanted):
                person = PersonId(row.person)
                found[person] = (*found.get(person, ()), GroupId(row.group))
        return found

    async def memberships(self, tenant: TenantId) -> Mapping[PersonId, tuple[GroupId, ...]]:
        """As the port says."""
        found: dict[PersonId, tuple[GroupId, ...]] = {}
        everybody = select(_M.c.person, _M.c.group).where(_M.c.tenant == tenant).order_by(_M.c.person, _M.c.group)
        for row in await self._connection.execute(everybody):
            person = PersonId(row.person)
            found[person] = (*found.get(person, ()), GroupId(row.group))
        return found

    async def join(self, tenant: TenantId, group: GroupId, person: PersonId) -> bool:
        """As the port says."""
        there = select(_M.c.person).where(_M.c.tenant == tenant, _M.c.group == group, _M.c.person == person)
        if (await self._connection.execute(there)).one_or_none():
            return False
        await self._connection.execute(insert(_M).values(tenant=tenant, group=group, person=person))
        return True

    async def leave(self, tenant: TenantId, group: GroupId, person: PersonId) -> bool:
        """As the port says."""
        left = delete(_M).where(_M.c.tenant == tenant, _M.c.group == group, _M.c.person == person)
        return (await self._connection.execute(left)).rowcount == 1


def _taken(name: str) -> Taken:
    return Taken(f"there is a group called {name!r} already", next_step="Choose another name.")
