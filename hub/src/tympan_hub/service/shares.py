"""What agents say of the queues they share.

- A digest is asked about first, then differences come. Each may be repeated, and what comes late is put right by the
  next digest: what an agent says last is what holds.
- An agent speaks of its own shares alone: what it says of another's is refused, and taking it away does nothing.
- A failed enumeration says nothing here: a queue goes only where its agent says that it is gone.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

import attrs

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.errors import Full, NotAllowed, Taken
from tympan_hub.domain.ids import SERVICE, AgentId, ShareId, TenantId
from tympan_hub.domain.limits.shares import SHARES
from tympan_hub.domain.people import HUB, Actor
from tympan_hub.domain.policy import SHARE_QUEUES, Verdict, binding
from tympan_hub.domain.shares import Queue, SharedQueue, SharingRules
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Bearer, Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import welcome_agent
from tympan_hub.service.share_words import known_of, queue_of, wanted_of
from tympan_hub.service.shared_printers import Room, appear, follow_queue, room_of, rules_of, show_queue, vanish
from tympan_wire.hub import (
    SHARES_AT_ONCE,
    Share,
    SharesAnswer,
    SharesChange,
    SharesRequest,
    ShareWanted,
    shares_digest,
)


class ShareService:
    """Shares, for the agents whose they are."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups

    async def of(self, bearer: Bearer, request: SharesRequest) -> SharesAnswer:
        """Whether the hub has what an agent shares, and what it wants."""
        async with self._units.reading() as unit:
            return await _answer(unit, bearer, request.digest)

    async def change(self, bearer: Bearer, change: SharesChange) -> SharesAnswer:
        """Takes differences.

        Raises:
            Full: There are too many at once, or of one agent, or too much of one.
            NotAllowed: Policy has sharing off there.
            Taken: A share is another agent's.
        """
        if len(change.put) > SHARES_AT_ONCE or len(change.gone) > SHARES:
            raise Full(f"at most {SHARES_AT_ONCE} shares are told at once, and {SHARES} that are gone")
        put = {share_key(share): share for share in change.put}
        now = self._clock.now()
        async with self._units.writing() as unit:
            agent = await welcome_agent(unit, bearer.tenant, bearer.agent)
            if put:
                await _check_policy(unit, bearer)
            taking = _Taking(unit, agent, await rules_of(unit, bearer.tenant), now)
            moved = await taking.put(put.values())
            moved = await taking.gone([ShareId(str(one)) for one in change.gone]) or moved
            answer = await _answer(unit, bearer, "")
        if moved:
            await self._wakeups.send(bearer.tenant, LookAgain())
        return answer


