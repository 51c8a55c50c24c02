"""Which agent prints a held job: the one that took it, or while that is gone one that has the job's key, best one that
keeps its document already.

- Where the tunnel is used, by its queue or at the device, it is one that reaches the device now: the one that took the
  job first, unless it shall always go through the hub.
- An agent that fetched an order and never said no is the only one that can tell what became of the job: nobody else is
  given it.
- While a phone holds a grant for a job, the agent it names is the only one; and after that until it said whether it let
  the job go for it, which it may have done while the hub was away.
- One that was revoked prints nothing any more: another one that can is waited for, and without one the job is lost.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from tympan_hub.domain.grants import Grant
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.limits.pull import HOLD_MOST
from tympan_hub.domain.releases import Release, ReleaseState
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.ports import Unit
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.tunnel_use import choices_of


@frozen(kw_only=True)
class Givers:
    """What is known of who could print some jobs."""

    readers: Mapping[JobId, frozenset[AgentId]]
    kept: Mapping[JobId, Mapping[AgentId, bool]]
    here: frozenset[AgentId]
    revoked: frozenset[AgentId]
    grants: Mapping[JobId, Grant]
    last: Mapping[JobId, Release]
    bound: Mapping[JobId, AgentId]
    ways: Mapping[PrinterId, TunnelChoice]
    near: Mapping[PrinterId, frozenset[AgentId]]
    now: dt.datetime

    @classmethod
    async def of(
        cls,
        unit: Unit,
        presence: PresenceService,
        tenant: TenantId,
        jobs: Collection[Job],
        now: dt.datetime,
        points: Collection[PrinterId] = (),
    ) -> "Givers":
        """Looks at some jobs, and at the devices at which they may come out."""
        names = [job.id for job in jobs]
        readers = await unit.mirrors.readers(tenant, names)
        agents = frozenset(job.agent for job in jobs if job.agent is not None).union(*readers.values())
        bound = await unit.releases.unanswered(tenant, names)
        grants = await unit.grants.of(tenant, names, now - HOLD_MOST)
        only = {*bound.values(), *(grant.agent for grant in grants.values())}
        revoked = await unit.agents.revoked(tenant, agents | only)
        printers = {*points, *(PrinterId(job.printer) for job in jobs)}
        ways = await choices_of(unit, await unit.printers.some(tenant, printers))
        return cls(
            ways=ways,
            near=await unit.serving.near(tenant, points, now) if ways else {},
            readers={job: able - revoked for job, able in readers.items()},
            kept=await unit.mirrors.keepers(tenant, names),
            here=await presence.connected_of(unit, tenant, agents | only) - revoked,
            revoked=revoked,
            grants=grants,
            last=await unit.releases.newest(tenant, names),
            bound=bound,
            now=now,
        )

    def agent(self, job: Job, point: PrinterId | None = None) -> AgentId | None:
        """Who prints it, at a device where that is known; None for one that was handed in and nobody can have."""
        if (only := self._only(job)) is not None:
            return only
        if point is not None and (beside := self._beside(job, point)) is not None:
            return beside
        if job.agent is not None and (job.agent in self.here or job.id not in self.readers):
            return job.agent
        kept, readers = self.kept.get(job.id, {}), self.readers.get(job.id, frozenset())
        nobodys = job.agent is None or job.agent in self.revoked
        able = readers & self.here or (readers if nobodys else frozenset())
        return min(able, key=lambda agent: (not kept.get(agent, False), agent), default=job.agent)

    def is_away(self, job: Job, point: PrinterId | None = None) -> bool:
        """Whether whoever would print it is not connected."""
        return self.agent(job, point) not in self.here

    def is_gone(self, job: Job, point: PrinterId | None = None) -> bool:
        """Whether nobody can print it any more: whoever would was revoked."""
        return self.agent(job, point) in self.revoked

    def _beside(self, job: Job, point: PrinterId) -> AgentId | None:
        """An agent that is there, has the job's key and reaches the device, where the tunnel is used; None for none."""
        way = self.ways.get(PrinterId(job.printer)) or self.ways.get(point)
        if way is None:
            return None
        able = self._with_key(job) & self.here & self.near.get(point, frozenset())
        kept, own_last = self.kept.get(job.id, {}), way.use is TunnelUse.ALWAYS
        return min(
            able,
            key=lambda agent: ((agent == job.agent) is own_last, not kept.get(agent, False), agent),
            default=None,
        )

    def _with_key(self, job: Job) -> frozenset[AgentId]:
        own = frozenset({job.agent} if job.agent is not None else ())
        return own | self.readers.get(job.id, frozenset())

    def _only(self, job: Job) -> AgentId | None:
        if (holder := self.bound.get(job.id)) is not None:
            return holder
        grant = self.grants.get(job.id)
        return grant.agent if grant is not None else None


def told_now(
    every: Sequence[Release], agent: AgentId, here: Collection[AgentId], now: dt.datetime
) -> tuple[Release, ...]:
    """Those of some batches that an agent is told of now: whatever is before them begins here too, or has begun.

    What waits for a computer that is away keeps nothing else waiting: it would be over before anything came out.

    Args:
        every: All of those batches, by their place.
        agent: Which.
        here: Agents that are connected.
        now: The time.
    """
    blocked: set[str] = set()
    told: list[Release] = []
    for release in every:
        unbegun = release.standing(now) in (ReleaseState.WAITING, ReleaseState.TAKEN)
        if not unbegun:
            continue
        if release.agent != agent:
            if release.state is ReleaseState.TAKEN or release.agent in here:
                blocked.add(release.batch)
        elif release.batch not in blocked:
            told.append(release)
    return tuple(sorted(told, key=lambda one: (one.asked_at, one.batch, one.place)))
