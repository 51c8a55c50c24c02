"""Addresses to which people send what shall be printed."""

from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import plain, put
from tympan_hub.domain.hand_ins import Wishes
from tympan_hub.domain.held import ColorMode, Sides
from tympan_hub.domain.ids import MailAddressId, PersonId, PrinterId, TenantId, TokenHash
from tympan_hub.domain.mail_addresses import MailAddress

_M = tables.mail_addresses


class SqlMailAddresses:
    """``MailAddresses``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: TenantId, person: PersonId) -> MailAddress | None:
        """As the port says."""
        return await self._one(tenant, _M.c.person == person)

    async def by_hash(self, tenant: TenantId, mail_secret: TokenHash) -> MailAddress | None:
        """As the port says."""
        return await self._one(tenant, _M.c.hash == mail_secret)

    async def put(self, tenant: TenantId, address: MailAddress) -> None:
        """As the port says."""
        tables.same_tenant(tenant, address.tenant)
        wishes = address.wishes
        row = {
            "tenant": tenant,
            "person": address.person,
            "id": address.id,
            "hash": address.hash,
            "shown": address.shown,
            "printer": address.printer,
            "copies": wishes.copies,
            "sides": wishes.sides,
            "color": wishes.color,
            "made_at": address.made_at,
        }
        await put(self._connection, _M, [plain(row)])

    async def remove(self, tenant: TenantId, person: PersonId) -> bool:
        """As the port says."""
        gone = delete(_M).where(_M.c.tenant == tenant, _M.c.person == person)
        return bool((await self._connection.execute(gone)).rowcount)

    async def _one(self, tenant: TenantId, which: ColumnElement[bool]) -> MailAddress | None:
        found = await self._connection.execute(select(_M).where(_M.c.tenant == tenant, which))
        row = found.one_or_none()
        return None if row is None else _address(row)


def _address(row: Any) -> MailAddress:
    return MailAddress(
        id=MailAddressId(row.id),
        tenant=TenantId(row.tenant),
        person=PersonId(row.person),
        hash=TokenHash(row.hash),
        shown=row.shown,
        printer=PrinterId(row.printer),
        wishes=Wishes(
            copies=row.copies,
            sides=Sides(row.sides) if row.sides else None,
            color=ColorMode(row.color) if row.color else None,
        ),
        made_at=row.made_at,
    )
