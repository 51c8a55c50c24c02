"""A job that the agent told of, an upload it began, and how long the tenant keeps jobs."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence

import attrs
from hub_rig import BIRTH, job_report, report

from border_rig._ground import Goods, Ground
from tympan_hub.domain.ids import JobId, UploadId
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.keeping import Keeping
from tympan_hub.domain.uploads import Part, Upload, Uploader
from tympan_hub.domain.usage import Counted, Tally
from tympan_wire.hub import UploadRequest


async def jobs(ground: Ground) -> Goods:
    """Both, and what the job counts for."""
    hub, tenant = ground.hub, ground.tenant
    finding = job_report(user="administrator")
    sent = report(finding)
    await ground.agent.report(sent)
    await hub.services.keeping.change(tenant, ground.admin.actor, jobs_days=300, titles_days=30)
    uploaded = await _uploaded(ground)
    async with hub.units.writing() as unit:
        job = await unit.jobs.get(tenant, JobId(finding.job))
    assert job
    counted = Counted(day=BIRTH.date(), printer="lobby", tally=Tally(jobs=1))
    return Goods(
        {
            Job: job,
            Collection[Job]: [attrs.evolve(job, revision=99, title="forged")],
            Collection[uuid.UUID]: [sent.id],
            Keeping: Keeping(tenant=tenant, jobs_days=7),
            Mapping[JobId, Counted]: {},
            Collection[Counted]: [counted],
            **uploaded.by_type,
        },
        uploaded.by_name,
    )


async def _uploaded(ground: Ground) -> Goods:
    uploads, uploader, name = ground.hub.services.uploads, ground.bearer.uploader, "job/1"
    wanted = UploadRequest(name=name, size=3, part_bytes=1 << 16, user="ben")
    begun = UploadId((await uploads.begin(uploader, wanted)).upload)
    await uploads.put(uploader, begun, 0, b"abc", hashlib.sha256(b"abc").hexdigest())
    async with ground.hub.units.writing() as unit:
        upload = await unit.uploads.get(ground.tenant, begun)
    return Goods(
        {
            Uploader: uploader,
            Upload: upload,
            UploadId: begun,
            Collection[UploadId]: [begun],
            Collection[Part]: [Part(number=0, sha256="0" * 64, piece="0" * 32)],
            Sequence[int]: [0],
        },
        {"upload_name": name},
    )
