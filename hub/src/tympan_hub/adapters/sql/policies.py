"""Editions of policy documents."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import CapabilityKey, TenantId
from tympan_hub.domain.policy import Edition, Verdict

_P = tables.policies


def verdict_of(word: str | None) -> Verdict | None:
    """The verdict of a column."""
    return Verdict(word) if word else None


def rules_of(table: Mapping[str, str]) -> Mapping[CapabilityKey, Verdict]:
    """The rules of a column."""
    return {CapabilityKey(key): Verdict(verdict) for key, verdict in table.items()}


def told_of(edition: Edition) -> dict[str, Any]:
    """The columns that editions of every scope have."""
    return {
        "number": edition.number,
        "issued_at": edition.issued_at,
        "by": edition.by,
        "key": edition.key,
        "before": edition.before.value if edition.before else None,
        "after": edition.after.value if edition.after else None,
        "rules": {key: verdict.value for key, verdict in edition.rules.items()},
    }


def _edition(row: Any) -> Edition:
    return Edition(
        tenant=TenantId(row.tenant),
        number=row.number,
        issued_at=row.issued_at,
        by=row.by,
        key=CapabilityKey(row.key),
        before=verdict_of(row.before),
        after=verdict_of(row.after),
        rules=rules_of(row.rules),
        envelope=row.envelope,
    )


def _newest(tenant: TenantId, limit: int) -> Select[Any]:
    return select(_P).where(_P.c.tenant == tenant).order_by(_P.c.number.desc()).limit(limit)


class SqlPolicies:
    """``Policies``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def current(self, tenant: TenantId) -> Edition | None:
        """As the port says."""
        row = (await self._connection.execute(_newest(tenant, 1))).one_or_none()
        return _edition(row) if row else None

    async def add(self, tenant: TenantId, edition: Edition) -> None:
        """As the port says."""
        tables.same_tenant(tenant, edition.tenant)
        row = {"tenant": tenant, "envelope": edition.envelope, **told_of(edition)}
        try:
            await self._connection.execute(insert(_P).values(row))
        except IntegrityError as error:
            raise Conflict("somebody changed the policy meanwhile", next_step="Look again.") from error

    async def editions(self, tenant: TenantId, before: int | None, limit: int) -> tuple[Edition, ...]:
        """As the port says."""
        wanted = _newest(tenant, limit)
        if before is not None:
            wanted = wanted.where(_P.c.number < before)
        return tuple(_edition(row) for row in await self._connection.execute(wanted))

    async def last_changes(self, tenant: TenantId) -> Mapping[CapabilityKey, Edition]:
        """As the port says."""
        last = select(func.max(_P.c.number)).where(_P.c.tenant == tenant).group_by(_P.c.key)
        rows = await self._connection.execute(select(_P).where(_P.c.tenant == tenant, _P.c.number.in_(last)))
        return {edition.key: edition for edition in map(_edition, rows)}
