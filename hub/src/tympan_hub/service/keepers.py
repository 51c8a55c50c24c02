"""Keepers: agents that keep the sealed documents of held jobs ahead, so that the hub need not.

- Level-triggered: an agent says with each look for releases what it keeps, and is told what it shall keep too and what
  no longer. Nothing is lost with a notice.
- Once all that were chosen keep a document, the hub erases its bytes. The envelopes of its key stay, and go with the
  order to the agent that prints it: an agent that only keeps a document has no key to it.
- Who is revoked, leaves the chosen group, or meets a policy that says no, is chosen no longer.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Final

from attrs import field, frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, JobId, TenantId, UploadId
from tympan_hub.domain.jobs import Job, Standing
from tympan_hub.domain.limits.pull import JOBS_AT_ONCE, KEEPERS, KEEPS_TOLD, KEPT_MOST
from tympan_hub.domain.mirrors import keepers
from tympan_hub.domain.pull import Mirroring, PullSettings
from tympan_hub.domain.releases import OPEN
from tympan_hub.domain.uploads import Upload, UploadState, UploadStep
from tympan_hub.domain.wakes import LookAtReleases
from tympan_hub.ports import Bearer, Blobs, Clock, Unit, Units, WakeUps
from tympan_hub.service.holding import mirrors, queues_of
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.upload_clearance import clear, drop
from tympan_wire.hub import KeepOrder, MirroredJob

_LOCK: Final = "mirror {job}"


@frozen(kw_only=True)
class ToKeep:
    """What an agent shall keep that it does not yet, and what it keeps and shall not."""

    keep: tuple[KeepOrder, ...] = ()
    drop: tuple[JobId, ...] = ()


@frozen(kw_only=True)
class Gone:
    """What is left of mirrored jobs that are over: uploads to be cleared, agents to be told."""

    uploads: tuple[UploadId, ...] = ()
    keepers: frozenset[AgentId] = field(factory=frozenset)


async def take_away(unit: Unit, tenant: TenantId, jobs: Collection[JobId]) -> Gone:
    """These jobs are mirrored no longer; `forget` what is left once the unit is done."""
    kept = await unit.mirrors.keepers(tenant, jobs)
    uploads = await unit.mirrors.remove(tenant, jobs)
    return Gone(uploads=uploads, keepers=frozenset[AgentId]().union(*kept.values()))


async def forget(units: Units, blobs: Blobs, wakeups: WakeUps, tenant: TenantId, gone: Gone) -> None:
    """Clears what is left, and lets agents look that keep it."""
    for upload in gone.uploads:
        await drop(units, blobs, tenant, upload)
    await wake(wakeups, tenant, gone.keepers)


async def wake(wakeups: WakeUps, tenant: TenantId, agents: Collection[AgentId]) -> None:
    """Lets agents look what they shall keep."""
    every = sorted(agents)
    for first in range(0, len(every), JOBS_AT_ONCE):
        await wakeups.send(tenant, LookAtReleases(agents=tuple(every[first : first + JOBS_AT_ONCE])))


async def choose(
    unit: Unit,
    presence: PresenceService,
    job: Job,
    queue: PullSettings,
    able: Collection[AgentId],
    before: Collection[AgentId],
) -> tuple[AgentId, ...]:
    """Who shall keep a job's document, of those with an envelope; nobody where its queue keeps none at agents."""
    if queue.mirror is not Mirroring.AGENTS:
        return ()
    meant = await _meant(unit, job.tenant, queue)
    others = {agent for agent in able if agent != job.agent and (meant is None or agent in meant)}
    here = await presence.connected_of(unit, job.tenant, others)
    return keepers(others, before, here)


async def _meant(unit: Unit, tenant: TenantId, queue: PullSettings) -> frozenset[AgentId] | None:
    """The agents of the group that was chosen; None for any."""
    if queue.keepers is None:
        return None
    return frozenset(await unit.group_agents.of_group(tenant, queue.keepers))


