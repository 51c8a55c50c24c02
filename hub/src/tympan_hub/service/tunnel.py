"""The receiver's side of the tunnel: agents are given jobs under a lease, and say what they do with them.

- To be told of a job is to have it: the lease is durable before the answer goes.
- A word counts under the newest fence alone, and the job is kept as it was read or not at all: of two agents that begin
  at once one is told no, whichever processes they ask.
- From the moment an agent may begin, it is the one that reports the job, which stays whose it was.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from tympan_hub.domain.crossings import Crossing, CrossingState, CrossingStep
from tympan_hub.domain.errors import BadInput, NotFound, Unavailable
from tympan_hub.domain.ids import CrossingId, JobId, PrinterId, UploadId, is_id
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.limits.tunnel import (
    HELD_MOST,
    LEASE,
    LOOK_S,
    ORDERS_TOLD,
)
from tympan_hub.domain.text import fit
from tympan_hub.ports import Bearer, Blobs, Clock, Meter, Unit, Units, WakeUps
from tympan_hub.service.crossing_views import handed_readers, readers_by_printer
from tympan_hub.service.failover import Failover
from tympan_hub.service.tunnel_ends import Moved, changed, follow, wake
from tympan_hub.service.wanted_envelopes import WantedEnvelopes
from tympan_wire import hub as wire
from tympan_wire.hub import (
    CrossingAnswer,
    CrossingAnswers,
    CrossingHeld,
    CrossingOrder,
    CrossingWord,
    CrossingWords,
    MirroredJob,
    Tunnel,
    TunnelRequest,
)

SPOILED = "document-access-error"
"""IPP ``job-state-reasons`` of a job given back because this agent could not open it: its envelope may be bad."""

_STEPS = {
    wire.CrossingStep.BEGIN: CrossingStep.BEGIN,
    wire.CrossingStep.GIVE_BACK: CrossingStep.GIVE_BACK,
    wire.CrossingStep.REFUSE: CrossingStep.REFUSE,
}
_TRIES = 5
"""So often a job is read again that its sender reports in the same moment in which it is given away."""


class TunnelService:
    """Jobs that agents of a tenant print for others."""

    def __init__(
        self,
        units: Units,
        clock: Clock,
        blobs: Blobs,
        wakeups: WakeUps,
        failover: Failover,
        meter: Meter,
    ) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs
        self._wakeups = wakeups
        self._failover = failover
        self._meter = meter
        self._wanted = WantedEnvelopes()

    async def look(self, bearer: Bearer, asked: TunnelRequest) -> Tunnel:
        """Keeps the leases an agent has, and gives it more; raises ``BadInput`` for more than one can have.

        An agent for which there is something to print prints first: it is asked for envelopes when there is not.
        """
        if len(asked.held) > HELD_MOST:
            raise BadInput(f"an agent has at most {HELD_MOST} leases")
        room = max(0, min(asked.room, ORDERS_TOLD))
        async with self._units.reading() as unit:
            mine = await unit.crossings.held_by(bearer.tenant, bearer.agent)
            free = room > 0 and await unit.crossings.any_free_for(bearer.tenant, bearer.agent, self._clock.now())
            wanted = () if free else await self._wanted.of(unit, bearer, self._clock.now())
        taken = [one for one in mine if one.state is CrossingState.TAKEN]
        orders: tuple[CrossingOrder, ...] = ()
        leased: list[Crossing] = []
        if taken or free:
            async with self._units.writing(f"agent {bearer.agent}") as unit:
                mine, leased = await self._lease(unit, bearer, asked.held, room)
                orders = await _orders(unit, bearer, [one for one in mine if _is_new(one, asked.held)][:room])
        if free and not leased:  # it has keys of jobs that others print now, and they may lack them
            async with self._units.reading() as unit:
                wanted = await self._wanted.of(unit, bearer, self._clock.now())
        await wake(self._wakeups, bearer.tenant, {one.sender for one in leased if one.sender is not None})
        now = {one.id: one.fence for one in mine}
        return Tunnel(
            orders=orders,
            gone=tuple(held.id for held in asked.held if now.get(CrossingId(held.id)) != held.fence),
            begun=tuple(CrossingHeld(id=one.id, fence=one.fence) for one in mine if one.state is CrossingState.BEGUN),
            look_s=LOOK_S,
            wanted=wanted,
        )

    async def _lease(
        self, unit: Unit, bearer: Bearer, held: Sequence[CrossingHeld], room: int
    ) -> tuple[tuple[Crossing, ...], list[Crossing]]:
        """Renews what an agent has and knows of, or is told of again, and leases more; all it has, and what is new."""
        now, mine = self._clock.now(), await unit.crossings.held_by(bearer.tenant, bearer.agent)
        taken = [one for one in mine if one.state is CrossingState.TAKEN]
        told = [one for one in taken if not _is_new(one, held)]
        again = [one for one in taken if _is_new(one, held)][:room]
        kept = [one.id for one in (*told, *again) if one.may_be_kept(now)]
        await unit.crossings.renew(bearer.tenant, bearer.agent, kept, now + LEASE)
        leased = []
        for one in await _picked(unit, bearer, room - len(again), now):
            after = one.leased(bearer.agent, now)
            if await unit.crossings.keep(bearer.tenant, after, one):
                leased.append(after)
                if one.state is CrossingState.TAKEN:
                    self._meter.failover()
        return (*mine, *leased), leased

    async def words(self, bearer: Bearer, words: CrossingWords) -> CrossingAnswers:
        """What an agent does with jobs it was given; which of its words count."""
        if len(words.words) > HELD_MOST:
            raise BadInput(f"at most {HELD_MOST} words are said at once")
        answers, moved, back = [], Moved(), []
        async with self._units.writing(f"agent {bearer.agent}") as unit:
            for word in words.words:
                after, taken, step = await self._word(unit, bearer, word)
                moved |= step
                answers.append(CrossingAnswer(id=word.id, fence=word.fence, taken=taken))
                if after is not None and after.state is CrossingState.WAITING:
                    back.append(after)
        await follow(self._units, self._blobs, self._wakeups, bearer.tenant, moved)
        for one in back:
            await self._failover.told(bearer.tenant, one)
        return CrossingAnswers(answers=tuple(answers))

    async def _word(self, unit: Unit, bearer: Bearer, word: CrossingWord) -> tuple[Crossing | None, bool, Moved]:
        """What a word comes to: the crossing where it changed, whether it counts, what follows."""
        now = self._clock.now()
        while (known := await unit.crossings.get(bearer.tenant, CrossingId(word.id))) is not None:
            said = {"reason": fit(word.reason), "detail": fit(word.detail)}
            after, taken = known.heard(_STEPS[word.step], bearer.agent, word.fence, now, **said)
            if after == known:
                return None, taken, Moved()
            if (moved := await changed(unit, after, known)) is not None:
                if after.state is CrossingState.BEGUN:
                    await _give(unit, after)
                if after.state is CrossingState.WAITING:
                    await _back_off(unit, bearer, after, now, spoiled=word.reason == SPOILED)
                return after, taken, moved
        return None, False, Moved()

    async def size(self, bearer: Bearer, upload: str) -> int:
        """How many bytes an agent can read of a job it was given; raises ``NotFound`` for any other."""
        async with self._units.reading() as unit:
            known = await unit.crossings.by_upload(bearer.tenant, UploadId(upload)) if is_id(upload) else None
        if known is None or not known.may_be_read(bearer.agent):
            raise NotFound("this agent may read no such document")
        return known.size


def _is_new(one: Crossing, held: Sequence[CrossingHeld]) -> bool:
    """Whether an agent has a lease and did not say so: it was not told, or forgot."""
    return one.state is CrossingState.TAKEN and all((each.id, each.fence) != (one.id, one.fence) for each in held)


async def _picked(unit: Unit, bearer: Bearer, room: int, now: dt.datetime) -> tuple[Crossing, ...]:
    """Jobs an agent may be given now: it has their keys, and is one of those that print their printers' jobs.

    Jobs of printers it prints for no more never stand before the others: where it may have none, it looks behind them.
    """
    left_out: frozenset[PrinterId] = frozenset()
    while room and (free := await unit.crossings.pick_for(bearer.tenant, bearer.agent, left_out, now, room)):
        if served := await _served(unit, bearer, free, now):
            return served
        left_out |= {one.printer for one in free}
    return ()


async def _served(unit: Unit, bearer: Bearer, crossings: Sequence[Crossing], now: dt.datetime) -> tuple[Crossing, ...]:
    """Those of some jobs for whose printers an agent prints what agents sent, or what people handed in."""
    sent = {one.printer for one in crossings if one.sender is not None}
    handed = {one.printer for one in crossings if one.sender is None}
    of_sent = await readers_by_printer(unit, bearer.tenant, sent, now)
    of_handed = await handed_readers(unit, bearer.tenant, handed, now)
    return tuple(
        one
        for one in crossings
        if any(each.agent == bearer.agent for each in (of_handed if one.sender is None else of_sent)[one.printer])
    )


async def _orders(unit: Unit, bearer: Bearer, crossings: Sequence[Crossing]) -> tuple[CrossingOrder, ...]:
    keys = await unit.crossings.keys_for(bearer.tenant, bearer.agent, [one.id for one in crossings])
    jobs = await unit.jobs.some(bearer.tenant, [one.job for one in crossings])
    return tuple(
        CrossingOrder(
            id=one.id,
            fence=one.fence,
            job=one.job,
            printer=one.printer,
            by=_by(jobs, one.job),
            copy=MirroredJob(upload=one.upload, size=one.size, envelope=keys[one.id], note=one.note),
        )
        for one in crossings
        if one.id in keys
    )


def _by(jobs: Mapping[JobId, Job], job: JobId) -> str:
    known = jobs.get(job)
    return (known.person_name or known.user) if known is not None else ""


async def _give(unit: Unit, crossing: Crossing) -> None:
    """From here on the agent that begins reports the job.

    Raises:
        Unavailable: Its sender reports it again and again in this moment; nothing of the word is kept.
    """
    for _ in range(_TRIES):
        job = await unit.jobs.get(crossing.tenant, crossing.job)
        if job is None or crossing.holder is None or job.agent == crossing.holder:
            return
        if await unit.jobs.give(crossing.tenant, job, crossing.holder):
            return
    raise Unavailable("the job is reported in this very moment", next_step="Say it again.")


async def _back_off(unit: Unit, bearer: Bearer, crossing: Crossing, now: dt.datetime, *, spoiled: bool) -> None:
    """Who gave a job back is not asked again for a while; another envelope is wanted for it, if that may be bad."""
    sealed = (await unit.crossings.envelopes(bearer.tenant, [crossing.id])).get(crossing.id, ())
    mine = next((each for each in sealed if each.agent == bearer.agent), None)
    if mine is not None:
        after = mine.backed_off(now)
        await unit.crossings.seal(bearer.tenant, crossing.id, [after.spoiled() if spoiled else after])
