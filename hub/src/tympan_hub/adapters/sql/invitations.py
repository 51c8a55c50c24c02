"""Invitations."""

import datetime as dt
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.domain.ids import GroupId, InvitationId, PersonId, TenantId, TokenHash
from tympan_hub.domain.invitations import Ending, Invitation
from tympan_hub.domain.people import Role

_I = tables.invitations


def _invitation(row: Any) -> Invitation:
    return Invitation(
        id=InvitationId(row.id),
        tenant=TenantId(row.tenant),
        hash=TokenHash(row.hash),
        email=row.email,
        role=Role(row.role),
        groups=tuple(map(GroupId, row.groups)),
        made_by=row.made_by,
        maker=PersonId(row.maker) if row.maker else None,
        made_at=row.made_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        ended=Ending(row.ended) if row.ended else None,
    )


class SqlInvitations:
    """``Invitations``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, invitation: Invitation) -> None:
        """As the port says."""
        tables.same_tenant(tenant, invitation.tenant)
        row = {
            "tenant": tenant,
            "id": invitation.id,
            "hash": invitation.hash,
            "email": invitation.email,
            "role": invitation.role.value,
            "groups": list(invitation.groups),
            "made_by": invitation.made_by,
            "maker": invitation.maker,
            "made_at": invitation.made_at,
            "expires_at": invitation.expires_at,
            "ended_at": invitation.ended_at,
            "ended": invitation.ended.value if invitation.ended else None,
        }
        await self._connection.execute(insert(_I).values(row))

    async def get(self, tenant: TenantId, invitation: InvitationId) -> Invitation | None:
        """As the port says."""
        found = select(_I).where(_I.c.tenant == tenant, _I.c.id == invitation)
        row = (await self._connection.execute(found)).one_or_none()
        return _invitation(row) if row else None

    async def by_hash(self, tenant: TenantId, invited: TokenHash) -> Invitation | None:
        """As the port says."""
        found = select(_I).where(_I.c.tenant == tenant, _I.c.hash == invited)
        row = (await self._connection.execute(found)).one_or_none()
        return _invitation(row) if row else None

    async def all(self, tenant: TenantId) -> tuple[Invitation, ...]:
        """As the port says."""
        found = select(_I).where(_I.c.tenant == tenant).order_by(_I.c.made_at.desc(), _I.c.id)
        return tuple(_invitation(row) for row in await self._connection.execute(found))

    async def count(self, tenant: TenantId) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_I).where(_I.c.tenant == tenant)
        return (await self._connection.execute(counted)).scalar_one()

    async def end(self, tenant: TenantId, invitation: InvitationId, why: Ending, at: dt.datetime) -> bool:
        """As the port says."""
        still = (_I.c.tenant == tenant) & (_I.c.id == invitation) & _I.c.ended.is_(None)
        ended = update(_I).where(still).values(ended=why.value, ended_at=at)
        return (await self._connection.execute(ended)).rowcount == 1

    async def end_by(self, tenant: TenantId, maker: PersonId, at: dt.datetime) -> int:
        """As the port says."""
        still = (_I.c.tenant == tenant) & (_I.c.maker == maker) & _I.c.ended.is_(None)
        ended = update(_I).where(still).values(ended=Ending.REVOKED.value, ended_at=at)
        return (await self._connection.execute(ended)).rowcount

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_I).where(_I.c.tenant == tenant, _I.c.expires_at < before))
