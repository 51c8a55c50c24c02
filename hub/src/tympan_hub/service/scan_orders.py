"""Orders of scans: what one would be, whether it may begin, and what is begun.

- Agents are chosen that run ``discovery.ippscan``, are connected, and are in the network, or else see devices near by;
  or an administrator names some, who are believed to reach what they are given.
- Nothing begins with addresses that nobody reaches, unless whoever orders has read which they are.
- Nothing begins outside private space, unless that was confirmed; the audit log keeps it. Where names lead nobody
  knows here: agents pass over what is outside unless it was confirmed.
- Nothing begins where another scan asks already.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

from attrs import field, frozen

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.errors import BadInput, Overlaps, Unconfirmed, Unreached
from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId, TenantId, new_id
from tympan_hub.domain.limits.scans import REACHERS, SCAN_AGENTS, SCAN_PER_S, SIGHTINGS_LOOKED_AT
from tympan_hub.domain.ranges import Ranges, Span, entries, ranges_of, read, without
from tympan_hub.domain.scan_plans import Plan, Share, overlap, plan, with_others
from tympan_hub.domain.scans import IPP_SCAN, Scan, ScanPart, check_scan
from tympan_hub.ports import Unit
from tympan_hub.service.known import known_agent, welcome_agent
from tympan_hub.service.presence import PresenceService

_TOLD_CHARS = 300


@frozen(kw_only=True)
class ScanOrder:
    """What somebody wants scanned.

    Attributes:
        targets: One entry a line.
        excluded: The same, left out.
        per_second: Addresses each agent asks within a second.
        agents: Who shall do it; none for those that reach it.
        outside: It is confirmed that addresses outside private space are asked, also those that names lead to.
        rest: Addresses nobody reaches are left out; else nothing begins with such.
    """

    targets: str
    excluded: str = ""
    per_second: int = SCAN_PER_S
    agents: tuple[AgentId, ...] = ()
    outside: bool = False
    rest: bool = False


@frozen(kw_only=True)
class ScanShare:
    """What one agent would do: how many addresses, and for how long."""

    agent: AgentId
    name: str
    targets: tuple[str, ...]
    addresses: int
    lasts: dt.timedelta


@frozen(kw_only=True)
class ScanPreview:
    """What a scan would be, before it is ordered.

    Attributes:
        wanted: All that is to be asked.
        excluded: What is left out.
        outside: What of it is outside private space.
        shares: Who would ask what.
        nobody: What no connected agent reaches.
        away: What of that an agent reaches that is not connected.
        unable: Names of agents that were chosen, and on which scans do not run.
        absent: Names of agents that were chosen, and are not connected.
    """

    wanted: Ranges
    excluded: Ranges
    outside: Ranges
    shares: tuple[ScanShare, ...]
    nobody: Ranges
    away: Ranges
    unable: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def lasts(self) -> dt.timedelta:
        """How long it takes at this speed, when every agent goes on."""
        return max((share.lasts for share in self.shares), default=dt.timedelta())


@frozen(kw_only=True)
class Looked:
    """What was found out about an order."""

    wanted: Ranges
    excluded: Ranges
    plan: Plan
    away: Ranges
    names: Mapping[AgentId, str]
    unable: tuple[str, ...] = ()
    absent: tuple[str, ...] = field(default=())


async def look(presence: PresenceService, unit: Unit, tenant: TenantId, order: ScanOrder) -> Looked:
    """Finds out what an order would be. Raises ``BadInput`` or ``NotFound`` for one that cannot be."""
    excluded = read(order.excluded, field="excluded", ends=True)
    wanted = without(read(order.targets, field="targets"), excluded)
    check_scan(wanted, order.per_second)
    if order.agents:
        return await _named(presence, unit, tenant, order, wanted, excluded)
    reaching = await unit.networks.reaching(tenant, wanted.spans, IPP_SCAN, REACHERS)
    connected = await presence.connected_of(unit, tenant, reaching)
    here = {agent: spans for agent, spans in reaching.items() if agent in connected}
    if wanted.hosts and not here:
        here.update(await _anybody(presence, unit, tenant))
    made, names = plan(wanted, here), set(here)
    if made.nobody.spans:
        sighted = await unit.networks.sighted(tenant, IPP_SCAN, SIGHTINGS_LOOKED_AT)
        connected |= await presence.connected_of(unit, tenant, sighted)
        made = with_others(made, {agent: spans for agent, spans in sighted.items() if agent in connected})
        names |= set(sighted)
    away = plan(made.nobody, {agent: spans for agent, spans in reaching.items() if agent not in connected})
    return Looked(
        wanted=wanted,
        excluded=excluded,
        plan=made,
        away=without(made.nobody, away.nobody),
        names=await unit.agents.names(tenant, names),
    )


async def _named(
    presence: PresenceService, unit: Unit, tenant: TenantId, order: ScanOrder, wanted: Ranges, excluded: Ranges
) -> Looked:
    if len(order.agents) > SCAN_AGENTS:
        raise BadInput(
            f"a scan is given to at most {SCAN_AGENTS} agents by name", next_step="Choose fewer.", field="agents"
        )
    agents = [await welcome_agent(unit, tenant, agent) for agent in dict.fromkeys(order.agents)]
    names = {agent.id: agent.name for agent in agents}
    networks = await unit.networks.of(tenant, names)
    connected = await presence.connected_of(unit, tenant, names)
    return Looked(
        wanted=wanted,
        excluded=excluded,
        plan=plan(wanted, {agent: networks.get(agent, ()) for agent in names}, named=True),
        away=Ranges(),
        names=names,
        unable=tuple(agent.name for agent in agents if not able(agent)),
        absent=tuple(agent.name for agent in agents if agent.id not in connected),
    )


async def _anybody(presence: PresenceService, unit: Unit, tenant: TenantId) -> Mapping[AgentId, tuple[Span, ...]]:
    """One for host names alone: of those heard of last, one that runs scans and is connected."""
    latest = await unit.agents.latest(tenant, REACHERS)
    connected = await presence.connected_of(unit, tenant, latest)
    for agent in latest:
        if agent in connected and able(await known_agent(unit, tenant, agent)):
            return {agent: ()}
    return {}


def able(agent: Agent) -> bool:
    """Whether scans run on an agent."""
    return agent.told is not None and agent.told.runs(IPP_SCAN)


def check(looked: Looked, order: ScanOrder) -> None:
    """Raises ``Unreached`` or ``Unconfirmed`` when it may not begin."""
    if looked.unable:
        raise Unreached(
            f"scans do not run on {', '.join(looked.unable)}",
            next_step="Choose other computers, or switch discovery.ippscan on for them under Policy.",
        )
    nobody = looked.plan.nobody
    if nobody and not (order.rest and looked.plan.shares):
        raise Unreached(
            f"no connected agent that runs scans is in the network of {_few(nobody.texts)}",
            next_step="Name agents that reach it, or leave it out.",
        )
    outside = without(looked.wanted, nobody).outside
    if outside and not order.outside:
        raise Unconfirmed(
            f"{outside.count:,} addresses are outside private space: {_few(outside.texts)}",
            next_step="Confirm that they are yours to scan.",
        )


def check_apart(asked: Ranges, open_: Iterable[ScanPart]) -> None:
    """Raises ``Overlaps`` when parts of other scans are in the same blocks of addresses."""
    for part in open_:
        if both := overlap(asked, ranges_of(part.targets)):
            raise Overlaps(
                f"a scan that runs asks {_few(both.texts)} already, or others next to them",
                next_step="Wait for it to end, or stop it.",
            )


def shares(looked: Looked, per_second: int) -> tuple[ScanShare, ...]:
    """Who would ask what."""
    return tuple(
        ScanShare(
            agent=share.agent,
            name=looked.names.get(share.agent, ""),
            targets=share.ranges.texts,
            addresses=share.ranges.count,
            lasts=dt.timedelta(seconds=-(-share.ranges.count // per_second)),
        )
        for share in looked.plan.shares
    )


def made_of(
    looked: Looked, order: ScanOrder, tenant: TenantId, by: str, now: dt.datetime
) -> tuple[Scan, tuple[ScanPart, ...]]:
    """The scan of an order that may begin, with its parts."""
    asked = without(looked.wanted, looked.plan.nobody)
    scan = Scan(
        id=ScanId(new_id()),
        tenant=tenant,
        targets=entries(order.targets),
        excluded=entries(order.excluded),
        per_second=order.per_second,
        addresses=asked.count,
        outside=asked.outside.count,
        confirmed=order.outside and bool(asked.outside or asked.hosts),
        unreached=looked.plan.nobody.count,
        agents=tuple(dict.fromkeys(order.agents)),
        ordered_by=by,
        ordered_at=now,
    )
    return scan, tuple(_part(scan, share, now) for share in looked.plan.shares)


def _part(scan: Scan, share: Share, now: dt.datetime) -> ScanPart:
    return ScanPart(
        id=ScanPartId(uuid.uuid4()),
        tenant=scan.tenant,
        scan=scan.id,
        agent=share.agent,
        targets=share.ranges.texts,
        total=share.ranges.count,
        heard_at=now,
    )


def told(made: Scan) -> str:
    """A scan as the audit log keeps it."""
    confirmed = f"; confirmed: {made.outside} addresses outside private space, and where names lead"
    outside = confirmed if made.confirmed else ""
    named = "; agents named" if made.agents else ""
    return f"{_few(made.targets)}; {made.addresses} addresses, {made.per_second} a second{named}{outside}"


def _few(texts: Sequence[str]) -> str:
    text = ", ".join(texts)
    return text if len(text) <= _TOLD_CHARS else text[:_TOLD_CHARS].rpartition(",")[0] + ", …"
