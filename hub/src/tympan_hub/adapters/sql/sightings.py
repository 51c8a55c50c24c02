"""Sightings of devices."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put, table_of, value_of
from tympan_hub.domain.devices import Reach
from tympan_hub.domain.ids import AgentId, DeviceId, TenantId
from tympan_hub.domain.sightings import BY_HAND, NOT_SWEPT, Description, Name, Pause, Sighting, Sweep, Trace

_S, _W, _A = tables.device_sightings, tables.device_sweeps, tables.agents
_TRACED: Final = ("in_view", "first_seen_at", "seen_at", "uuid", "serial", "fingerprint", "mac", "host", "model",
                  "uuid_shared", "certificate_shared", "digest", "paused")  # fmt: skip
_NAMED: Final = (_S.c.agent, _S.c.method, _S.c.key, _S.c.device)
_SWEPT: Final = _S.outerjoin(_W, and_(_W.c.tenant == _S.c.tenant, _W.c.agent == _S.c.agent, _W.c.method == _S.c.method))
_SWEPT_AT: Final = _W.c.at.label("swept_at")
_TRACES: Final = select(*_NAMED, *(_S.c[name] for name in _TRACED), _SWEPT_AT).select_from(_SWEPT)
_PLACES: Final = _TRACES.add_columns(_S.c.uri)
_SEEN_AT: Final = case((and_(_S.c.in_view, _W.c.at > _S.c.seen_at), _W.c.at), else_=_S.c.seen_at)
"""A sweep saw again all that was in view: it is written down once, and not with each of them."""

_NAME_PARTS: Final = 200
_STRONG: Final = ("serial", "uuid", "device")
_WEAK: Final = ("fingerprint", "mac", "host")


def _trace(row: Any) -> Trace:
    name = Name(AgentId(row.agent), row.method, row.key)
    told = {one: getattr(row, one) for one in _TRACED}
    pause, swept_at = Pause(row.paused), row.swept_at or NOT_SWEPT
    return Trace(**{**told, "name": name, "device": DeviceId(row.device), "paused": pause, "swept_at": swept_at})


def _sighting(row: Any) -> Sighting:
    return Sighting(
        trace=_trace(row),
        uri=row.uri,
        host_name=row.host_name,
        addresses=tuple(row.addresses),
        services=tuple(row.services),
        description=value_of(Description, row.description),
        detail=row.detail,
    )


def _row(tenant: TenantId, sighting: Sighting) -> dict[str, Any]:
    trace = sighting.trace
    return {
        "tenant": tenant,
        **trace.name._asdict(),
        "device": trace.device,
        **{name: getattr(trace, name) for name in _TRACED},
        "uri": sighting.uri,
        "host_name": sighting.host_name,
        "addresses": list(sighting.addresses),
        "services": list(sighting.services),
        "description": table_of(sighting.description),
        "detail": sighting.detail,
    }


_THIS: Final = and_(
    _S.c.tenant == bindparam("t"),
    _S.c.agent == bindparam("a"),
    _S.c.method == bindparam("m"),
    _S.c.key == bindparam("k"),
)


def _this(tenant: TenantId, name: Name) -> dict[str, Any]:
    return {"t": tenant, "a": name.agent, "m": name.method, "k": name.key}


class SqlSightings:
    """``Sightings``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, tenant: TenantId, sightings: Collection[Name]) -> tuple[Trace, ...]:
        """As the port says."""
        found: list[Trace] = []
        for part in in_parts(sightings, _NAME_PARTS):
            rows = await self._connection.execute(_TRACES.where(_S.c.tenant == tenant, _among(part)))
            found += map(_trace, rows)
        return tuple(found)

    async def kin(self, tenant: TenantId, traces: Collection[Trace], limit: int) -> tuple[Trace, ...]:
        """As the port says."""
        found: dict[Name, Trace] = {}
        asked: set[tuple[str, str]] = set()
        new = list(traces)
        while new and len(found) < limit:
            told: list[Trace] = []
            for condition in _shared(new, asked):
                rows = await self._connection.execute(_TRACES.where(_S.c.tenant == tenant, condition).limit(limit))
                told += map(_trace, rows)
            new = [trace for trace in {trace.name: trace for trace in told}.values() if trace.name not in found]
            found |= {trace.name: trace for trace in new}
        return tuple(found.values())

    async def put(self, tenant: TenantId, sightings: Collection[Sighting]) -> None:
        """As the port says."""
        if sightings:
            await put(self._connection, _S, [_row(tenant, sighting) for sighting in sightings])

    async def heard(self, tenant: TenantId, heard: Mapping[Name, dt.datetime]) -> None:
        """As the port says."""
        await self._view(tenant, heard, in_view=True)

    async def went(self, tenant: TenantId, gone: Mapping[Name, dt.datetime]) -> None:
        """As the port says."""
        await self._view(tenant, gone, in_view=False)

    async def _view(self, tenant: TenantId, names: Mapping[Name, dt.datetime], *, in_view: bool) -> None:
        if names:
            changed = update(_S).where(_THIS).values(in_view=in_view, paused="", seen_at=bindparam("at"))
            await self._connection.execute(changed, [{**_this(tenant, name), "at": at} for name, at in names.items()])

    async def assign(self, tenant: TenantId, traces: Collection[Trace]) -> None:
        """As the port says."""
        if traces:
            kept: dict[str, Any] = {
                "device": bindparam("d"),
                "uuid_shared": bindparam("u"),
                "certificate_shared": bindparam("c"),
            }
            rows = [
                {**_this(tenant, one.name), "d": one.device, "u": one.uuid_shared, "c": one.certificate_shared}
                for one in traces
            ]
            await self._connection.execute(update(_S).where(_THIS).values(**kept), rows)

    async def of(self, tenant: TenantId, device: DeviceId, limit: int) -> tuple[Sighting, ...]:
        """As the port says."""
        mine = _seen().where(_S.c.tenant == tenant, _S.c.device == device)
        latest = (_SEEN_AT.desc(), _S.c.agent, _S.c.method, _S.c.key)
        of_its_agent = func.row_number().over(partition_by=(_S.c.agent, _S.c.in_view), order_by=latest)
        fair = mine.order_by(_S.c.in_view.desc(), of_its_agent, *latest).limit(limit)  # none crowds out the others
        return tuple(map(_sighting, await self._connection.execute(fair)))

    async def of_devices(self, tenant: TenantId, devices: Collection[DeviceId], limit: int) -> tuple[Sighting, ...]:
        """As the port says."""
        found: list[Sighting] = []
        for part in in_parts(devices):
            mine = _seen().where(_S.c.tenant == tenant, _S.c.device.in_(part))
            latest = mine.order_by(_S.c.in_view.desc(), _SEEN_AT.desc()).limit(max(limit - len(found), 0))
            found += map(_sighting, await self._connection.execute(latest))
        return tuple(sorted(found, key=lambda one: (one.trace.seen_at, one.trace.name)))

    async def places(self, tenant: TenantId, devices: Collection[DeviceId]) -> tuple[Sighting, ...]:
        """As the port says."""
        found: list[Sighting] = []
        for part in in_parts(devices):
            mine = _PLACES.where(_S.c.tenant == tenant, _S.c.device.in_(part), _S.c.uri != "")
            rows = await self._connection.execute(mine)
            found += (Sighting(trace=_trace(row), uri=row.uri) for row in rows)
        return tuple(found)

    async def reach(self, tenant: TenantId, devices: Collection[DeviceId]) -> Mapping[DeviceId, Reach]:
        """As the port says."""
        methods: dict[DeviceId, dict[str, dt.datetime]] = {}
        for part in in_parts(devices):
            seen = select(_S.c.device, _S.c.method, func.max(_SEEN_AT).label("at")).select_from(_SWEPT)
            mine = seen.where(_S.c.tenant == tenant, _S.c.device.in_(part)).group_by(_S.c.device, _S.c.method)
            for row in await self._connection.execute(mine):
                methods.setdefault(DeviceId(row.device), {})[row.method] = row.at
        return {
            device: Reach(device=device, methods=tuple(sorted(by)), seen_at=max(by.values()))
            for device, by in methods.items()
        }

    async def count(self, tenant: TenantId, agent: AgentId, method: str) -> int:
        """As the port says."""
        mine = _views(tenant, agent, method)
        return (await self._connection.execute(select(func.count()).select_from(_S).where(*mine))).scalar_one()

    async def end(self, tenant: TenantId, agent: AgentId, at: dt.datetime, method: str) -> tuple[DeviceId, ...]:
        """As the port says."""
        return await self._leave(_views(tenant, agent, method), at, in_view=False, paused="")

    async def moving(self, tenant: TenantId, sweep: Sweep) -> tuple[Trace, ...]:
        """As the port says."""
        mine = (_S.c.tenant == tenant, _S.c.agent == sweep.agent, _S.c.method == sweep.method, _S.c.in_view)
        found: list[Trace] = []
        for kind, nameless in ((_S.c.uuid, ()), (_S.c.fingerprint, (_S.c.uuid == "",))):
            several = and_(*mine, _S.c.serial == "", kind != "", *nameless)
            doubled = select(kind).where(several).group_by(kind)
            doubled = doubled.having(func.count(_S.c.host.distinct()) > 1, func.max(_S.c.seen_at) > sweep.at)
            rows = await self._connection.execute(_TRACES.where(several, kind.in_(doubled)))
            found += map(_trace, rows)
        return tuple(found)

    async def views(self, tenant: TenantId, agent: AgentId) -> tuple[tuple[str, Pause], ...]:
        """As the port says."""
        mine = select(_S.c.method, _S.c.paused).where(*_views(tenant, agent, "")).distinct()
        rows = await self._connection.execute(mine.order_by(_S.c.method, _S.c.paused))
        return tuple((row.method, Pause(row.paused)) for row in rows)

    async def pause(
        self, tenant: TenantId, agent: AgentId, at: dt.datetime, method: str, was: Pause, now: Pause
    ) -> tuple[DeviceId, ...]:
        """As the port says."""
        mine = (_S.c.tenant == tenant, _S.c.agent == agent, _S.c.method == method, _S.c.paused == was)
        these = mine if was else (*mine, _S.c.in_view)
        return await self._leave(these, at, in_view=not now, paused=now)

    async def _leave(
        self, these: tuple[ColumnElement[bool], ...], at: dt.datetime, *, in_view: bool, paused: str
    ) -> tuple[DeviceId, ...]:
        """What was in view was seen last with the last sweep; tells whose sightings these are."""
        rows = await self._connection.execute(select(_S.c.device).where(*these).distinct())
        devices = tuple(map(DeviceId, rows.scalars()))
        swept = select(func.max(_W.c.at)).where(
            _W.c.tenant == _S.c.tenant, _W.c.agent == _S.c.agent, _W.c.method == _S.c.method, _W.c.at <= at
        )
        seen = swept.scalar_subquery()
        later = case((and_(_S.c.in_view, seen > _S.c.seen_at), seen), else_=_S.c.seen_at)
        values = {"in_view": in_view, "paused": paused, "seen_at": later}
        await self._connection.execute(update(_S).where(*these).values(values))
        return devices

    async def unsettled(self, tenant: TenantId, since: dt.datetime) -> tuple[AgentId, ...]:
        """As the port says."""
        has = and_(_S.c.tenant == _A.c.tenant, _S.c.agent == _A.c.id)
        seeing = select(_S.c.device).where(has, _S.c.in_view).correlate(_A).exists()
        waiting = select(_S.c.device).where(has, ~_S.c.in_view, _S.c.paused == Pause.AWAY).correlate(_A).exists()
        turned = or_(and_(_A.c.seen_at < since, seeing), and_(_A.c.seen_at >= since, waiting))
        found = select(_A.c.id).where(_A.c.tenant == tenant, _A.c.revoked_at.is_(None), turned)
        return tuple(map(AgentId, (await self._connection.execute(found.order_by(_A.c.id))).scalars()))

    async def rename(self, tenant: TenantId, renamed: Mapping[Name, str]) -> None:
        """As the port says."""
        if not renamed:
            return
        await self.drop(tenant, [Name(name.agent, name.method, key) for name, key in renamed.items()])
        rows = [{**_this(tenant, name), "n": key} for name, key in renamed.items()]
        await self._connection.execute(
            update(_S).where(_THIS).values(key=bindparam("n"), in_view=False, paused=""), rows
        )

    async def drop(self, tenant: TenantId, sightings: Collection[Name]) -> None:
        """As the port says."""
        for part in in_parts(sightings, _NAME_PARTS):
            await self._connection.execute(delete(_S).where(_S.c.tenant == tenant, _among(part)))

    async def trim(self, tenant: TenantId, agent: AgentId, most: int) -> None:
        """As the port says."""
        mine = (_S.c.tenant == tenant, _S.c.agent == agent)
        kept = (await self._connection.execute(select(func.count()).select_from(_S).where(*mine))).scalar_one()
        if kept <= most:
            return
        ended = select(_S.c.method, _S.c.key).where(*mine, _S.c.in_view.is_(False), _S.c.paused == "")
        rows = await self._connection.execute(ended.order_by(_S.c.seen_at).limit(kept - most))
        await self.drop(tenant, [Name(agent, row.method, row.key) for row in rows])

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        other = _S.alias()
        beside = select(other.c.key).where(
            other.c.tenant == _S.c.tenant,
            other.c.device == _S.c.device,
            or_(other.c.in_view, other.c.seen_at >= before),
        )
        ended = and_(_S.c.tenant == tenant, _S.c.in_view.is_(False), _S.c.seen_at < before, _S.c.agent != BY_HAND)
        await self._connection.execute(delete(_S).where(ended, beside.exists()))


