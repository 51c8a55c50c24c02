"""Jobs of the tunnel that wait for an agent: those that may take them are told, and a silent one's go to the next.

- Who gets a job is who asks for it first. The agent that is connected and has the fewest is told alone, so that it is
  the first; when it does not come, all that may take the job are told.
- A lease that ran out is nobody's: all others are told in the same round.
- A process looks after tenants of whose tunnel it heard lately; at its start, and where it may have missed a word,
  after all. Two processes that look at once do no harm: to tell twice is to tell once.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from tympan_hub.domain.crossings import Addressee, Crossing, CrossingState, first_asked
from tympan_hub.domain.ids import SERVICE, AgentId, CrossingId, TenantId
from tympan_hub.domain.limits.tunnel import EXPIRED_AT_ONCE, PATIENCE, TOLD_AGAIN, WOKEN_MOST
from tympan_hub.domain.wakes import LookAgain, LookAtTunnel, Wake
from tympan_hub.ports import Blobs, Clock, Unit, Units, WakeUps
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.tunnel_ends import Moved, changed, follow, lose_silent, wake

_Told = tuple[int, CrossingState, dt.datetime, bool]
"""Under which fence and in which state somebody was told, when, and whether all were."""


class Failover:
    """Tells agents of jobs that wait."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs
        self._wakeups = wakeups
        self._presence = presence
        self._waiting: set[TenantId] = set()
        self._told: dict[TenantId, dict[CrossingId, _Told]] = {}
        self._missed = True
        wakeups.listen(self._heard)

    async def round(self) -> None:
        """Looks at every tenant in which jobs may wait."""
        missed, self._missed = self._missed, False
        try:
            for tenant in await self._all() if missed else tuple(self._waiting):
                self._waiting.discard(tenant)  # whoever is heard of from here on is looked at again
                if await self.of(tenant):
                    self._waiting.add(tenant)
        except BaseException:
            self._missed = True
            raise

    async def of(self, tenant: TenantId) -> bool:
        """Looks at one tenant, and tells whether jobs wait there."""
        now = self._clock.now()
        async with self._units.reading() as unit:
            going = await unit.crossings.any_unbegun(tenant)
            free = await unit.crossings.free(tenant, now, WOKEN_MOST) if going else ()
            woken = await self._to_tell(unit, tenant, [one for one in free if not one.is_due(now)], now)
        await wake(self._wakeups, tenant, woken)
        if any(one.is_due(now) for one in free):
            await self._expire(tenant, now)
        return going

    async def settle(self) -> None:
        """One round over all tenants: what its agent never told the end of is lost."""
        for tenant in await self._all():
            await lose_silent(self._units, self._blobs, self._wakeups, tenant, self._clock.now())

    async def levels(self) -> Mapping[CrossingState, int]:
        """How many jobs of the whole hub stand where in the tunnel."""
        sums = Counter[CrossingState]()
        async with self._units.reading() as unit:
            for tenant in await unit.directory.tenants():
                sums.update(await unit.crossings.states(tenant.id))
        return sums

    async def told(self, tenant: TenantId, crossing: Crossing) -> None:
        """A job was offered, or somebody may take it now that could not before."""
        now = self._clock.now()
        self._told.get(tenant, {}).pop(crossing.id, None)
        async with self._units.reading() as unit:
            free = [crossing] if crossing.is_free(now) else []
            woken = await self._to_tell(unit, tenant, free, now, alone=True)
        await wake(self._wakeups, tenant, woken | ({crossing.sender} if crossing.sender else set()))

    async def _to_tell(
        self, unit: Unit, tenant: TenantId, free: Sequence[Crossing], now: dt.datetime, *, alone: bool = False
    ) -> set[AgentId]:
        """Whom to tell of some that wait; ``alone`` are not all that do."""
        known = self._told.get(tenant, {})
        kept = {one.id: known[one.id] for one in free if one.id in known}
        self._told[tenant] = {**known, **kept} if alone else kept
        due = [one for one in free if _is_to_be_told(one, known.get(one.id), now)]
        if not due:
            return set()
        sealed = await unit.crossings.addressees(tenant, [one.id for one in due])
        agents = {each.agent for envelopes in sealed.values() for each in envelopes}
        here = await self._presence.connected_of(unit, tenant, agents)
        loads = await unit.crossings.loads(tenant, here, now)
        woken: set[AgentId] = set()
        for one in due:
            before = known.get(one.id)
            every = one.state is CrossingState.TAKEN or _is_same(one, before)
            woken |= _whom(one, sealed.get(one.id, ()), here, loads, now, every=every)
            self._told[tenant][one.id] = (one.fence, one.state, now, every)
        return woken

    async def _expire(self, tenant: TenantId, now: dt.datetime) -> None:
        moved = Moved()
        async with self._units.writing("crossings that expire") as unit:
            free = await unit.crossings.free(tenant, now, WOKEN_MOST)
            for one in [one for one in free if one.is_due(now)][:EXPIRED_AT_ONCE]:
                moved |= await changed(unit, one.expired(now), one) or Moved()
        await follow(self._units, self._blobs, self._wakeups, tenant, moved)

    async def _all(self) -> tuple[TenantId, ...]:
        async with self._units.reading() as unit:
            return tuple(tenant.id for tenant in await unit.directory.tenants())

    def _heard(self, tenant: TenantId, wake: Wake) -> None:
        if isinstance(wake, LookAtTunnel):
            self._waiting.add(tenant)
        elif isinstance(wake, LookAgain) and tenant == SERVICE:
            self._missed = True


def _is_same(one: Crossing, before: _Told | None) -> bool:
    return before is not None and before[:2] == (one.fence, one.state)


def _is_to_be_told(one: Crossing, before: _Told | None, now: dt.datetime) -> bool:
    if before is None or not _is_same(one, before):
        return True
    return now - before[2] >= (TOLD_AGAIN if before[3] else PATIENCE)


def _whom(
    one: Crossing,
    sealed: Sequence[Addressee],
    here: Collection[AgentId],
    loads: Mapping[AgentId, int],
    now: dt.datetime,
    *,
    every: bool,
) -> set[AgentId]:
    """Those that may take a job, or the one of them that is asked first."""
    able = {each.agent for each in sealed if each.not_before is None or each.not_before <= now} & set(here)
    if every:
        return able
    first = first_asked(able, here, loads)
    return set() if first is None else {first}
