"""Orders that wait for an agent that is gone: given to one that is there and can print them, whoever asked for them.

- One that nobody can print any more, for its agent was revoked, is refused: who stands at the device need not wait.
- An agent that is there keeps its orders. It is told again: a word may have been lost, and its turn may have come.
- A process looks after tenants of whose releases it heard lately; at its start, and where it may have missed a word,
  after all. Two processes that look at once do no harm: a release is kept as it was read, or not at all.
"""

import datetime as dt
from collections.abc import Sequence

from tympan_hub.domain.ids import SERVICE, AgentId, TenantId
from tympan_hub.domain.limits.pull import REGIVE_S, REGIVEN_AT_ONCE, RELEASE
from tympan_hub.domain.releases import SENTENCES, Release, Why
from tympan_hub.domain.wakes import LookAgain, LookAtReleases, Wake
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.giving import Givers
from tympan_hub.service.presence import PresenceService


class Regiving:
    """Gives waiting orders to agents that are there."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._presence = presence
        self._until: dict[TenantId, dt.datetime] = {}
        self._missed = True
        wakeups.listen(self._heard)

    async def round(self) -> None:
        """Looks at every tenant in which orders may wait."""
        now, missed = self._clock.now(), self._missed
        self._missed = False
        self._until = {tenant: until for tenant, until in self._until.items() if until > now}
        try:
            for tenant in await self._all() if missed else tuple(self._until):
                if await self.of(tenant):
                    self._until[tenant] = now + RELEASE
        except BaseException:
            self._missed |= missed
            raise

    async def of(self, tenant: TenantId) -> bool:
        """Looks at one tenant, and tells whether orders wait there."""
        now = self._clock.now()
        async with self._units.reading() as unit:
            waiting = await unit.releases.waiting(tenant, now, REGIVEN_AT_ONCE)
            there = await self._presence.connected_of(unit, tenant, {one.agent for one in waiting})
            movable = await self._movable(unit, tenant, waiting, now)
        woken = await self._moved(tenant, now) if movable else set()
        told = now - dt.timedelta(seconds=REGIVE_S)
        woken |= {one.agent for one in waiting if one.agent in there and one.asked_at <= told}
        if woken:
            await self._wakeups.send(tenant, LookAtReleases(agents=tuple(sorted(woken))))
        return bool(waiting)

    async def _moved(self, tenant: TenantId, now: dt.datetime) -> set[AgentId]:
        moved: set[AgentId] = set()
        async with self._units.writing() as unit:
            waiting = await unit.releases.waiting(tenant, now, REGIVEN_AT_ONCE)
            for before, after in await self._movable(unit, tenant, waiting, now):
                if await unit.releases.keep(tenant, after, before) and after.is_open:
                    moved.add(after.agent)
        return moved

    async def _movable(
        self, unit: Unit, tenant: TenantId, waiting: Sequence[Release], now: dt.datetime
    ) -> list[tuple[Release, Release]]:
        """Those whose agent is gone, each as another one is given it, or as it is over where nobody can print it."""
        agents = {one.agent for one in waiting}
        there = await self._presence.connected_of(unit, tenant, agents) - await unit.agents.revoked(tenant, agents)
        left = [one for one in waiting if one.agent not in there]
        jobs = await unit.jobs.some(tenant, [one.job for one in left])
        if not jobs:
            return []
        givers = await Givers.of(unit, self._presence, tenant, list(jobs.values()), now, {one.point for one in left})
        known = [(one, jobs[one.job]) for one in left if one.job in jobs]
        given = [
            (one, one.given(agent))
            for one, job in known
            if (agent := givers.agent(job, one.point)) is not None and not givers.is_away(job, one.point)
        ]
        return [*given, *((one, _lost(one, now)) for one, job in known if givers.is_gone(job, one.point))]

    async def _all(self) -> tuple[TenantId, ...]:
        async with self._units.reading() as unit:
            return tuple(tenant.id for tenant in await unit.directory.tenants())

    def _heard(self, tenant: TenantId, wake: Wake) -> None:
        if isinstance(wake, LookAtReleases):
            self._until[tenant] = self._clock.now() + RELEASE
        elif isinstance(wake, LookAgain) and tenant == SERVICE:
            self._missed = True


def _lost(release: Release, now: dt.datetime) -> Release:
    why = Why.COMPUTER_GONE
    return release.refused(release.fence, reason=why.value, detail=SENTENCES[why], now=now)
