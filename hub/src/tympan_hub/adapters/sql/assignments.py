"""Whom printers were given to."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.groups import group_of
from tympan_hub.adapters.sql.people import shown_person
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.domain.assignment import Audience
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import GroupId, PersonId, PrinterId, TenantId
from tympan_hub.domain.people import Person

_PP, _PG = tables.printer_people, tables.printer_groups
_P, _G = tables.people, tables.groups


class SqlAssignments:
    """``Assignments``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def people_of(self, tenant: TenantId, printer: PrinterId) -> tuple[Person, ...]:
        """As the port says."""
        given = select(_PP.c.person).where(_PP.c.tenant == tenant, _PP.c.printer == printer)
        found = select(_P).where(_P.c.tenant == tenant, _P.c.id.in_(given)).order_by(_P.c.sought, _P.c.id)
        return tuple(shown_person(row) for row in await self._connection.execute(found))

    async def groups_of(self, tenant: TenantId, printer: PrinterId) -> tuple[Group, ...]:
        """As the port says."""
        given = select(_PG.c.group).where(_PG.c.tenant == tenant, _PG.c.printer == printer)
        found = select(_G).where(_G.c.tenant == tenant, _G.c.id.in_(given)).order_by(_G.c.name)
        return tuple(group_of(row) for row in await self._connection.execute(found))

    async def naming(
        self, tenant: TenantId, people: Collection[PersonId], groups: Collection[GroupId]
    ) -> Mapping[PrinterId, Audience]:
        """As the port says."""
        by_people = await self._given(tenant, _PP, "person", people)
        by_groups = await self._given(tenant, _PG, "group", groups)
        return {
            printer: Audience(
                everybody=False,
                people=frozenset(map(PersonId, by_people.get(printer, ()))),
                groups=frozenset(map(GroupId, by_groups.get(printer, ()))),
            )
            for printer in by_people.keys() | by_groups.keys()
        }

    async def give_person(self, tenant: TenantId, printer: PrinterId, person: PersonId) -> bool:
        """As the port says."""
        return await self._give(_PP, {"tenant": tenant, "printer": printer, "person": person})

    async def take_person(self, tenant: TenantId, printer: PrinterId, person: PersonId) -> bool:
        """As the port says."""
        return await self._take(_PP, {"tenant": tenant, "printer": printer, "person": person})

    async def give_group(self, tenant: TenantId, printer: PrinterId, group: GroupId) -> bool:
        """As the port says."""
        return await self._give(_PG, {"tenant": tenant, "printer": printer, "group": group})

    async def take_group(self, tenant: TenantId, printer: PrinterId, group: GroupId) -> bool:
        """As the port says."""
        return await self._take(_PG, {"tenant": tenant, "printer": printer, "group": group})

    async def _given(
        self, tenant: TenantId, table: Table, column: str, to: Collection[str]
    ) -> dict[PrinterId, set[str]]:
        found: dict[PrinterId, set[str]] = {}
        for part in in_parts(to):
            wanted = select(table.c.printer, table.c[column].label("to"))
            wanted = wanted.where(table.c.tenant == tenant, table.c[column].in_(part))
            for row in await self._connection.execute(wanted):
                found.setdefault(PrinterId(row.printer), set()).add(row.to)
        return found

    async def _give(self, table: Table, row: dict[str, Any]) -> bool:
        return await put(self._connection, table, [row], nothing=True) == 1

    async def _take(self, table: Table, row: dict[str, Any]) -> bool:
        taken = delete(table).where(*(table.c[name] == value for name, value in row.items()))
        return (await self._connection.execute(taken)).rowcount == 1