class _Taking:
    """Takes the differences of one agent."""

    def __init__(self, unit: Unit, agent: Agent, rules: SharingRules, now: dt.datetime) -> None:
        self._unit = unit
        self._agent = agent
        self._tenant = agent.tenant
        self._rules = rules
        self._now = now
        self._room: Room | None = None

    async def put(self, shares: Iterable[Share]) -> bool:
        """Those that are new or changed; tells whether others have to look."""
        told = [(ShareId(share_key(one)), queue_of(one), one.hash) for one in shares]
        known = {one.id: one for one in await self._unit.shares.some(self._tenant, [share for share, _, _ in told])}
        await self._check_room(sum(share not in known for share, _, _ in told))
        moved = [await self._one(share, fit, said, known.get(share)) for share, fit, said in told]
        return any(moved)

    async def _check_room(self, fresh: int) -> None:
        if fresh and len(await self._unit.shares.of_agent(self._tenant, self._agent.id)) + fresh > SHARES:
            raise Full(f"a computer shares at most {SHARES} queues", next_step="Deny those that nobody needs.")

    async def _one(self, share: ShareId, told: Queue, said: str, before: SharedQueue | None) -> bool:
        if before is None:
            fresh = SharedQueue(
                id=share, tenant=self._tenant, agent=self._agent.id, told=told, hash=said, added_at=self._now
            )
            await self._keep(await self._appear(fresh), "printer.share")
            return True
        await self._check_own(before)
        after = attrs.evolve(before, agent=self._agent.id, told=told, hash=said, gone_at=None)
        if after == before and after.printer is not None:
            return False
        if after.printer is not None:
            await follow_queue(self._unit, before, after, self._agent, await self._room_now())
        elif after.registered:
            after = await self._appear(after)
        await self._keep(after, "printer.share" if before.printer != after.printer else "")
        return after.hash != before.hash or after.printer != before.printer or before.gone_at is not None

    async def _check_own(self, share: SharedQueue) -> None:
        """A machine that joined anew takes its shares along; nobody else's are anybody's."""
        if share.agent in (self._agent.id, self._agent.replaces):
            return
        if share.agent in await self._unit.agents.revoked(self._tenant, [share.agent]):
            return
        raise Taken(
            "another computer shares a queue by this id",
            next_step="Was this computer made from a copy of another one's disk? Let it join the hub anew.",
        )

    async def _appear(self, share: SharedQueue) -> SharedQueue:
        return await appear(self._unit, share, self._agent, await self._room_now(), self._rules, self._now)

    async def _room_now(self) -> Room:
        if self._room is None:
            self._room = await room_of(self._unit, self._tenant)
        return self._room

    async def _keep(self, share: SharedQueue, act: str) -> None:
        await self._unit.shares.keep(self._tenant, share)
        await show_queue(self._unit, share, self._now)
        if act and share.printer is not None:
            by = _label(self._agent)
            await record(self._unit, self._tenant, by, act, share.printer, share.told.queue, at=self._now)

    async def gone(self, shares: Sequence[ShareId]) -> bool:
        """Those whose queue is gone; their printers stay for a while, and whom they were given to for good."""
        known = await self._unit.shares.some(self._tenant, shares)
        ended = [one for one in known if one.agent == self._agent.id and one.gone_at is None]
        for one in ended:
            await self._keep(attrs.evolve(one, gone_at=self._now), "")
        return bool(ended)


def share_key(share: Share) -> str:
    """How a share's id is kept."""
    return str(share.id)


async def _answer(unit: Unit, bearer: Bearer, digest: str) -> SharesAnswer:
    known = known_of(await unit.shares.known(bearer.tenant, bearer.agent))
    rules = await rules_of(unit, bearer.tenant)
    same = digest == shares_digest(known)
    return SharesAnswer(
        same=same,
        known=() if same else known,
        wanted=await wanted_shares(unit, bearer.tenant, bearer.agent),
        allow=rules.allow,
        deny=rules.deny,
    )


async def wanted_shares(unit: Unit, tenant: TenantId, agent: AgentId) -> tuple[ShareWanted, ...]:
    """What is wanted of an agent's shares: of those alone of which anything is."""
    return tuple(map(wanted_of, await unit.shares.minded(tenant, agent)))


async def _check_policy(unit: Unit, bearer: Bearer) -> None:
    if await sharing_of(unit, bearer.tenant, bearer.agent) is Verdict.OFF:
        raise NotAllowed(f"policy has {SHARE_QUEUES} off for this computer", next_step="Ask an administrator.")


async def sharing_of(unit: Unit, tenant: TenantId, agent: AgentId) -> Verdict | None:
    """What policy says of sharing at an agent; the wider scope wins."""
    for scope in (SERVICE, tenant):
        if (said := binding(await unit.policies.current(scope), SHARE_QUEUES)) is not None:
            return said
    return (await unit.serving.verdicts(tenant, SHARE_QUEUES, [agent])).get(agent)


def _label(agent: Agent) -> Actor:
    """An agent, as the audit log names it."""
    return attrs.evolve(HUB, label=f"computer {agent.name}")


async def end_gone(units: Units, tenant: TenantId, now: dt.datetime) -> bool:
    """Takes printers away whose queues are gone for long; tells whether there were any."""
    async with units.reading() as unit:
        if not any(one.is_over(now) for one in await unit.shares.gone(tenant)):
            return False
    async with units.writing() as unit:
        over = [one for one in await unit.shares.gone(tenant) if one.is_over(now)]
        for one in over:
            await unit.shares.keep(tenant, await vanish(unit, one))
            await record(unit, tenant, HUB, "printer.unshare", one.printer or "", one.told.queue, at=now)
    return bool(over)
