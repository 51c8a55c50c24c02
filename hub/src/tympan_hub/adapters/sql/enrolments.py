"""The tokens that enrol agents."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.types import Moment
from tympan_hub.domain.agents import EnrolmentFilter, EnrolmentToken, TokenStanding
from tympan_hub.domain.ids import AgentId, PersonId, TenantId, TokenHash

_E = tables.enrolments
_UNUSED = (_E.c.agent.is_(None), _E.c.revoked_at.is_(None), _E.c.joined < _E.c.computers)


def _enrolment(row: Any) -> EnrolmentToken:
    return EnrolmentToken(
        hash=TokenHash(row.hash),
        tenant=TenantId(row.tenant),
        name=row.name,
        made_by=row.made_by,
        maker=PersonId(row.maker) if row.maker else None,
        made_at=row.made_at,
        expires_at=row.expires_at,
        agent=AgentId(row.agent) if row.agent else None,
        replaces=AgentId(row.replaces) if row.replaces else None,
        revoked_at=row.revoked_at,
        computers=row.computers,
        joined=row.joined,
    )


class SqlEnrolments:
    """``Enrolments``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, token: EnrolmentToken) -> None:
        """As the port says."""
        tables.same_tenant(tenant, token.tenant)
        row = {
            "tenant": tenant,
            "hash": token.hash,
            "name": token.name,
            "made_by": token.made_by,
            "maker": token.maker,
            "made_at": token.made_at,
            "expires_at": token.expires_at,
            "agent": token.agent,
            "replaces": token.replaces,
            "revoked_at": token.revoked_at,
            "computers": token.computers,
            "joined": token.joined,
        }
        await self._connection.execute(insert(_E).values(row))

    async def get(self, tenant: TenantId, token: TokenHash) -> EnrolmentToken | None:
        """As the port says."""
        found = select(_E).where(_E.c.tenant == tenant, _E.c.hash == token)
        row = (await self._connection.execute(found)).one_or_none()
        return _enrolment(row) if row else None

    async def find(self, tenant: TenantId, wanted: EnrolmentFilter, at: dt.datetime) -> tuple[EnrolmentToken, ...]:
        """As the port says."""
        found = select(_E).where(*_conditions(tenant, wanted, at)).order_by(_E.c.made_at.desc(), _E.c.hash.desc())
        rows = await self._connection.execute(found.offset(wanted.first).limit(wanted.limit))
        return tuple(map(_enrolment, rows))

    async def tally(self, tenant: TenantId, wanted: EnrolmentFilter, at: dt.datetime) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_E).where(*_conditions(tenant, wanted, at))
        return (await self._connection.execute(counted)).scalar_one()

    async def revoke(self, tenant: TenantId, token: TokenHash, at: dt.datetime) -> bool:
        """As the port says."""
        still = (_E.c.tenant == tenant, _E.c.hash == token, *_UNUSED)
        return (await self._connection.execute(update(_E).where(*still).values(revoked_at=at))).rowcount == 1

    async def revoke_by(self, tenant: TenantId, maker: PersonId, at: dt.datetime) -> int:
        """As the port says."""
        still = (_E.c.tenant == tenant, _E.c.maker == maker, *_UNUSED)
        return (await self._connection.execute(update(_E).where(*still).values(revoked_at=at))).rowcount

    async def use(self, tenant: TenantId, token: TokenHash, agent: AgentId) -> bool:
        """As the port says."""
        unused = (_E.c.tenant == tenant, _E.c.hash == token, *_UNUSED)
        return (await self._connection.execute(update(_E).where(*unused).values(agent=agent))).rowcount == 1

    async def join(self, tenant: TenantId, token: TokenHash) -> bool:
        """As the port says."""
        left = (_E.c.tenant == tenant, _E.c.hash == token, *_UNUSED)
        joined = update(_E).where(*left).values(joined=_E.c.joined + 1)
        return (await self._connection.execute(joined)).rowcount == 1

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_E).where(_E.c.tenant == tenant, _E.c.expires_at < before))


def _conditions(tenant: TenantId, wanted: EnrolmentFilter, at: dt.datetime) -> list[ColumnElement[bool]]:
    conditions = [_E.c.tenant == tenant]
    if wanted.standing is not None:
        conditions.append(_stands(wanted.standing, at))
    if wanted.after is not None:
        moment, token = literal(wanted.after[0], Moment), literal(wanted.after[1])
        conditions.append(tuple_(_E.c.made_at, _E.c.hash) < tuple_(moment, token))
    return conditions


def _stands(standing: TokenStanding, at: dt.datetime) -> ColumnElement[bool]:
    return {
        TokenStanding.OPEN: and_(*_UNUSED, _E.c.expires_at > at),
        TokenStanding.USED: or_(_E.c.agent.is_not(None), _E.c.joined >= _E.c.computers),
        TokenStanding.REVOKED: and_(_E.c.agent.is_(None), _E.c.joined < _E.c.computers, _E.c.revoked_at.is_not(None)),
        TokenStanding.EXPIRED: and_(*_UNUSED, _E.c.expires_at <= at),
    }[standing]
