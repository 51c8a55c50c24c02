"""Tokens of the API, and the answers kept for what they repeat."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import put
from tympan_hub.domain.api_tokens import ApiToken
from tympan_hub.domain.ids import ApiTokenId, PersonId, TenantId, TokenHash
from tympan_hub.domain.people import Role
from tympan_hub.domain.repeats import Repeat

_T, _R = tables.api_tokens, tables.repeats


def _token(row: Any) -> ApiToken:
    return ApiToken(
        id=ApiTokenId(row.id),
        tenant=TenantId(row.tenant),
        hash=TokenHash(row.hash),
        prefix=row.prefix,
        name=row.name,
        role=Role(row.role),
        person=PersonId(row.person),
        made_at=row.made_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
        makes_administrators=row.makes_administrators,
    )


class SqlApiTokens:
    """``ApiTokens``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, token: ApiToken) -> None:
        """As the port says."""
        tables.same_tenant(tenant, token.tenant)
        row = {
            "tenant": tenant,
            "id": token.id,
            "hash": token.hash,
            "prefix": token.prefix,
            "name": token.name,
            "role": token.role.value,
            "person": token.person,
            "made_at": token.made_at,
            "expires_at": token.expires_at,
            "used_at": token.used_at,
            "revoked_at": token.revoked_at,
            "makes_administrators": token.makes_administrators,
        }
        await self._connection.execute(insert(_T).values(row))

    async def get(self, tenant: TenantId, token_id: ApiTokenId) -> ApiToken | None:
        """As the port says."""
        return await self._one(and_(_T.c.tenant == tenant, _T.c.id == token_id))

    async def by_hash(self, tenant: TenantId, hashed: TokenHash) -> ApiToken | None:
        """As the port says."""
        return await self._one(and_(_T.c.tenant == tenant, _T.c.hash == hashed))

    async def all(self, tenant: TenantId) -> tuple[ApiToken, ...]:
        """As the port says."""
        found = select(_T).where(_T.c.tenant == tenant).order_by(_T.c.made_at.desc(), _T.c.id)
        return tuple(_token(row) for row in await self._connection.execute(found))

    async def count(self, tenant: TenantId) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_T).where(_T.c.tenant == tenant, _T.c.revoked_at.is_(None))
        return (await self._connection.execute(counted)).scalar_one()

    async def used(self, tenant: TenantId, token_id: ApiTokenId, at: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(update(_T).where(_T.c.tenant == tenant, _T.c.id == token_id).values(used_at=at))

    async def revoke(self, tenant: TenantId, token_id: ApiTokenId, at: dt.datetime) -> bool:
        """As the port says."""
        mine = and_(_T.c.tenant == tenant, _T.c.id == token_id, _T.c.revoked_at.is_(None))
        return (await self._connection.execute(update(_T).where(mine).values(revoked_at=at))).rowcount == 1

    async def revoke_of(self, tenant: TenantId, person: PersonId, at: dt.datetime) -> int:
        """As the port says."""
        theirs = and_(_T.c.tenant == tenant, _T.c.person == person, _T.c.revoked_at.is_(None))
        return (await self._connection.execute(update(_T).where(theirs).values(revoked_at=at))).rowcount

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        ended = or_(_T.c.expires_at < before, _T.c.revoked_at < before)
        await self._connection.execute(delete(_T).where(_T.c.tenant == tenant, ended))

    async def _one(self, condition: ColumnElement[bool]) -> ApiToken | None:
        row = (await self._connection.execute(select(_T).where(condition))).one_or_none()
        return _token(row) if row else None


class SqlRepeats:
    """``Repeats``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash) -> Repeat | None:
        """As the port says."""
        row = (await self._connection.execute(select(_R).where(_is(tenant, token_id, keyed)))).one_or_none()
        if row is None:
            return None
        return Repeat(
            tenant=tenant,
            token=token_id,
            key=keyed,
            asked=TokenHash(row.asked),
            begun_at=row.begun_at,
            status=row.status,
            sealed=row.sealed,
        )

    async def begin(self, tenant: TenantId, repeat: Repeat) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, repeat.tenant)
        row = {
            "tenant": tenant,
            "token": repeat.token,
            "key": repeat.key,
            "asked": repeat.asked,
            "begun_at": repeat.begun_at,
            "status": repeat.status,
            "sealed": repeat.sealed,
        }
        return await put(self._connection, _R, [row], nothing=True) == 1

    async def end(self, tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash, status: int, sealed: bytes) -> None:
        """As the port says."""
        changed = update(_R).where(_is(tenant, token_id, keyed)).values(status=status, sealed=sealed)
        await self._connection.execute(changed)

    async def drop(self, tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash) -> None:
        """As the port says."""
        await self._connection.execute(delete(_R).where(_is(tenant, token_id, keyed)))

    async def count(self, tenant: TenantId, token_id: ApiTokenId) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_R).where(_R.c.tenant == tenant, _R.c.token == token_id)
        return (await self._connection.execute(counted)).scalar_one()

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_R).where(_R.c.tenant == tenant, _R.c.begun_at < before))


def _is(tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash) -> ColumnElement[bool]:
    return and_(_R.c.tenant == tenant, _R.c.token == token_id, _R.c.key == keyed)
