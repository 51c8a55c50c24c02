"""Policy of groups: their editions, and the documents their agents get."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.group_agents import reaching
from tympan_hub.adapters.sql.policies import rules_of, told_of, verdict_of
from tympan_hub.adapters.sql.rows import put
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import AgentId, CapabilityKey, GroupId, TenantId
from tympan_hub.domain.policy import AgentPolicy, Edition

_P, _A, _G = tables.group_policies, tables.agent_policies, tables.groups


def _edition(row: Any) -> Edition:
    return Edition(
        tenant=TenantId(row.tenant),
        group=GroupId(row.group),
        number=row.number,
        issued_at=row.issued_at,
        by=row.by,
        key=CapabilityKey(row.key),
        before=verdict_of(row.before),
        after=verdict_of(row.after),
        rules=rules_of(row.rules),
    )


def _newest(tenant: TenantId, group: GroupId, limit: int) -> Select[Any]:
    mine = select(_P).where(_P.c.tenant == tenant, _P.c.group == group)
    return mine.order_by(_P.c.number.desc()).limit(limit)


class SqlGroupPolicies:
    """``GroupPolicies``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def current(self, tenant: TenantId, group: GroupId) -> Edition | None:
        """As the port says."""
        row = (await self._connection.execute(_newest(tenant, group, 1))).one_or_none()
        return _edition(row) if row else None

    async def add(self, tenant: TenantId, edition: Edition) -> None:
        """As the port says."""
        tables.same_tenant(tenant, edition.tenant)
        row = {"tenant": tenant, "group": edition.group, **told_of(edition)}
        try:
            await self._connection.execute(insert(_P).values(row))
        except IntegrityError as error:
            raise _meanwhile() from error

    async def editions(self, tenant: TenantId, group: GroupId, before: int | None, limit: int) -> tuple[Edition, ...]:
        """As the port says."""
        wanted = _newest(tenant, group, limit)
        if before is not None:
            wanted = wanted.where(_P.c.number < before)
        return tuple(_edition(row) for row in await self._connection.execute(wanted))

    async def last_changes(self, tenant: TenantId, group: GroupId) -> Mapping[CapabilityKey, Edition]:
        """As the port says."""
        mine = (_P.c.tenant == tenant, _P.c.group == group)
        last = select(func.max(_P.c.number)).where(*mine).group_by(_P.c.key)
        rows = await self._connection.execute(select(_P).where(*mine, _P.c.number.in_(last)))
        return {edition.key: edition for edition in map(_edition, rows)}

    async def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[tuple[str, Edition], ...]:
        """As the port says."""
        last = select(_P.c.group, func.max(_P.c.number).label("number")).where(_P.c.tenant == tenant)
        newest = last.where(_P.c.group.in_(reaching(tenant, agent))).group_by(_P.c.group).subquery()
        joined = _P.join(newest, (_P.c.group == newest.c.group) & (_P.c.number == newest.c.number))
        named = joined.join(_G, (_G.c.tenant == _P.c.tenant) & (_G.c.id == _P.c.group))
        found = select(_P, _G.c.name).select_from(named).where(_P.c.tenant == tenant).order_by(_G.c.name)
        return tuple((row.name, _edition(row)) for row in await self._connection.execute(found))


class SqlAgentPolicies:
    """``AgentPolicies``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: TenantId, agent: AgentId) -> AgentPolicy | None:
        """As the port says."""
        found = select(_A).where(_A.c.tenant == tenant, _A.c.agent == agent)
        row = (await self._connection.execute(found)).one_or_none()
        if row is None:
            return None
        return AgentPolicy(
            tenant=TenantId(row.tenant),
            agent=AgentId(row.agent),
            number=row.number,
            issued_at=row.issued_at,
            rules=rules_of(row.rules),
            origins={CapabilityKey(key): name for key, name in row.origins.items()},
            envelope=row.envelope,
        )

    async def put(self, tenant: TenantId, policy: AgentPolicy) -> None:
        """As the port says."""
        tables.same_tenant(tenant, policy.tenant)
        known = await self.get(tenant, policy.agent)
        if known is not None and known.number >= policy.number:
            raise _meanwhile()
        row = {
            "tenant": tenant,
            "agent": policy.agent,
            "number": policy.number,
            "issued_at": policy.issued_at,
            "rules": {key: verdict.value for key, verdict in policy.rules.items()},
            "origins": dict(policy.origins),
            "envelope": policy.envelope,
        }
        await put(self._connection, _A, [row])


def _meanwhile() -> Conflict:
    return Conflict("somebody changed the policy meanwhile", next_step="Look again.")
