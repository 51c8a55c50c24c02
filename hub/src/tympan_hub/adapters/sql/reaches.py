"""Which agents reach what: counted by the database, a page at a time."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.domain.ids import AgentId, DeviceId, TenantId
from tympan_hub.domain.reaches import AgentReach, NetworkReach, OnlyOne, ReachFilter, ReachSums
from tympan_hub.domain.sightings import BY_HAND

_A, _N = tables.agents, tables.agent_networks
_D, _S = tables.found_devices, tables.device_sightings
_IN = _N.join(_A, and_(_N.c.tenant == _A.c.tenant, _N.c.agent == _A.c.id, _A.c.revoked_at.is_(None)))
_HAS = and_(_S.c.tenant == _N.c.tenant, _S.c.agent == _N.c.agent, _S.c.in_view)
_IS = and_(_D.c.tenant == _S.c.tenant, _D.c.id == _S.c.device)
_ALONE = func.count(case((_D.c.in_view == 1, _S.c.device)).distinct())
_DEVICES = func.count(_S.c.device.distinct())


class SqlReaches:
    """``Reaches``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def sums(self, tenant: TenantId) -> ReachSums:
        """As the port says."""
        there = (_D.c.tenant == tenant, _D.c.in_view > 0)
        alone = func.sum(case((_D.c.in_view == 1, 1), else_=0))
        devices = (
            await self._connection.execute(select(func.count().label("all"), alone.label("alone")).where(*there))
        ).one()
        seeing = select(func.count(_S.c.agent.distinct())).where(
            _S.c.tenant == tenant, _S.c.in_view, _S.c.agent != BY_HAND
        )
        agents = (await self._connection.execute(seeing)).scalar_one()
        return ReachSums(devices=devices.all, alone=int(devices.alone or 0), agents=agents)

    async def networks(self, tenant: TenantId, wanted: ReachFilter, most: int) -> tuple[NetworkReach, ...]:
        """As the port says."""
        chosen = (
            select(_N.c.network, func.count().label("agents"))
            .select_from(_IN)
            .where(*_wanted(tenant, wanted))
            .group_by(_N.c.network, _N.c.first, _N.c.last)
            .order_by(_N.c.first, _N.c.last)
        )
        rows = (await self._connection.execute(chosen.offset(wanted.first).limit(wanted.limit))).all()
        names = [row.network for row in rows]
        seen, some = await self._seen(tenant, names), await self._some(tenant, names, most)
        return tuple(
            NetworkReach(
                network=row.network,
                agents=row.agents,
                devices=seen.get(row.network, (0, 0))[0],
                alone=seen.get(row.network, (0, 0))[1],
                some=some.get(row.network, ()),
            )
            for row in rows
        )

    async def tally(self, tenant: TenantId, wanted: ReachFilter) -> int:
        """As the port says."""
        counted = select(func.count(_N.c.network.distinct())).select_from(_IN).where(*_wanted(tenant, wanted))
        return (await self._connection.execute(counted)).scalar_one()

    async def alone(self, tenant: TenantId, wanted: ReachFilter) -> tuple[OnlyOne, ...]:
        """As the port says."""
        found = select(_D.c.id, func.min(_S.c.agent).label("agent")).select_from(_D.join(_S, _IS))
        few = found.where(*_lonely(tenant, wanted)).group_by(_D.c.id, _D.c.listed).order_by(_D.c.listed, _D.c.id)
        rows = await self._connection.execute(few.offset(wanted.first).limit(wanted.limit))
        return tuple(OnlyOne(device=DeviceId(row.id), agent=AgentId(row.agent)) for row in rows)

    async def tally_alone(self, tenant: TenantId, wanted: ReachFilter) -> int:
        """As the port says."""
        counted = select(func.count(_D.c.id.distinct())).select_from(_D.join(_S, _IS))
        return (await self._connection.execute(counted.where(*_lonely(tenant, wanted)))).scalar_one()

    async def _seen(self, tenant: TenantId, networks: Collection[str]) -> Mapping[str, tuple[int, int]]:
        """Devices in view from some networks, and how many of them one agent alone has."""
        pairs = (
            select(_N.c.network, _S.c.device)
            .select_from(_IN.join(_S, _HAS))
            .where(_N.c.tenant == tenant, _N.c.network.in_(networks))
            .distinct()
            .subquery()
        )
        alone = func.sum(case((_D.c.in_view == 1, 1), else_=0))
        seen = (
            select(pairs.c.network, func.count().label("devices"), alone.label("alone"))
            .select_from(pairs.join(_D, and_(_D.c.tenant == tenant, _D.c.id == pairs.c.device)))
            .group_by(pairs.c.network)
        )
        return {row.network: (row.devices, int(row.alone)) for row in await self._connection.execute(seen)}

    async def _some(
        self, tenant: TenantId, networks: Collection[str], most: int
    ) -> Mapping[str, tuple[AgentReach, ...]]:
        found: dict[str, tuple[AgentReach, ...]] = {}
        for row in await self._connection.execute(_some(tenant, networks, most)):
            one = AgentReach(agent=AgentId(row.agent), name=row.name, devices=row.devices, alone=row.alone)
            found[row.network] = (*found.get(row.network, ()), one)
        return found


