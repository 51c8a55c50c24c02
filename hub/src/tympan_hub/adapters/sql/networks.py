"""The networks agents are in."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts
from tympan_hub.adapters.sql.spans import key_of, span_from
from tympan_hub.domain.ids import AgentId, CapabilityKey, TenantId
from tympan_hub.domain.ranges import Span, joined
from tympan_hub.domain.scan_plans import block_of

_A, _K, _N = tables.agents, tables.agent_keys, tables.agent_networks
_S = tables.device_sightings
_SPANS_AT_ONCE = 100


class SqlNetworks:
    """``Networks``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, tenant: TenantId, agents: Collection[AgentId]) -> Mapping[AgentId, tuple[Span, ...]]:
        """As the port says."""
        rows: list[Any] = []
        for part in in_parts(agents):
            found = select(_N.c.agent, _N.c.first, _N.c.last).where(_N.c.tenant == tenant, _N.c.agent.in_(part))
            rows += await self._connection.execute(found)
        return _by_agent(rows)

    async def reaching(
        self, tenant: TenantId, spans: Collection[Span], capability: CapabilityKey, most: int
    ) -> Mapping[AgentId, tuple[Span, ...]]:
        """As the port says."""
        rows: list[Any] = []
        for part in in_parts(spans, _SPANS_AT_ONCE):
            rows += await self._connection.execute(_reaching(tenant, part, capability, most))
        return _by_agent(rows)

    async def sighted(
        self, tenant: TenantId, capability: CapabilityKey, most: int
    ) -> Mapping[AgentId, tuple[Span, ...]]:
        """As the port says."""
        able = _S.join(_A, (_S.c.tenant == _A.c.tenant) & (_S.c.agent == _A.c.id)).join(
            _K, (_S.c.tenant == _K.c.tenant) & (_S.c.agent == _K.c.agent)
        )
        seen = (
            select(_S.c.agent, _S.c.addresses)
            .select_from(able)
            .where(_S.c.tenant == tenant, or_(_S.c.in_view, _S.c.paused != ""), _A.c.revoked_at.is_(None))
            .where(_K.c.key == capability, _K.c.running)
            .order_by(_S.c.seen_at.desc())
            .limit(most)
        )
        found: dict[AgentId, set[Span]] = {}
        for row in await self._connection.execute(seen):
            blocks = (block for address in row.addresses if (block := block_of(address)) is not None)
            found.setdefault(AgentId(row.agent), set()).update(blocks)
        return {agent: joined(blocks) for agent, blocks in found.items() if blocks}


def _reaching(tenant: TenantId, spans: Iterable[Span], capability: CapabilityKey, most: int) -> Any:
    able = _N.join(_A, (_N.c.tenant == _A.c.tenant) & (_N.c.agent == _A.c.id)).join(
        _K, (_N.c.tenant == _K.c.tenant) & (_N.c.agent == _K.c.agent)
    )
    last_heard = func.row_number().over(partition_by=_N.c.network, order_by=(_A.c.seen_at.desc(), _A.c.id))
    found = (
        select(_N.c.agent, _N.c.first, _N.c.last, _A.c.seen_at, last_heard.label("place"))
        .select_from(able)
        .where(_N.c.tenant == tenant, _A.c.revoked_at.is_(None))
        .where(_K.c.key == capability, _K.c.running, or_(*map(_overlaps, spans)))
        .subquery()
    )
    few = select(found.c.agent, found.c.first, found.c.last).where(found.c.place <= most)
    return few.order_by(found.c.seen_at.desc(), found.c.agent)


def _overlaps(span: Span) -> ColumnElement[bool]:
    low, high = key_of(span.version, span.low), key_of(span.version, span.high)
    return and_(_N.c.first <= high, _N.c.last >= low)


def _by_agent(rows: Iterable[Any]) -> Mapping[AgentId, tuple[Span, ...]]:
    found: dict[AgentId, list[Span]] = {}
    for row in rows:
        found.setdefault(AgentId(row.agent), []).append(span_from(row.first, row.last))
    return {agent: joined(spans) for agent, spans in found.items()}
