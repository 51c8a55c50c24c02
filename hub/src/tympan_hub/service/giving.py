"""Which agent prints a held job: the one that took it, or while that is gone one that has the job's key, best one that
keeps its document already.

- An agent that fetched an order and never said no is the only one that can tell what became of the job: nobody else is
  given it.
- While a phone holds a grant for a job, the agent it names is the only one; and after that until it was heard of again,
  for it may have printed the job while the hub was away.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import frozen

from tympan_hub.domain.grants import Grant
from tympan_hub.domain.ids import AgentId, JobId, TenantId
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.limits.pull import HOLD_MOST
from tympan_hub.domain.releases import Release, ReleaseState
from tympan_hub.ports import Unit
from tympan_hub.service.presence import PresenceService


@frozen(kw_only=True)
class Givers:
    """What is known of who could print some jobs."""

    readers: Mapping[JobId, frozenset[AgentId]]
    kept: Mapping[JobId, Mapping[AgentId, bool]]
    here: frozenset[AgentId]
    gone: frozenset[AgentId]
    grants: Mapping[JobId, Grant]
    last: Mapping[JobId, Release]
    bound: Mapping[JobId, AgentId]
    now: dt.datetime

    @classmethod
    async def of(
        cls, unit: Unit, presence: PresenceService, tenant: TenantId, jobs: Collection[Job], now: dt.datetime
    ) -> "Givers":
        """Looks at some jobs."""
        names = [job.id for job in jobs]
        readers = await unit.mirrors.readers(tenant, names)
        agents = frozenset({job.agent for job in jobs}).union(*readers.values())
        here = await presence.connected_of(unit, tenant, agents)
        return cls(
            readers=readers,
            kept=await unit.mirrors.keepers(tenant, names),
            here=here,
            gone=await gone_of(unit, tenant, jobs, readers, here),
            grants=await _grants(unit, tenant, names, now),
            last=await unit.releases.newest(tenant, names),
            bound=await unit.releases.unanswered(tenant, names),
            now=now,
        )

    def agent(self, job: Job) -> AgentId:
        """Who prints it."""
        if (only := self._only(job)) is not None:
            return only
        if job.agent in self.here or job.id not in self.readers:
            return job.agent
        kept = self.kept.get(job.id, {})
        able = sorted(self.readers[job.id] & self.here, key=lambda agent: (not kept.get(agent, False), agent))
        return able[0] if able else job.agent

    def is_away(self, job: Job) -> bool:
        """Whether whoever would print it is not connected."""
        return self.agent(job) not in self.here

    def is_gone(self, job: Job) -> bool:
        """Whether nobody is left who could print it: its computer was revoked, as was every other that has its key."""
        only = self._only(job)
        able = {job.agent, *self.readers.get(job.id, ())} if only is None else {only}
        return able <= self.gone

    def _only(self, job: Job) -> AgentId | None:
        if (holder := self.bound.get(job.id)) is not None:
            return holder
        grant = self.grants.get(job.id)
        return grant.agent if grant is not None else None


async def gone_of(
    unit: Unit,
    tenant: TenantId,
    jobs: Collection[Job],
    readers: Mapping[JobId, frozenset[AgentId]],
    here: Collection[AgentId],
) -> frozenset[AgentId]:
    """Which agents of some jobs were revoked: those that took them, and of what these took those that have the key."""
    own = await _revoked(unit, tenant, {job.agent for job in jobs}.difference(here))
    theirs = frozenset[AgentId]().union(*(readers.get(job.id, ()) for job in jobs if job.agent in own))
    return own | await _revoked(unit, tenant, theirs.difference(here))


async def _revoked(unit: Unit, tenant: TenantId, agents: Iterable[AgentId]) -> frozenset[AgentId]:
    known = [(agent, await unit.agents.get(tenant, agent)) for agent in agents]
    return frozenset(agent for agent, told in known if told is None or told.revoked_at is not None)


async def _grants(unit: Unit, tenant: TenantId, jobs: Collection[JobId], now: dt.datetime) -> Mapping[JobId, Grant]:
    """Grants that bind: those that are good, and those whose agents were not heard of since they ended."""
    given = await unit.grants.of(tenant, jobs, now - HOLD_MOST)
    heard = await unit.agents.seen_at(tenant, {grant.agent for grant in given.values()})
    return {
        job: grant
        for job, grant in given.items()
        if grant.expires_at > now or heard.get(grant.agent, grant.expires_at) <= grant.expires_at
    }


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