class KeeperService:
    """Keepers of a tenant."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs
        self._wakeups = wakeups
        self._presence = presence

    async def of(self, bearer: Bearer, kept: Collection[JobId]) -> ToKeep:
        """Takes what an agent says it keeps, and answers what it shall.

        Raises:
            BadInput: Nobody keeps so many.
        """
        if len(kept) > KEPT_MOST:
            raise BadInput(f"an agent keeps at most {KEPT_MOST} documents for others")
        async with self._units.reading() as unit:
            chosen = await unit.mirrors.kept_by(bearer.tenant, bearer.agent)
            if not chosen and not kept:
                return ToKeep()
            shall = await self._shall(unit, bearer, chosen)
            missing = [job for job in shall if job not in kept]
            keep = [await _order(unit, bearer, job) for job in missing[:KEEPS_TOLD]]
        said = {job for job in kept if job in chosen}
        if said != {job for job, is_kept in chosen.items() if is_kept}:
            async with self._units.writing() as unit:
                await unit.mirrors.tell(bearer.tenant, bearer.agent, said)
            await self._relieve(bearer.tenant, said)
        return ToKeep(
            keep=tuple(order for order in keep if order is not None),
            drop=tuple(job for job in kept if job not in shall),
        )

    async def _shall(self, unit: Unit, bearer: Bearer, chosen: Collection[JobId]) -> Mapping[JobId, Job]:
        """Those of the jobs an agent was chosen for that it shall keep still."""
        jobs = await unit.jobs.some(bearer.tenant, list(chosen))
        queues = await queues_of(unit, bearer.tenant, {job.printer for job in jobs.values()})
        allowed: dict[str, bool] = {}
        for name, queue in queues.items():
            meant = await _meant(unit, bearer.tenant, queue)
            mine = meant is None or bearer.agent in meant
            allowed[name] = mine and await _at_agents(unit, bearer.tenant, queue)
        return {name: jobs[name] for name in chosen if name in jobs and allowed.get(jobs[name].printer, False)}

    async def settle(self) -> None:
        """One round over all tenants: what was switched off, or whose agents went, is kept no longer."""
        async with self._units.reading() as unit:
            tenants = [tenant.id for tenant in await unit.directory.tenants()]
        for tenant in tenants:
            await self._settle(tenant)

    async def _settle(self, tenant: TenantId) -> None:
        async with self._units.reading() as unit:
            if not await unit.mirrors.tally(tenant):
                return
        async with self._units.writing() as unit:
            held = await unit.mirrors.printers(tenant)
            queues = await queues_of(unit, tenant, set(held.values()))
            going = {name for name, queue in queues.items() if await mirrors(unit, tenant, queue)}
            gone = await take_away(unit, tenant, [job for job, printer in held.items() if printer not in going])
            moved = await self._choose_anew(unit, tenant, queues)
            lying = await unit.mirrors.lying(tenant)
        await forget(self._units, self._blobs, self._wakeups, tenant, gone)
        await wake(self._wakeups, tenant, moved)
        await self._relieve(tenant, lying)

    async def _choose_anew(
        self, unit: Unit, tenant: TenantId, queues: Mapping[str, PullSettings]
    ) -> frozenset[AgentId]:
        """In the place of agents that keep no longer, others do, as long as the bytes are here; whom to tell."""
        chosen = await unit.mirrors.keepers(tenant, list(await unit.mirrors.printers(tenant)))
        lying = frozenset(await unit.mirrors.lying(tenant))
        stands = await _standing(unit, tenant, frozenset[AgentId]().union(*chosen.values()))
        meant = {name: await _meant(unit, tenant, queue) for name, queue in queues.items()}
        moved: set[AgentId] = set()
        for name, job in (await unit.jobs.some(tenant, list(chosen))).items():
            queue, before = queues[job.printer], frozenset(chosen[name])
            group = meant[job.printer]
            after = before & stands if group is None else before & stands & group
            if queue.mirror is not Mirroring.AGENTS:
                after = frozenset()
            elif name in lying and (after != before or len(before) < KEEPERS):
                readers = (await unit.mirrors.readers(tenant, [name])).get(name, frozenset())
                able = await _standing(unit, tenant, readers)
                after = frozenset(await choose(unit, self._presence, job, queue, able, after))
            if after != before:
                await unit.mirrors.choose(tenant, name, after)
                moved |= after ^ before
        return frozenset(moved)

    async def _relieve(self, tenant: TenantId, jobs: Collection[JobId]) -> None:
        """Erases the bytes of those that all of their keepers have."""
        async with self._units.reading() as unit:
            whole = await _kept_by_all(unit, tenant, jobs, self._clock.now())
        for job in whole:
            async with self._units.writing(_LOCK.format(job=job)) as unit:
                left = await _erase(unit, tenant, job, self._clock.now())
            if left is not None:
                await clear(self._units, self._blobs, left)


def lock_of(job: JobId) -> str:
    """What a unit of work takes that changes where a job's bytes are."""
    return _LOCK.format(job=job)


