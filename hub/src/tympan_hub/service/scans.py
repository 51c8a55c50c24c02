"""Scans of ranges of addresses: who asks what is found out, shown, ordered, and followed.

- Agents are chosen that run ``discovery.ippscan``, are connected, and are in the network, or else see devices near by;
  or an administrator names some, who are believed to reach what they are given.
- Nothing begins with addresses that nobody reaches, unless whoever orders has read which they are.
- Nothing begins outside private space, unless that was confirmed; the audit log keeps it.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

from attrs import field, frozen

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.errors import BadInput, Conflict, Full, NotFound, Unconfirmed, Unreached
from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId, TenantId, new_id
from tympan_hub.domain.limits import REACHERS, SCAN_AGENTS, SCAN_PER_S, SCANS, SCANS_RUNNING, SIGHTINGS_LOOKED_AT
from tympan_hub.domain.pages import first_of
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.ranges import Ranges, Span, entries, read, read_all, without
from tympan_hub.domain.scan_plans import Plan, plan, with_others
from tympan_hub.domain.scans import (
    IPP_SCAN,
    Progress,
    Scan,
    ScanPart,
    ScanStanding,
    Silence,
    check_scan,
    progress,
)
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_tenant, known_agent, welcome_agent
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
        outside: It is confirmed that addresses outside private space are asked.
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
class ScanListed:
    """A scan in a list."""

    scan: Scan
    progress: Progress

    @property
    def standing(self) -> ScanStanding:
        """Where it stands."""
        return self.progress.standing(self.scan)


@frozen(kw_only=True)
class PartShown:
    """A part of a scan: whose it is, and why nothing is heard of it where nothing is."""

    part: ScanPart
    name: str
    silence: Silence = Silence.NONE


@frozen(kw_only=True)
class ScanShown(ScanListed):
    """A scan with its parts."""

    parts: tuple[PartShown, ...] = ()


@frozen(kw_only=True)
class ScansFound:
    """Some of the scans, the newest first; so many come before them, and so many there are."""

    scans: tuple[ScanListed, ...]
    first: int
    total: int


@frozen(kw_only=True)
class _Looked:
    """What was found out about an order."""

    wanted: Ranges
    excluded: Ranges
    plan: Plan
    away: Ranges
    names: Mapping[AgentId, str]
    unable: tuple[str, ...] = ()
    absent: tuple[str, ...] = field(default=())


class ScanService:
    """Scans of a tenant."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._presence = presence

    async def find(self, tenant: TenantId, by: Actor, *, first: int, limit: int) -> ScansFound:
        """Some from a place on, the newest first; past the end it is the last page."""
        by.require(Act.SEE_SCANS, tenant)
        async with self._units.reading() as unit:
            total = await unit.scans.tally(tenant)
            begin = first_of(first, limit, total)
            scans = await unit.scans.page(tenant, begin, limit)
            return ScansFound(scans=await _listed(unit, tenant, scans), first=begin, total=total)

    async def older(
        self, tenant: TenantId, by: Actor, after: tuple[dt.datetime, ScanId] | None, limit: int
    ) -> tuple[ScanListed, ...]:
        """Those ordered before one, the newest first; from the newest on after None."""
        by.require(Act.SEE_SCANS, tenant)
        async with self._units.reading() as unit:
            return await _listed(unit, tenant, await unit.scans.older(tenant, after, limit))

    async def get(self, tenant: TenantId, by: Actor, scan: ScanId) -> ScanShown:
        """One with its parts; raises ``NotFound``."""
        by.require(Act.SEE_SCANS, tenant)
        async with self._units.reading() as unit:
            known, parts = await _known(unit, tenant, scan), await unit.scans.parts(tenant, scan)
            shown = await self._shown(unit, tenant, parts)
        return ScanShown(scan=known, progress=progress(parts), parts=shown)

    async def preview(self, tenant: TenantId, by: Actor, order: ScanOrder) -> ScanPreview:
        """What a scan would be.

        Raises:
            BadRange: A line that cannot be taken.
            BadInput: Nothing to ask, too much, or too fast.
            NotFound: There is no such agent.
        """
        by.require(Act.ORDER_SCANS, tenant)
        async with self._units.reading() as unit:
            looked = await self._look(unit, tenant, order)
        return ScanPreview(
            wanted=looked.wanted,
            excluded=looked.excluded,
            outside=looked.wanted.outside,
            shares=_shares(looked, order.per_second),
            nobody=looked.plan.nobody,
            away=looked.away,
            unable=looked.unable,
            absent=looked.absent,
        )

    async def order(self, tenant: TenantId, by: Actor, order: ScanOrder) -> Scan:
        """Begins a scan.

        Raises:
            BadRange: A line that cannot be taken.
            BadInput: Nothing to ask, too much, or too fast.
            NotFound: There is no such agent.
            Unreached: Nobody reaches some addresses, or a scan does not run where it was wanted.
            Unconfirmed: Addresses are outside private space.
            Full: As many scans run as may.
        """
        by.require(Act.ORDER_SCANS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            await check_tenant(unit, tenant)
            looked = await self._look(unit, tenant, order)
            _check(looked, order)
            if await unit.scans.running(tenant) >= SCANS_RUNNING:
                raise Full(f"{SCANS_RUNNING} scans run already", next_step="Wait for one to end, or stop one.")
            made, parts = _made(looked, order, tenant, by.label, now)
            await unit.scans.crowd_out(tenant, SCANS - 1)
            await unit.scans.add(tenant, made, parts)
            await record(unit, tenant, by, "scan.order", made.id, _told(looked, order, made), at=now)
        await self._wake(tenant, parts)
        return made

    async def again(self, tenant: TenantId, by: Actor, scan: ScanId) -> ScanOrder:
        """What a scan was, to be ordered anew."""
        by.require(Act.ORDER_SCANS, tenant)
        async with self._units.reading() as unit:
            known = await _known(unit, tenant, scan)
        return ScanOrder(
            targets="\n".join(known.targets), excluded="\n".join(known.excluded), per_second=known.per_second
        )

    async def stop(self, tenant: TenantId, by: Actor, scan: ScanId) -> None:
        """Stops it: its agents are told of it no more. Raises ``Conflict`` when it has ended."""
        by.require(Act.ORDER_SCANS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known, parts = await _known(unit, tenant, scan), await unit.scans.parts(tenant, scan)
            open_ = [part for part in parts if part.open]
            if known.stopped_at is None and not open_:
                raise Conflict("the scan has ended", next_step="Order it again to ask its addresses again.")
            await unit.scans.keep(tenant, known.stopped(by.label, now))
            for part in open_:
                await unit.scans.keep_part(tenant, part.stopped(), part)
            await record(unit, tenant, by, "scan.stop", scan, _far(parts), at=now)
        await self._wake(tenant, open_)

    async def resume(self, tenant: TenantId, by: Actor, scan: ScanId) -> None:
        """Goes on with one that was stopped: agents that were through stay so, the others begin their part anew."""
        by.require(Act.ORDER_SCANS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known, parts = await _known(unit, tenant, scan), await unit.scans.parts(tenant, scan)
            resumed = known.resumed()
            if await unit.scans.running(tenant) >= SCANS_RUNNING:
                raise Full(f"{SCANS_RUNNING} scans run already", next_step="Wait for one to end, or stop one.")
            await unit.scans.keep(tenant, resumed)
            for part in parts:
                if part.resumed(now) != part:
                    await unit.scans.keep_part(tenant, part.resumed(now), part)
            await record(unit, tenant, by, "scan.resume", scan, _far(parts), at=now)
        await self._wake(tenant, parts)

    async def pass_on(
        self, tenant: TenantId, by: Actor, scan: ScanId, part: ScanPartId, agent: AgentId | None = None
    ) -> ScanPart:
        """Gives a part to another agent, which begins it anew.

        Args:
            tenant: Whose.
            by: Who says so.
            scan: Of which.
            part: What is given away.
            agent: To whom; None for one that reaches all of it.

        Raises:
            NotFound: There is no such scan, part or agent.
            Conflict: The part is done, or no other agent reaches it.
        """
        by.require(Act.ORDER_SCANS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known, kept = await _known(unit, tenant, scan), await unit.scans.part(tenant, part)
            if kept is None or kept.scan != scan:
                raise NotFound("the scan has no such part")
            passed_on = kept.passed_on()
            taker = await self._taker(unit, tenant, kept, agent)
            made = ScanPart(
                id=ScanPartId(uuid.uuid4()),
                tenant=tenant,
                scan=scan,
                agent=taker.id,
                targets=kept.targets,
                total=read_all(kept.targets).count,
                heard_at=now,
            )
            await unit.scans.keep_part(tenant, passed_on, kept)
            await unit.scans.add_part(tenant, made if known.stopped_at is None else made.stopped())
            await record(unit, tenant, by, "scan.pass-on", scan, f"{kept.agent} → {taker.id}", at=now)
        await self._wake(tenant, [kept, made])
        return made

    async def remove(self, tenant: TenantId, by: Actor, scan: ScanId) -> None:
        """Forgets one that has ended or was stopped; what it found stays. Raises ``Conflict`` for one that runs."""
        by.require(Act.ORDER_SCANS, tenant)
        async with self._units.writing() as unit:
            await _known(unit, tenant, scan)
            if any(part.open for part in await unit.scans.parts(tenant, scan)):
                raise Conflict("the scan runs", next_step="Stop it first.")
            await unit.scans.remove(tenant, scan)
            await record(unit, tenant, by, "scan.remove", scan, at=self._clock.now())

    async def _look(self, unit: Unit, tenant: TenantId, order: ScanOrder) -> _Looked:
        excluded = read(order.excluded, field="excluded", ends=True)
        wanted = without(read(order.targets, field="targets"), excluded)
        check_scan(wanted, order.per_second)
        if order.agents:
            return await self._named(unit, tenant, order, wanted, excluded)
        reaching = await unit.networks.reaching(tenant, wanted.spans, IPP_SCAN, REACHERS)
        connected = await self._presence.connected_of(unit, tenant, reaching)
        here = {agent: spans for agent, spans in reaching.items() if agent in connected}
        if wanted.hosts and not here:
            here.update(await self._anybody(unit, tenant))
        made, names = plan(wanted, here), set(here)
        if made.nobody.spans:
            sighted = await unit.networks.sighted(tenant, IPP_SCAN, SIGHTINGS_LOOKED_AT)
            connected |= await self._presence.connected_of(unit, tenant, sighted)
            made = with_others(made, {agent: spans for agent, spans in sighted.items() if agent in connected})
            names |= set(sighted)
        away = plan(made.nobody, {agent: spans for agent, spans in reaching.items() if agent not in connected})
        return _Looked(
            wanted=wanted,
            excluded=excluded,
            plan=made,
            away=without(made.nobody, away.nobody),
            names=await unit.agents.names(tenant, names),
        )

    async def _named(self, unit: Unit, tenant: TenantId, order: ScanOrder, wanted: Ranges, excluded: Ranges) -> _Looked:
        if len(order.agents) > SCAN_AGENTS:
            raise BadInput(
                f"a scan is given to at most {SCAN_AGENTS} agents by name", next_step="Choose fewer.", field="agents"
            )
        agents = [await welcome_agent(unit, tenant, agent) for agent in dict.fromkeys(order.agents)]
        names = {agent.id: agent.name for agent in agents}
        networks = await unit.networks.of(tenant, names)
        connected = await self._presence.connected_of(unit, tenant, names)
        return _Looked(
            wanted=wanted,
            excluded=excluded,
            plan=plan(wanted, {agent: networks.get(agent, ()) for agent in names}, named=True),
            away=Ranges(),
            names=names,
            unable=tuple(agent.name for agent in agents if not _able(agent)),
            absent=tuple(agent.name for agent in agents if agent.id not in connected),
        )

    async def _anybody(self, unit: Unit, tenant: TenantId) -> Mapping[AgentId, tuple[Span, ...]]:
        """One for host names alone: of those heard of last, one that runs scans and is connected."""
        latest = await unit.agents.latest(tenant, REACHERS)
        connected = await self._presence.connected_of(unit, tenant, latest)
        for agent in latest:
            if agent in connected and _able(await known_agent(unit, tenant, agent)):
                return {agent: ()}
        return {}

    async def _taker(self, unit: Unit, tenant: TenantId, part: ScanPart, agent: AgentId | None) -> Agent:
        if agent is not None:
            return await welcome_agent(unit, tenant, agent)
        wanted = read_all(part.targets)
        reaching = dict(await unit.networks.reaching(tenant, wanted.spans, IPP_SCAN, REACHERS))
        reaching.pop(part.agent, None)
        connected = await self._presence.connected_of(unit, tenant, reaching)
        for other, spans in reaching.items():
            if other in connected and not without(wanted, Ranges(spans=tuple(spans), hosts=wanted.hosts)):
                return await welcome_agent(unit, tenant, other)
        raise Conflict(
            "no other connected agent is in the network of this part",
            next_step="Name one that reaches it, or wait until its own is back.",
        )

    async def _shown(self, unit: Unit, tenant: TenantId, parts: Sequence[ScanPart]) -> tuple[PartShown, ...]:
        agents = {part.agent for part in parts}
        names = await unit.agents.names(tenant, agents)
        open_ = {part.agent for part in parts if part.open}
        connected = await self._presence.connected_of(unit, tenant, open_)
        known = {agent: await unit.agents.get(tenant, agent) for agent in open_}
        now = self._clock.now()

        def silence(part: ScanPart) -> Silence:
            agent = known.get(part.agent)
            return part.silence(
                connected=part.agent in connected,
                welcome=agent is not None and agent.revoked_at is None,
                able=agent is not None and _able(agent),
                now=now,
            )

        return tuple(PartShown(part=part, name=names.get(part.agent, ""), silence=silence(part)) for part in parts)

    async def _wake(self, tenant: TenantId, parts: Collection[ScanPart]) -> None:
        for agent in dict.fromkeys(part.agent for part in parts):
            await self._wakeups.send(tenant, LookAgain(agent=agent))


async def _known(unit: Unit, tenant: TenantId, scan: ScanId) -> Scan:
    known = await unit.scans.get(tenant, scan)
    if known is None:
        raise NotFound("there is no such scan")
    return known


async def _listed(unit: Unit, tenant: TenantId, scans: Sequence[Scan]) -> tuple[ScanListed, ...]:
    far = await unit.scans.progress(tenant, [scan.id for scan in scans])
    return tuple(ScanListed(scan=scan, progress=far.get(scan.id, Progress())) for scan in scans)


def _able(agent: Agent) -> bool:
    return agent.told is not None and agent.told.runs(IPP_SCAN)


def _check(looked: _Looked, order: ScanOrder) -> None:
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


def _shares(looked: _Looked, per_second: int) -> tuple[ScanShare, ...]:
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


def _made(
    looked: _Looked, order: ScanOrder, tenant: TenantId, by: str, now: dt.datetime
) -> tuple[Scan, tuple[ScanPart, ...]]:
    asked = without(looked.wanted, looked.plan.nobody)
    scan = Scan(
        id=ScanId(new_id()),
        tenant=tenant,
        targets=asked.texts if looked.plan.nobody else entries(order.targets),
        excluded=entries(order.excluded),
        per_second=order.per_second,
        addresses=asked.count,
        outside=asked.outside.count,
        ordered_by=by,
        ordered_at=now,
    )
    parts = tuple(
        ScanPart(
            id=ScanPartId(uuid.uuid4()),
            tenant=tenant,
            scan=scan.id,
            agent=share.agent,
            targets=share.ranges.texts,
            total=share.ranges.count,
            heard_at=now,
        )
        for share in looked.plan.shares
    )
    return scan, parts


def _told(looked: _Looked, order: ScanOrder, made: Scan) -> str:
    outside = f"; confirmed: {made.outside} addresses outside private space" if made.outside else ""
    named = "; agents named" if order.agents else ""
    return f"{_few(made.targets)}; {made.addresses} addresses, {made.per_second} a second{named}{outside}"


def _far(parts: Sequence[ScanPart]) -> str:
    far = progress(parts)
    return f"{far.probed} of {far.total} addresses"


def _few(texts: Sequence[str]) -> str:
    text = ", ".join(texts)
    return text if len(text) <= _TOLD_CHARS else text[:_TOLD_CHARS].rpartition(",")[0] + ", …"
