"""People signed in at agents."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts
from tympan_hub.domain.ids import AgentId, PersonId, SignInId, TenantId, TokenHash
from tympan_hub.domain.sign_ins import Present, SignIn

_S, _P = tables.sign_ins, tables.people


def _sign_in(row: Any) -> SignIn:
    return SignIn(
        id=SignInId(row.id),
        tenant=TenantId(row.tenant),
        agent=AgentId(row.agent),
        user=row.user,
        person=PersonId(row.person),
        token=TokenHash(row.token),
        previous=row.previous,
        began_at=row.began_at,
        renewed_at=row.renewed_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
    )


def _times(sign_in: SignIn) -> dict[str, Any]:
    return {
        "token": sign_in.token,
        "previous": sign_in.previous,
        "renewed_at": sign_in.renewed_at,
        "expires_at": sign_in.expires_at,
    }


def _is(tenant: TenantId, sign_in: SignInId) -> ColumnElement[bool]:
    return and_(_S.c.tenant == tenant, _S.c.id == sign_in)


def _lasts(tenant: TenantId, at: dt.datetime) -> ColumnElement[bool]:
    return and_(_S.c.tenant == tenant, _S.c.ended_at.is_(None), _S.c.expires_at > at)


class SqlSignIns:
    """``SignIns``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, sign_in: SignIn) -> None:
        """As the port says."""
        tables.same_tenant(tenant, sign_in.tenant)
        row = {
            "tenant": tenant,
            "id": sign_in.id,
            "agent": sign_in.agent,
            "user": sign_in.user,
            "person": sign_in.person,
            "began_at": sign_in.began_at,
            "ended_at": sign_in.ended_at,
            **_times(sign_in),
        }
        await self._connection.execute(insert(_S).values(row))

    async def get(self, tenant: TenantId, sign_in: SignInId) -> SignIn | None:
        """As the port says."""
        row = (await self._connection.execute(select(_S).where(_is(tenant, sign_in)))).one_or_none()
        return _sign_in(row) if row else None

    async def present(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> tuple[Present, ...]:
        """As the port says."""
        joined = _S.join(_P, (_S.c.tenant == _P.c.tenant) & (_S.c.person == _P.c.id))
        named = select(_S, _P.c.name.label("person_name")).select_from(joined)
        found = named.where(_lasts(tenant, at), _S.c.agent == agent, _P.c.disabled_at.is_(None)).order_by(_S.c.user)
        rows = await self._connection.execute(found)
        return tuple(Present(sign_in=_sign_in(row), name=row.person_name) for row in rows)

    async def people_at(
        self, tenant: TenantId, agents: Collection[AgentId], at: dt.datetime
    ) -> Mapping[AgentId, frozenset[PersonId]]:
        """As the port says."""
        joined = _S.join(_P, (_S.c.tenant == _P.c.tenant) & (_S.c.person == _P.c.id))
        found: dict[AgentId, frozenset[PersonId]] = {}
        for part in in_parts(agents):
            wanted = select(_S.c.agent, _S.c.person).select_from(joined)
            lasting = wanted.where(_lasts(tenant, at), _S.c.agent.in_(part), _P.c.disabled_at.is_(None))
            for row in await self._connection.execute(lasting):
                agent = AgentId(row.agent)
                found[agent] = found.get(agent, frozenset()) | {PersonId(row.person)}
        return found

    async def of_person(self, tenant: TenantId, person: PersonId, at: dt.datetime) -> tuple[SignIn, ...]:
        """As the port says."""
        found = select(_S).where(_lasts(tenant, at), _S.c.person == person).order_by(_S.c.began_at.desc(), _S.c.id)
        return tuple(_sign_in(row) for row in await self._connection.execute(found))

    async def of_users(self, tenant: TenantId, agent: AgentId, users: Collection[str]) -> tuple[SignIn, ...]:
        """As the port says."""
        found: list[SignIn] = []
        for part in in_parts(users):
            wanted = select(_S).where(_S.c.tenant == tenant, _S.c.agent == agent, _S.c.user.in_(part))
            found += [_sign_in(row) for row in await self._connection.execute(wanted)]
        return tuple(found)

    async def renew(self, tenant: TenantId, sign_in: SignIn) -> None:
        """As the port says."""
        tables.same_tenant(tenant, sign_in.tenant)
        await self._connection.execute(update(_S).where(_is(tenant, sign_in.id)).values(**_times(sign_in)))

    async def end(self, tenant: TenantId, sign_in: SignInId, at: dt.datetime) -> bool:
        """As the port says."""
        ended = update(_S).where(_is(tenant, sign_in), _S.c.ended_at.is_(None)).values(ended_at=at)
        return (await self._connection.execute(ended)).rowcount == 1

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        gone = or_(_S.c.ended_at < before, _S.c.expires_at < before)
        await self._connection.execute(delete(_S).where(_S.c.tenant == tenant, gone))