def _seen() -> Any:
    """Whole sightings, with when they were really seen last."""
    columns = [column for column in _S.c if column.name != "seen_at"]
    return select(*columns, _SEEN_AT.label("seen_at"), _SWEPT_AT).select_from(_SWEPT)


def _views(tenant: TenantId, agent: AgentId, method: str) -> tuple[ColumnElement[bool], ...]:
    """What an agent has in view, and what it would have if it looked."""
    mine = (_S.c.tenant == tenant, _S.c.agent == agent, or_(_S.c.in_view, _S.c.paused != ""))
    return mine if not method else (*mine, _S.c.method == method)


def _among(names: Iterable[Name]) -> ColumnElement[bool]:
    return tuple_(_S.c.agent, _S.c.method, _S.c.key).in_([tuple(name) for name in names])


def _shared(traces: Iterable[Trace], asked: set[tuple[str, str]]) -> Iterator[ColumnElement[bool]]:
    """What to ask for to find who shares something with these, but for what was asked.

    The weaker evidence of what has a uuid bears on those alone that have none: hundreds of queues of one print server
    share all of it.
    """
    listed = list(traces)
    for kind in _STRONG:
        yield from _holding(kind, {getattr(trace, kind) for trace in listed}, asked, kind)
    for kind in _WEAK:
        wide = {getattr(trace, kind) for trace in listed if not trace.uuid}
        yield from _holding(kind, wide, asked, kind)
        narrow = {value for trace in listed if (value := getattr(trace, kind)) and (kind, value) not in asked}
        for condition in _holding(kind, narrow, asked, f"narrow {kind}"):
            yield and_(condition, _S.c.uuid == "")


def _holding(kind: str, values: set[str], asked: set[tuple[str, str]], mark: str) -> Iterator[ColumnElement[bool]]:
    new = sorted(value for value in values if value and (mark, value) not in asked)
    asked |= {(mark, value) for value in new}
    for part in in_parts(new):
        yield _S.c[kind].in_(part)
