"""Second factors, recovery codes, and those who are half signed in."""

import datetime as dt
from collections.abc import Collection

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.people import SHOWN, shown_person
from tympan_hub.adapters.sql.rows import table_of, value_of
from tympan_hub.domain.arrivals import Vouched
from tympan_hub.domain.ids import PersonId, TenantId, TokenHash
from tympan_hub.domain.second_factor import HalfSignedIn, SecondFactor
from tympan_hub.domain.sessions import Visitor

_F, _C, _H, _P = tables.second_factors, tables.recovery_codes, tables.half_sign_ins, tables.people


class SqlSecondFactors:
    """``SecondFactors``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: TenantId, person: PersonId) -> SecondFactor | None:
        """As the port says."""
        found = select(_F).where(_F.c.tenant == tenant, _F.c.person == person)
        row = (await self._connection.execute(found)).one_or_none()
        if row is None:
            return None
        return SecondFactor(
            person=PersonId(row.person), sealed=row.sealed, confirmed_at=row.confirmed_at, last_step=row.last_step
        )

    async def put(self, tenant: TenantId, factor: SecondFactor) -> None:
        """As the port says."""
        values = {"sealed": factor.sealed, "confirmed_at": factor.confirmed_at, "last_step": factor.last_step}
        changed = update(_F).where(_F.c.tenant == tenant, _F.c.person == factor.person).values(**values)
        if (await self._connection.execute(changed)).rowcount == 0:
            await self._connection.execute(insert(_F).values(tenant=tenant, person=factor.person, **values))

    async def remove(self, tenant: TenantId, person: PersonId) -> bool:
        """As the port says."""
        await self.keep_codes(tenant, person, ())
        removed = delete(_F).where(_F.c.tenant == tenant, _F.c.person == person)
        return (await self._connection.execute(removed)).rowcount == 1

    async def keep_codes(self, tenant: TenantId, person: PersonId, codes: Collection[TokenHash]) -> None:
        """As the port says."""
        await self._connection.execute(delete(_C).where(_C.c.tenant == tenant, _C.c.person == person))
        if codes:
            rows = [{"tenant": tenant, "person": person, "hash": code} for code in codes]
            await self._connection.execute(insert(_C), rows)

    async def spend_code(self, tenant: TenantId, person: PersonId, recovery: TokenHash) -> bool:
        """As the port says."""
        spent = delete(_C).where(_C.c.tenant == tenant, _C.c.person == person, _C.c.hash == recovery)
        return (await self._connection.execute(spent)).rowcount == 1

    async def codes_left(self, tenant: TenantId, person: PersonId) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_C).where(_C.c.tenant == tenant, _C.c.person == person)
        return (await self._connection.execute(counted)).scalar_one()


class SqlHalfSignIns:
    """``HalfSignIns``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, half: HalfSignedIn) -> None:
        """As the port says."""
        tables.same_tenant(tenant, half.person.tenant)
        row = {
            "tenant": tenant,
            "hash": half.hash,
            "person": half.person.id,
            "source": half.visitor.source,
            "browser": half.visitor.browser,
            "expires_at": half.expires_at,
            "vouched": table_of(half.vouched) if half.vouched else None,
        }
        await self._connection.execute(insert(_H).values(row))

    async def get(self, tenant: TenantId, half: TokenHash) -> HalfSignedIn | None:
        """As the port says."""
        joined = _H.join(_P, (_H.c.tenant == _P.c.tenant) & (_H.c.person == _P.c.id))
        wanted = select(*SHOWN, _H.c.hash, _H.c.source, _H.c.browser, _H.c.expires_at, _H.c.vouched).select_from(joined)
        row = (await self._connection.execute(wanted.where(_H.c.tenant == tenant, _H.c.hash == half))).one_or_none()
        if row is None:
            return None
        return HalfSignedIn(
            hash=TokenHash(row.hash),
            person=shown_person(row),
            visitor=Visitor(source=row.source, browser=row.browser),
            expires_at=row.expires_at,
            vouched=value_of(Vouched, row.vouched) if row.vouched else None,
        )

    async def remove(self, tenant: TenantId, half: TokenHash) -> bool:
        """As the port says."""
        removed = delete(_H).where(_H.c.tenant == tenant, _H.c.hash == half)
        return (await self._connection.execute(removed)).rowcount == 1

    async def remove_all(self, tenant: TenantId, person: PersonId) -> None:
        """As the port says."""
        await self._connection.execute(delete(_H).where(_H.c.tenant == tenant, _H.c.person == person))

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_H).where(_H.c.tenant == tenant, _H.c.expires_at < before))
