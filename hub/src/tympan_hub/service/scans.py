"""Scans of ranges of addresses: shown before they begin, ordered, followed, stopped, gone on with, given away.

Agents tell how far they are at any moment, also while one of these is done: what it changes it changes by id, where the
part still stands so that it may be.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from attrs import frozen

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.errors import Conflict, Full, NotFound, Unreached
from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId, TenantId
from tympan_hub.domain.limits.scans import REACHERS, SCANS, SCANS_RUNNING
from tympan_hub.domain.pages import first_of
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.ranges import Ranges, ranges_of, without
from tympan_hub.domain.scans import (
    IPP_SCAN,
    PartStanding,
    Progress,
    Scan,
    ScanPart,
    ScanStanding,
    Silence,
    progress,
)
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_tenant, welcome_agent
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.scan_orders import (
    ScanOrder,
    ScanPreview,
    able,
    check,
    check_apart,
    look,
    made_of,
    shares,
    told,
)


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
            looked = await look(self._presence, unit, tenant, order)
        return ScanPreview(
            wanted=looked.wanted,
            excluded=looked.excluded,
            outside=looked.wanted.outside,
            shares=shares(looked, order.per_second),
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
            Overlaps: A scan that runs asks some of these addresses already, or others next to them.
            Full: As many scans run as may.
        """
        by.require(Act.ORDER_SCANS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            await check_tenant(unit, tenant)
            looked = await look(self._presence, unit, tenant, order)
            check(looked, order)
            await _check_room(unit, tenant)
            check_apart(without(looked.wanted, looked.plan.nobody), await unit.scans.open_parts(tenant))
            made, parts = made_of(looked, order, tenant, by.label, now)
            await unit.scans.crowd_out(tenant, SCANS - 1)
            await unit.scans.add(tenant, made, parts)
            await record(unit, tenant, by, "scan.order", made.id, told(made), at=now)
        await self._wake(tenant, parts)
        return made

    async def again(self, tenant: TenantId, by: Actor, scan: ScanId) -> ScanOrder:
        """What a scan was, to be ordered anew."""
        by.require(Act.ORDER_SCANS, tenant)
        async with self._units.reading() as unit:
            known = await _known(unit, tenant, scan)
            agents = [await unit.agents.get(tenant, agent) for agent in known.agents]
        return ScanOrder(
            targets="\n".join(known.targets),
            excluded="\n".join(known.excluded),
            per_second=known.per_second,
            agents=tuple(agent.id for agent in agents if agent is not None and agent.revoked_at is None),
        )

    async def stop(self, tenant: TenantId, by: Actor, scan: ScanId) -> None:
        """Stops it: its agents are told of it no more. Raises ``Conflict`` when it has ended."""
        by.require(Act.ORDER_SCANS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known, parts = await _known(unit, tenant, scan), await unit.scans.parts(tenant, scan)
            stopped = await unit.scans.stop_parts(tenant, scan)
            if known.stopped_at is None and not stopped:
                raise Conflict("the scan has ended", next_step="Order it again to ask its addresses again.")
            if known.stopped_at is None or not stopped:
                await unit.scans.keep(tenant, known.stopped(by.label, now))
            await record(unit, tenant, by, "scan.stop", scan, _far(parts), at=now)
        await self._wake(tenant, parts)

    async def resume(self, tenant: TenantId, by: Actor, scan: ScanId) -> None:
        """Goes on with one that was stopped: agents that were through stay so, the others go on."""
        by.require(Act.ORDER_SCANS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known, parts = await _known(unit, tenant, scan), await unit.scans.parts(tenant, scan)
            resumed = known.resumed()
            await _check_room(unit, tenant)
            others = [part for part in await unit.scans.open_parts(tenant) if part.scan != scan]
            for part in parts:
                if part.standing is PartStanding.STOPPED:
                    check_apart(ranges_of(part.targets), others)
            await unit.scans.keep(tenant, resumed)
            await unit.scans.resume_parts(tenant, scan, now)
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
            Unreached: Scans do not run on that agent.
            Overlaps: Another scan asks there.
            Full: As many scans run as may, and this one does not.
        """
        by.require(Act.ORDER_SCANS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known, kept = await _known(unit, tenant, scan), await unit.scans.part(tenant, part)
            if kept is None or kept.scan != scan:
                raise NotFound("the scan has no such part")
            if not await unit.scans.pass_part_on(tenant, part):
                raise Conflict("this part of the scan has ended", next_step="Order the scan again to ask them again.")
            taker = await self._taker(unit, tenant, kept, agent)
            made = ScanPart(
                id=ScanPartId(uuid.uuid4()),
                tenant=tenant,
                scan=scan,
                agent=taker.id,
                targets=kept.targets,
                total=ranges_of(kept.targets).count,
                heard_at=now,
            )
            if known.stopped_at is None:
                await _check_begins(unit, tenant, made)
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

    async def _taker(self, unit: Unit, tenant: TenantId, part: ScanPart, agent: AgentId | None) -> Agent:
        if agent is not None:
            taker = await welcome_agent(unit, tenant, agent)
            if not able(taker):
                raise Unreached(
                    f"scans do not run on {taker.name}",
                    next_step="Choose another, or switch discovery.ippscan on for it under Policy.",
                )
            return taker
        wanted = ranges_of(part.targets)
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
                able=agent is not None and able(agent),
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


async def _check_room(unit: Unit, tenant: TenantId) -> None:
    if await unit.scans.running(tenant) >= SCANS_RUNNING:
        raise Full(f"{SCANS_RUNNING} scans run already", next_step="Wait for one to end, or stop one.")


async def _check_begins(unit: Unit, tenant: TenantId, made: ScanPart) -> None:
    """A part of a scan that may have ended begins beside what runs."""
    open_ = await unit.scans.open_parts(tenant)
    if not any(part.scan == made.scan for part in open_):
        await _check_room(unit, tenant)
    check_apart(ranges_of(made.targets), [part for part in open_ if part.scan != made.scan])


async def _listed(unit: Unit, tenant: TenantId, scans: Sequence[Scan]) -> tuple[ScanListed, ...]:
    far = await unit.scans.progress(tenant, [scan.id for scan in scans])
    return tuple(ScanListed(scan=scan, progress=far.get(scan.id, Progress())) for scan in scans)


def _far(parts: Sequence[ScanPart]) -> str:
    far = progress(parts)
    return f"{far.probed} of {far.total} addresses"