async def _at_agents(unit: Unit, tenant: TenantId, queue: PullSettings) -> bool:
    return queue.mirror is Mirroring.AGENTS and await mirrors(unit, tenant, queue)


async def _order(unit: Unit, bearer: Bearer, name: JobId) -> KeepOrder | None:
    """To fetch a document; None where there is nothing to fetch, or nobody waits for it."""
    mirror = await unit.mirrors.get(bearer.tenant, name)
    job = await unit.jobs.get(bearer.tenant, name)
    if mirror is None or mirror.erased or job is None or job.standing is not Standing.HELD:
        return None
    envelope = await unit.mirrors.envelope(bearer.tenant, name, bearer.agent)
    if envelope is None or job.agent == bearer.agent:
        return None
    mirrored = MirroredJob(upload=mirror.upload, size=mirror.size, envelope=envelope, note=mirror.note)
    return KeepOrder(job=name, mirrored=mirrored)


async def _kept_by_all(unit: Unit, tenant: TenantId, jobs: Collection[JobId], now: dt.datetime) -> tuple[JobId, ...]:
    """Those that all of their keepers have but the one that prints, and that nobody may be fetching now."""
    chosen = await unit.mirrors.keepers(tenant, jobs)
    known = await unit.jobs.some(tenant, list(chosen))
    last = await unit.releases.newest(tenant, list(chosen))
    stands = await _standing(unit, tenant, frozenset[AgentId]().union(*chosen.values()))

    def whole(job: JobId) -> bool:
        needed = [kept for agent, kept in chosen[job].items() if agent in stands and agent != known[job].agent]
        fetched = job in last and last[job].standing(now) in OPEN
        return bool(needed) and all(needed) and not fetched

    return tuple(job for job in chosen if job in known and whole(job))


async def _standing(unit: Unit, tenant: TenantId, agents: Collection[AgentId]) -> frozenset[AgentId]:
    """Those that were not revoked."""
    found = [await unit.agents.get(tenant, agent) for agent in agents]
    return frozenset(agent.id for agent in found if agent is not None and agent.revoked_at is None)


async def _erase(unit: Unit, tenant: TenantId, job: JobId, now: dt.datetime) -> Upload | None:
    """Marks a document's bytes as gone; gives what is to be cleared of them."""
    mirror = await unit.mirrors.get(tenant, job)
    if mirror is None or mirror.erased or job not in await _kept_by_all(unit, tenant, [job], now):
        return None
    await unit.mirrors.erase(tenant, job)
    upload = await unit.uploads.get(tenant, mirror.upload)
    if upload is None:
        return None
    leaving = upload if upload.state is UploadState.LEAVING else upload.step(UploadStep.LEAVE)
    await unit.uploads.keep(tenant, leaving)
    return leaving
