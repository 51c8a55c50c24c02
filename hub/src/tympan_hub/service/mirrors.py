"""Mirrored jobs: sealed bytes at the hub, for agents that did not take the job; the hub has no key."""

from collections.abc import Collection

from tympan_hub.domain.errors import BadInput, Conflict, Full, NotAllowed, NotFound, Unavailable
from tympan_hub.domain.ids import AgentId, JobId, TenantId, UploadId, is_id
from tympan_hub.domain.jobs import Job, Standing
from tympan_hub.domain.limits.pull import MIRRORS_PER_TENANT
from tympan_hub.domain.mirrors import Envelope, Mirror, check_mirror
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.uploads import Upload, UploadState
from tympan_hub.ports import Bearer, Blobs, Clock, Unit, Units, WakeUps
from tympan_hub.service.holding import mirrors, queues_of
from tympan_hub.service.keepers import choose, lock_of, wake
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.upload_clearance import drop
from tympan_wire.hub import MirrorRequest


class MirrorService:
    """Mirrored jobs of a tenant."""

    def __init__(
        self,
        units: Units,
        clock: Clock,
        blobs: Blobs,
        wakeups: WakeUps,
        presence: PresenceService,
    ) -> None:
        self._wakeups = wakeups
        self._presence = presence
        self._units = units
        self._clock = clock
        self._blobs = blobs

    async def keep(self, bearer: Bearer, request: MirrorRequest) -> None:
        """This agent's held job is uploaded: those with an envelope may print it."""
        envelopes = tuple(
            Envelope(job=JobId(request.job), agent=AgentId(each.agent), envelope=each.envelope)
            for each in {each.agent: each for each in request.envelopes}.values()
        )
        check_mirror(request.note, envelopes)
        now = self._clock.now()
        async with self._units.writing(lock_of(JobId(request.job))) as unit:
            upload = await _finished(unit, bearer, request.upload)
            job, queue = await _check_held(unit, bearer, JobId(request.job))
            readers = await _welcome(unit, bearer.tenant, [each.agent for each in envelopes])
            before = await unit.mirrors.get(bearer.tenant, JobId(request.job))
            if before is None and await unit.mirrors.tally(bearer.tenant) >= MIRRORS_PER_TENANT:
                raise Full(f"{MIRRORS_PER_TENANT} documents are mirrored already", next_step="Wait until some are out.")
            mirror = Mirror(
                tenant=bearer.tenant,
                job=JobId(request.job),
                agent=bearer.agent,
                upload=upload.id,
                size=upload.size,
                note=request.note,
                at=now,
            )
            await unit.mirrors.put(bearer.tenant, mirror, [each for each in envelopes if each.agent in readers])
            kept = (await unit.mirrors.keepers(bearer.tenant, [job.id])).get(job.id, {})
            chosen = await choose(unit, self._presence, job, queue, readers, list(kept))
            await unit.mirrors.choose(bearer.tenant, job.id, chosen)
        if before is not None and before.upload != upload.id:
            await drop(self._units, self._blobs, bearer.tenant, before.upload)
        await wake(self._wakeups, bearer.tenant, {*chosen, *kept})

    async def size(self, bearer: Bearer, upload: str) -> int:
        """How many bytes an agent with an envelope can read; raises ``NotFound`` for any other."""
        async with self._units.reading() as unit:
            known = await unit.mirrors.by_upload(bearer.tenant, UploadId(upload)) if is_id(upload) else None
            if known is None or known.erased or not await _may_read(unit, bearer, known):
                raise NotFound("this agent may read no such document")
        return known.size


async def _finished(unit: Unit, bearer: Bearer, upload: str) -> Upload:
    known = await unit.uploads.get(bearer.tenant, UploadId(upload)) if is_id(upload) else None
    if known is None or known.agent != bearer.agent or known.state is not UploadState.FINISHED:
        raise NotFound("this agent has no such finished upload", next_step="Upload it again.")
    return known


async def _check_held(unit: Unit, bearer: Bearer, job: JobId) -> tuple[Job, PullSettings]:
    """A job this agent holds, and the queue that mirrors it."""
    known = await unit.jobs.get(bearer.tenant, job)
    if known is None:
        raise Unavailable("the job was not reported yet", next_step="Say it again once it is.")
    if known.agent != bearer.agent or known.standing is not Standing.HELD:
        raise Conflict("this agent does not hold this job")
    queue = (await queues_of(unit, bearer.tenant, [known.printer])).get(known.printer)
    if queue is None or not await mirrors(unit, bearer.tenant, queue):
        raise NotAllowed("jobs of this queue are not mirrored")
    return known, queue


async def _welcome(unit: Unit, tenant: TenantId, agents: Collection[AgentId]) -> frozenset[AgentId]:
    """Those that were not revoked; raises ``BadInput`` for one there never was."""
    found = [await unit.agents.get(tenant, agent) for agent in agents]
    if any(agent is None for agent in found):
        raise BadInput("an envelope is for an agent there is not")
    return frozenset(agent.id for agent in found if agent is not None and agent.revoked_at is None)


async def _may_read(unit: Unit, bearer: Bearer, mirror: Mirror) -> bool:
    if mirror.agent == bearer.agent:
        return True
    return await unit.mirrors.envelope(bearer.tenant, mirror.job, bearer.agent) is not None
