"""What a tenant has in the database: asked hundreds of times by the tests of borders, so in one go."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any, Final

from sqlalchemy import text

from hub_rig._bench import Bench
from tympan_hub.adapters.sql.tables import metadata

_OWNERS: Final = {table.name: "id" if table.name == "tenants" else "tenant" for table in metadata.sorted_tables}
_ALL: Final = text(
    " UNION ALL ".join(
        f'SELECT \'{name}\', "{name}"::text FROM "{name}" WHERE {owner} = :tenant' for name, owner in _OWNERS.items()
    )
)


async def rows(hub: Bench, tenant: str) -> dict[str, list[Any]]:
    """Every row of a tenant, from every table there is, as the database has it."""
    if not hub.database.shared:
        return _of_file(hub, tenant)
    found: dict[str, list[Any]] = {name: [] for name in _OWNERS}
    async with hub.raw(tenant) as connection:
        for name, row in await connection.execute(_ALL, {"tenant": tenant}):
            found[name].append(row)
    return found


def _of_file(hub: Bench, tenant: str) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(hub.database.path)) as connection:
        return {
            name: connection.execute(f'SELECT * FROM "{name}" WHERE {owner} = ?', (tenant,)).fetchall()
            for name, owner in _OWNERS.items()
        }