def _some(tenant: TenantId, networks: Collection[str], most: int) -> Select[Any]:
    """Of each network the agents on which the most depends, with what each of them sees."""
    there = select(_N.c.agent).where(_N.c.tenant == tenant, _N.c.network.in_(networks))
    sums = (
        select(_S.c.agent, _DEVICES.label("devices"), _ALONE.label("alone"))
        .select_from(_S.join(_D, _IS))
        .where(_S.c.tenant == tenant, _S.c.in_view, _S.c.agent.in_(there))
        .group_by(_S.c.agent)
        .subquery()
    )
    devices, alone = func.coalesce(sums.c.devices, 0), func.coalesce(sums.c.alone, 0)
    order = (alone.desc(), devices.desc(), _A.c.sought, _A.c.id)
    ranked = (
        select(
            _N.c.network,
            _N.c.agent,
            _A.c.name,
            devices.label("devices"),
            alone.label("alone"),
            func.row_number().over(partition_by=_N.c.network, order_by=order).label("place"),
        )
        .select_from(_IN.outerjoin(sums, sums.c.agent == _N.c.agent))
        .where(_N.c.tenant == tenant, _N.c.network.in_(networks))
        .subquery()
    )
    return select(ranked).where(ranked.c.place <= most).order_by(ranked.c.network, ranked.c.place)


def _wanted(tenant: TenantId, wanted: ReachFilter) -> list[ColumnElement[bool]]:
    """Networks of which each word is a part, or of the name of an agent in them."""
    conditions: list[ColumnElement[bool]] = [_N.c.tenant == tenant]
    for word in wanted.words:
        other = _N.alias()
        named = (
            select(other.c.agent)
            .select_from(other.join(_A, and_(other.c.tenant == _A.c.tenant, other.c.agent == _A.c.id)))
            .where(other.c.tenant == tenant, other.c.network == _N.c.network, _A.c.revoked_at.is_(None))
            .where(_A.c.sought.contains(word, autoescape=True))
            .correlate(_N)
            .exists()
        )
        conditions.append(or_(_N.c.network.contains(word, autoescape=True), named))
    return conditions


def _lonely(tenant: TenantId, wanted: ReachFilter) -> list[ColumnElement[bool]]:
    conditions = [_D.c.tenant == tenant, _D.c.in_view == 1, _S.c.in_view, _S.c.agent != BY_HAND]
    conditions += [_D.c.sought.contains(word, autoescape=True) for word in wanted.words]
    return conditions if wanted.agent is None else [*conditions, _S.c.agent == wanted.agent]
