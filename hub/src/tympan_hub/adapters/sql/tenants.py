"""Tenants, and the directory that tells whose something is."""

import datetime as dt

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId, TokenHash
from tympan_hub.domain.limits.attempts import PLACES
from tympan_hub.domain.people import NO_PASSWORD
from tympan_hub.domain.tenants import Tenant

_T = tables.tenants
_WITH_WEBHOOKS = select(_T.c.id).where(_T.c.webhooks > 0).order_by(_T.c.id)


class SqlTenants:
    """``Tenants``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, name: str, created_at: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(insert(_T).values(id=tenant, name=name, created_at=created_at))

    async def get(self, tenant: TenantId) -> Tenant | None:
        """As the port says."""
        row = (await self._connection.execute(select(_T).where(_T.c.id == tenant))).one_or_none()
        return Tenant(id=TenantId(row.id), name=row.name, created_at=row.created_at) if row else None


class SqlDirectory:
    """``Directory``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def tenants(self) -> tuple[Tenant, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_T).where(_T.c.id != SERVICE).order_by(_T.c.name))
        return tuple(Tenant(id=TenantId(row.id), name=row.name, created_at=row.created_at) for row in rows)

    async def of_email(self, email: str) -> tuple[TenantId, ...]:
        """As the port says."""
        people = tables.people.c
        may = people.email == email, people.password != NO_PASSWORD, people.disabled_at.is_(None)
        found = select(people.tenant).where(*may).order_by(people.created_at, people.tenant)
        return tuple(TenantId(name) for name in (await self._connection.execute(found.limit(PLACES))).scalars())

    async def of_session(self, session: TokenHash) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.sessions.c.tenant, tables.sessions.c.hash == session)

    async def with_webhooks(self) -> tuple[TenantId, ...]:
        """As the port says."""
        return tuple(TenantId(name) for name in (await self._connection.execute(_WITH_WEBHOOKS)).scalars())

    async def of_domain(self, domain: str) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.provider_domains.c.tenant, tables.provider_domains.c.domain == domain)

    async def of_api_token(self, hashed: TokenHash) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.api_tokens.c.tenant, tables.api_tokens.c.hash == hashed)

    async def of_mail_address(self, hashed: TokenHash) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.mail_addresses.c.tenant, tables.mail_addresses.c.hash == hashed)

    async def of_half_sign_in(self, half: TokenHash) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.half_sign_ins.c.tenant, tables.half_sign_ins.c.hash == half)

    async def of_invitation(self, hashed: TokenHash) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.invitations.c.tenant, tables.invitations.c.hash == hashed)

    async def of_enrolment(self, token: TokenHash) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.enrolments.c.tenant, tables.enrolments.c.hash == token)

    async def of_agent(self, agent: AgentId) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.agents.c.tenant, tables.agents.c.id == agent)

    async def of_device_code(self, code: TokenHash) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.device_codes.c.tenant, tables.device_codes.c.hash == code)

    async def of_user_code(self, user_code: str) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.device_codes.c.tenant, tables.device_codes.c.user_code == user_code)

    async def of_kiosk(self, kiosk: TokenHash) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.release_points.c.tenant, tables.release_points.c.kiosk == kiosk)

    async def of_station(self, token: TokenHash) -> TenantId | None:
        """As the port says."""
        return await self._whose(tables.stations.c.tenant, tables.stations.c.hash == token)

    async def _whose(self, tenant: ColumnElement[str], where: ColumnElement[bool]) -> TenantId | None:
        found = (await self._connection.execute(select(tenant).where(where))).scalar_one_or_none()
        return None if found is None else TenantId(found)
