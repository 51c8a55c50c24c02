"""A job that is held for its owner: a release point and a station, mirrors, wishes, a release and a grant."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

import attrs
from hub_rig import BIRTH, job_report

from border_rig._ground import LATER, Goods, Ground
from tympan_hub.domain.grants import Grant
from tympan_hub.domain.held import Changes, HeldWish
from tympan_hub.domain.ids import BatchId, GrantId, JobId, ReleaseId, StationId, UploadId, hash_of
from tympan_hub.domain.jobs import Standing, StoryLine
from tympan_hub.domain.mirrors import Envelope, Mirror
from tympan_hub.domain.proximity import new_code
from tympan_hub.domain.release_points import ReleasePoint
from tympan_hub.domain.releases import Release, ReleaseState
from tympan_hub.domain.stations import Station
from tympan_hub.service.findings import job_of
from tympan_wire.hub import JobStanding


async def pulled(ground: Ground, upload: UploadId) -> Goods:
    """A held job with all that there may be of one, and a release point with a station beside it."""
    hub, tenant, by, agent, printer = ground.hub, ground.tenant, ground.admin, ground.agent_id, ground.printer.id
    job = JobId(uuid.uuid4())
    finding = job_report(job, printer="pull", user=by.login, standing=JobStanding.HELD, ended_at=None, held_until=LATER)
    told = job_of(finding, ground.bearer)
    point = ReleasePoint(
        tenant=tenant, printer=printer, code=new_code(), secret=b"s", kiosk=hash_of("kiosk"), created_at=BIRTH
    )
    station = Station(id=StationId("5" * 32), tenant=tenant, name="Badge", points=(printer,), created_at=BIRTH)
    wish = HeldWish(tenant=tenant, job=job, rank=1, changes=Changes(copies=2))
    release = Release(
        id=ReleaseId(uuid.uuid4()),
        tenant=tenant,
        batch=BatchId("6" * 32),
        place=0,
        job=job,
        agent=agent,
        point=printer,
        person=by.id,
        by_name=by.name,
        asked_at=BIRTH,
        expires_at=LATER + dt.timedelta(1),
    )
    mirror = Mirror(tenant=tenant, job=job, agent=agent, upload=upload, size=3, note="", at=BIRTH)
    envelope = Envelope(job=job, agent=agent, envelope="e")
    grant = Grant(
        id=GrantId(uuid.uuid4()),
        tenant=tenant,
        job=job,
        agent=agent,
        person=by.id,
        expires_at=LATER + dt.timedelta(1),
    )
    async with hub.units.writing() as unit:
        await unit.jobs.put(tenant, [attrs.evolve(told, person=by.id)], {})
        await unit.release_points.put(tenant, point)
        await unit.stations.add(tenant, station, hash_of("station"))
        await unit.held_wishes.put(tenant, [wish])
        await unit.releases.add(tenant, [release])
        await unit.passed_on.add(tenant, agent, job, BIRTH)
        await unit.mirrors.put(tenant, mirror, [envelope])
        await unit.mirrors.choose(tenant, job, [agent])
        await unit.grants.add(tenant, [grant])
        await unit.near_doors.put(tenant, agent, ("http://192.168.2.7:39151",), BIRTH)
    line = StoryLine(at=BIRTH, what="forged", standing=Standing.CANCELED)
    return Goods(
        {
            JobId: job,
            Collection[JobId]: [job],
            ReleasePoint: point,
            StationId: station.id,
            Station: station,
            Collection[HeldWish]: [attrs.evolve(wish, rank=9)],
            ReleaseId: release.id,
            Collection[ReleaseId]: [release.id],
            Release: attrs.evolve(release, state=ReleaseState.BEGUN),
            Collection[Release]: [attrs.evolve(release, id=ReleaseId(uuid.uuid4()))],
            Collection[BatchId]: [release.batch],
            Mirror: mirror,
            Collection[Envelope]: [envelope],
            GrantId: grant.id,
            Collection[Grant]: [attrs.evolve(grant, id=GrantId(uuid.uuid4()))],
            Collection[GrantId]: [grant.id],
            StoryLine: line,
            tuple[str, ...]: ("forged",),
            tuple[StoryLine, ...]: (line,),
        },
        {"point_code": point.code, "kiosk": hash_of("kiosk"), "station_token": hash_of("station")},
    )
