"""Scans of every standing, and devices that some agents see."""

from __future__ import annotations

import datetime as dt
import uuid

from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId, TenantId
from tympan_hub.domain.scans import PartStanding, Scan, ScanPart
from tympan_hub.ports import Bearer, Unit
from tympan_hub.service import Services
from tympan_wire.device import Description
from tympan_wire.hub import Report, ReportBatch, SightingReport

SCAN = ScanId(f"{1:032x}")
"""One that runs, with parts of every standing."""

PART = ScanPartId(uuid.UUID(int=2))
"""A part of it that its agent gave up."""

_TARGETS = ("10.20.0.0/22", "10.31.7.10-10.31.7.99", "drucker-archiv.intern.stadtwerke.example", "fd00:20::/120")
_STANDINGS = (
    (PartStanding.RUNNING, 311, 4, ""),
    (PartStanding.FAILED, 20, 0, "no name server answers. Look at the network of this computer, then order it again."),
    (PartStanding.DONE, 254, 12, ""),
    (PartStanding.WAITING, 0, 0, ""),
)


async def add_scans(unit: Unit, tenant: TenantId, agents: tuple[AgentId, ...]) -> None:
    """One that runs, one that was stopped, one that ended outside private space."""
    now = dt.datetime.now(dt.UTC)
    running = [_part(agents[place], place, now) for place in range(len(agents))]
    await unit.scans.add(tenant, _scan(SCAN, tenant, now), running)
    stopped = ScanId(f"{2:032x}")
    await unit.scans.add(
        tenant,
        _scan(stopped, tenant, now - dt.timedelta(hours=3), stopped_at=now - dt.timedelta(hours=2)),
        [_ended(stopped, agents[0], PartStanding.STOPPED, 300, now)],
    )
    public = ScanId(f"{3:032x}")
    await unit.scans.add(
        tenant,
        _scan(public, tenant, now - dt.timedelta(days=2), targets=("203.0.113.0/24",), outside=254),
        [_ended(public, agents[0], PartStanding.DONE, 1366, now)],
    )


async def see_devices(services: Services, tenant: TenantId, agents: tuple[AgentId, ...]) -> None:
    """The first agent sees six devices, the others two of them."""
    for place, agent in enumerate(agents):
        seen = [_sighting(number) for number in range(6 if place == 0 else 2)]
        now = dt.datetime.now(dt.UTC)
        batch = ReportBatch(reports=tuple(Report(id=uuid.uuid4(), at=now, finding=one) for one in seen))
        await services.reports.take(Bearer(tenant=tenant, agent=agent), batch)


def _scan(
    name: ScanId,
    tenant: TenantId,
    at: dt.datetime,
    *,
    targets: tuple[str, ...] = _TARGETS,
    outside: int = 0,
    stopped_at: dt.datetime | None = None,
) -> Scan:
    return Scan(
        id=name,
        tenant=tenant,
        targets=targets,
        excluded=("10.20.1.0/24",) if len(targets) > 1 else (),
        per_second=20,
        addresses=1366,
        outside=outside,
        ordered_by="annegret.schimmelpfennig@stadtwerke.example",
        ordered_at=at,
        stopped_by="ben@stadtwerke.example" if stopped_at else "",
        stopped_at=stopped_at,
    )


def _part(agent: AgentId, place: int, now: dt.datetime) -> ScanPart:
    standing, probed, found, detail = _STANDINGS[place]
    return ScanPart(
        id=PART if standing is PartStanding.FAILED else ScanPartId(uuid.uuid4()),
        tenant=TenantId("stadtwerke"),
        scan=SCAN,
        agent=agent,
        targets=_TARGETS[place : place + 1],
        standing=standing,
        probed=probed,
        total=(766, 90, 254, 256)[place],
        found=found,
        detail=detail,
        heard_at=now - dt.timedelta(seconds=4 if place < 2 else 1200),
    )


def _ended(scan: ScanId, agent: AgentId, standing: PartStanding, probed: int, now: dt.datetime) -> ScanPart:
    return ScanPart(
        id=ScanPartId(uuid.uuid4()),
        tenant=TenantId("stadtwerke"),
        scan=scan,
        agent=agent,
        targets=_TARGETS[:1],
        standing=standing,
        probed=probed,
        total=1366,
        found=3,
        heard_at=now - dt.timedelta(hours=2),
    )


def _sighting(number: int) -> SightingReport:
    models = ("KYOCERA ECOSYS M5526cdw", "HP LaserJet Pro M404dn", "EPSON WF-C5790 Series")
    names = ("Empfang", "Etage 2", "<script>alert('device')</script>", "Poststelle Erdgeschoss links neben dem Aufzug")
    return SightingReport(
        method="ippscan",
        key=f"10.20.0.{number + 10}",
        seen_at=dt.datetime.now(dt.UTC),
        uri=f"ipp://10.20.0.{number + 10}/ipp/print",
        addresses=(f"10.20.0.{number + 10}",),
        description=Description(
            uuid=f"00000000-0000-0000-0000-{number + 77:012x}",
            name=names[number % 4],
            make_and_model=models[number % 3],
        ),
    )
