"""Device codes."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.domain.agents import Platform
from tympan_hub.domain.device_codes import Decision, DeviceCode, Purpose
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import AgentId, PersonId, TenantId, TokenHash

_C = tables.device_codes


def _code(row: Any) -> DeviceCode:
    return DeviceCode(
        hash=TokenHash(row.hash),
        tenant=TenantId(row.tenant),
        user_code=row.user_code,
        purpose=Purpose(row.purpose),
        agent=AgentId(row.agent) if row.agent else None,
        user=row.user,
        name=row.name,
        platform=Platform(row.platform),
        release=row.release,
        source=row.source,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        interval_s=row.interval_s,
        polled_at=row.polled_at,
        decision=Decision(row.decision),
        person=PersonId(row.person) if row.person else None,
        replaces=AgentId(row.replaces) if row.replaces else None,
        signs_in=row.signs_in,
    )


def _decided(code: DeviceCode) -> dict[str, Any]:
    return {
        "expires_at": code.expires_at,
        "interval_s": code.interval_s,
        "polled_at": code.polled_at,
        "decision": code.decision.value,
        "person": code.person,
        "replaces": code.replaces,
        "signs_in": code.signs_in,
    }


def _is(tenant: TenantId, code: TokenHash) -> ColumnElement[bool]:
    return and_(_C.c.tenant == tenant, _C.c.hash == code)


class SqlDeviceCodes:
    """``DeviceCodes``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, code: DeviceCode) -> None:
        """As the port says."""
        tables.same_tenant(tenant, code.tenant)
        row = {
            "tenant": tenant,
            "hash": code.hash,
            "user_code": code.user_code,
            "purpose": code.purpose.value,
            "agent": code.agent,
            "user": code.user,
            "name": code.name,
            "platform": code.platform.value,
            "release": code.release,
            "source": code.source,
            "asked_at": code.asked_at,
            **_decided(code),
        }
        try:
            await self._connection.execute(insert(_C).values(row))
        except IntegrityError as error:
            raise Conflict("this code is taken", next_step="Ask for another.") from error

    async def get(self, tenant: TenantId, code: TokenHash) -> DeviceCode | None:
        """As the port says."""
        return await self._one(_is(tenant, code))

    async def by_user_code(self, tenant: TenantId, user_code: str) -> DeviceCode | None:
        """As the port says."""
        return await self._one(and_(_C.c.tenant == tenant, _C.c.user_code == user_code))

    async def count(self, tenant: TenantId) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_C).where(_C.c.tenant == tenant)
        return (await self._connection.execute(counted)).scalar_one()

    async def change(self, tenant: TenantId, code: DeviceCode) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, code.tenant)
        changed = update(_C).where(_is(tenant, code.hash)).values(**_decided(code))
        return (await self._connection.execute(changed)).rowcount == 1

    async def remove(self, tenant: TenantId, code: TokenHash) -> None:
        """As the port says."""
        await self._connection.execute(delete(_C).where(_is(tenant, code)))

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_C).where(_C.c.tenant == tenant, _C.c.expires_at < before))

    async def _one(self, where: ColumnElement[bool]) -> DeviceCode | None:
        row = (await self._connection.execute(select(_C).where(where))).one_or_none()
        return _code(row) if row else None
