"""The sender's side of the tunnel: jobs are offered, asked about, and wanted no more.

- Of a job that an agent was allowed to begin there is never a second crossing, whatever its sender offers.
- An envelope is taken for those alone that may print the printer's jobs, and made anew only for another key.
- Full is no failure: the sender keeps the job and offers it again.
"""

import contextlib
import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Final

import attrs

from tympan_hub.domain.commands import Order
from tympan_hub.domain.crossings import UNBEGUN, Addressee, Crossing, CrossingEnvelope, CrossingState
from tympan_hub.domain.errors import BadInput, Conflict, Full, NoRoom, NotAllowed, NotFound, TooLarge
from tympan_hub.domain.ids import AgentId, CrossingId, JobId, PrinterId, UploadId, is_id
from tympan_hub.domain.jobs import ENDED, Standing
from tympan_hub.domain.limits.commands import COMMAND
from tympan_hub.domain.limits.tunnel import STANDINGS_ASKED
from tympan_hub.domain.mirrors import Envelope, check_mirror
from tympan_hub.domain.people import Actor, Role
from tympan_hub.domain.uploads import Upload, UploadState
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Bearer, Blobs, Clock, Unit, Units, WakeUps
from tympan_hub.service.asking import ask
from tympan_hub.service.crossing_views import missing_of, standings_of
from tympan_hub.service.failover import Failover
from tympan_hub.service.tunnel_ends import Moved, changed, follow
from tympan_hub.service.tunnel_limits import limits_of
from tympan_hub.service.tunnel_readers import readers_of
from tympan_hub.service.tunnel_use import crossing_at
from tympan_hub.service.usable import check_reaches
from tympan_wire.hub import (
    CrossingCancel,
    CrossingEnvelopes,
    CrossingOffer,
    CrossingsQuestion,
    CrossingStanding,
    CrossingStandings,
    MirrorEnvelope,
)

_OVER: Final = ENDED - {Standing.UNKNOWN}
"""Standings of which nothing follows: an offer that comes after them was long on its way, and the job came out
elsewhere. One whose end is unknown may be let go again, before its agent told so."""


ROOM: Final = "room in the tunnel"
"""What all offers of a tenant wait for: what is counted of those that lie there still holds when one more is added."""


class CrossingService:
    """Jobs that agents of a tenant send through the hub."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs, wakeups: WakeUps, failover: Failover) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs
        self._wakeups = wakeups
        self._failover = failover

    async def offer(self, bearer: Bearer, offer: CrossingOffer) -> CrossingStanding:
        """A job of this agent shall come out elsewhere; said again, it adds envelopes and answers how it stands.

        Raises:
            BadInput: Note or envelopes are too much, or no base64.
            NotFound: This agent has no such finished upload, or there is no such printer.
            NotAllowed: The tunnel is off, or jobs of this printer do not go through it.
            Conflict: Another agent's job, one that is over, or one that is on its way with another document; or another
                job's document.
            TooLarge: The tenant takes no document of this size.
            NoRoom: So much waits that nothing more is taken now.
        """
        check_mirror(offer.note, _envelopes(offer.job, offer.envelopes))
        job = JobId(offer.job)
        async with self._units.writing(_lock_of(job), ROOM, f"upload {offer.upload}") as unit:
            known = (await unit.crossings.newest(bearer.tenant, [job])).get(job)
            if known is None or not _is_again(known, bearer, offer):
                known = await self._new(unit, bearer, offer)
            if known.state in UNBEGUN:
                await _seal(unit, known, offer.envelopes, self._clock.now())
            [told] = await standings_of(unit, bearer, [job], self._clock.now())
        await self._failover.told(bearer.tenant, known)
        return told

    async def standings(self, bearer: Bearer, asked: CrossingsQuestion) -> CrossingStandings:
        """How jobs fare that this agent sent."""
        if len(asked.jobs) > STANDINGS_ASKED:
            raise BadInput(f"at most {STANDINGS_ASKED} jobs are asked for at once")
        async with self._units.reading() as unit:
            told = await standings_of(unit, bearer, [JobId(job) for job in asked.jobs], self._clock.now())
        return CrossingStandings(standings=told)

    async def cancel(self, bearer: Bearer, cancel: CrossingCancel) -> CrossingStanding:
        """One that was not begun is over with the answer; of one that was begun, its agent is asked to cancel it."""
        job, now = JobId(cancel.job), self._clock.now()
        moved, asked = Moved(), None
        async with self._units.writing(_lock_of(job)) as unit:
            while (known := await _own(unit, bearer, job)) is not None and known.state in UNBEGUN:
                if (step := await changed(unit, known.canceled(now), known)) is not None:
                    moved = step
            if known is not None and known.state is CrossingState.BEGUN and known.holder is not None:
                asked = known.holder
                await self._ask(unit, bearer, asked, job)
            [told] = await standings_of(unit, bearer, [job], now)
        await follow(self._units, self._blobs, self._wakeups, bearer.tenant, moved)
        if asked is not None:
            await self._wakeups.send(bearer.tenant, LookAgain(agent=asked))
        return told

    async def _ask(self, unit: Unit, bearer: Bearer, holder: AgentId, job: JobId) -> None:
        names = await unit.agents.names(bearer.tenant, [bearer.agent])
        by = Actor(label=names.get(bearer.agent, ""), tenant=bearer.tenant, role=Role.USER)
        now = self._clock.now()
        with contextlib.suppress(NotFound, Full):  # it was revoked, or too much waits for it: its sender asks again
            await ask(unit, bearer.tenant, by, holder, Order.CANCEL, str(job), now=now, lasts=COMMAND)

    async def envelopes(self, bearer: Bearer, request: CrossingEnvelopes) -> None:
        """An agent that has the document's key made envelopes for those that joined later.

        Raises:
            NotFound: It neither sent such a job nor has an envelope of it, or it was begun meanwhile.
        """
        check_mirror("", _envelopes(request.job, request.envelopes))
        job = JobId(request.job)
        async with self._units.writing(_lock_of(job)) as unit:
            known = (await unit.crossings.newest(bearer.tenant, [job])).get(job)
            if known is None or known.state not in UNBEGUN or not await _has_key(unit, bearer, known):
                raise NotFound("this agent has no key of such a job that waits")
            await _seal(unit, known, request.envelopes, self._clock.now())
        await self._failover.told(bearer.tenant, known)

    async def _new(self, unit: Unit, bearer: Bearer, offer: CrossingOffer) -> Crossing:
        now, limits = self._clock.now(), await limits_of(unit, bearer.tenant)
        upload = await _finished(unit, bearer, offer.upload)
        if await unit.crossings.by_upload(bearer.tenant, upload.id) is not None:
            raise Conflict("the document is another job's already", next_step="Upload it once more.")
        await self._check(unit, bearer, offer)
        if upload.size > limits.largest:
            cause = f"a document that goes through the hub has at most {limits.largest} bytes"
            raise TooLarge(cause, next_step="Print it in parts, or where the device can be reached.")
        lying = await unit.crossings.tally(bearer.tenant)
        if lying.count >= limits.jobs_most or lying.size + upload.size > limits.bytes_waiting_most:
            cause = f"{lying.count} jobs of {lying.size} bytes wait in the tunnel already"
            raise NoRoom(cause, next_step="It is taken when some of them are printed.")
        made = Crossing(
            id=CrossingId(uuid.uuid4()),
            tenant=bearer.tenant,
            job=JobId(offer.job),
            printer=PrinterId(offer.printer),
            sender=bearer.agent,
            upload=upload.id,
            size=upload.size,
            note=offer.note,
            offered_at=now,
            expires_at=now + limits.keep,
            free_at=now,
        )
        await unit.crossings.add(bearer.tenant, made)
        await unit.uploads.keep(bearer.tenant, attrs.evolve(upload, touched_at=now))
        return made

    async def _check(self, unit: Unit, bearer: Bearer, offer: CrossingOffer) -> None:
        """Whether this agent may send this job there."""
        printer = await unit.printers.get(bearer.tenant, PrinterId(offer.printer))
        if printer is None:
            raise NotFound(f"there is no printer {offer.printer!r:.80}")
        if not await crossing_at(unit, [printer]):
            raise NotAllowed("jobs of this printer do not go through the hub", next_step="Ask an administrator.")
        await check_reaches(unit, bearer.tenant, printer, bearer.agent, self._clock.now())
        reported = await unit.jobs.some(bearer.tenant, [JobId(offer.job)])
        if any(job.agent != bearer.agent for job in reported.values()):
            raise Conflict("the job is another agent's")
        if any(job.standing in _OVER for job in reported.values()):
            raise Conflict("the job is over")


def _lock_of(job: JobId) -> str:
    return f"crossing {job}"


def _is_again(known: Crossing, bearer: Bearer, offer: CrossingOffer) -> bool:
    """Whether an offer was made before; raises ``Conflict`` for another agent's job, or another document of one."""
    if known.sender != bearer.agent:
        raise Conflict("the job is another agent's")
    if known.is_open and (known.upload, known.printer) != (offer.upload, offer.printer):
        raise Conflict("the job is on its way with another document", next_step="Ask how it stands.")
    return known.is_open or known.was_begun or known.upload == offer.upload


async def _finished(unit: Unit, bearer: Bearer, upload: str) -> Upload:
    known = await unit.uploads.get(bearer.tenant, UploadId(upload)) if is_id(upload) else None
    if known is None or known.agent != bearer.agent or known.state is not UploadState.FINISHED:
        raise NotFound("this agent has no such finished upload", next_step="Upload it again.")
    return known


async def _own(unit: Unit, bearer: Bearer, job: JobId) -> Crossing | None:
    known = (await unit.crossings.newest(bearer.tenant, [job])).get(job)
    return known if known is not None and known.sender == bearer.agent else None


async def _has_key(unit: Unit, bearer: Bearer, crossing: Crossing) -> bool:
    if crossing.sender == bearer.agent:
        return True
    return bool(await unit.crossings.keys_for(bearer.tenant, bearer.agent, [crossing.id]))


async def _seal(unit: Unit, crossing: Crossing, given: Sequence[MirrorEnvelope], now: dt.datetime) -> None:
    """Keeps envelopes for those that lack one."""
    if not given:
        return
    sealed = (await unit.crossings.envelopes(crossing.tenant, [crossing.id])).get(crossing.id, ())
    there = [Addressee(agent=each.agent, recipient=each.recipient) for each in sealed]
    missing = missing_of(crossing, there, await readers_of(unit, crossing.tenant, crossing.printer, now))
    lacking = {reader.agent: reader.recipient for reader in missing}
    before = {each.agent: each for each in sealed}
    made = {
        each.agent: attrs.evolve(
            before.get(AgentId(each.agent)) or CrossingEnvelope(agent=AgentId(each.agent), recipient="", envelope=""),
            recipient=lacking[each.agent],
            envelope=each.envelope,
        )
        for each in given
        if each.agent in lacking
    }
    await unit.crossings.seal(crossing.tenant, crossing.id, list(made.values()))


def _envelopes(job: uuid.UUID, given: Collection[MirrorEnvelope]) -> tuple[Envelope, ...]:
    return tuple(Envelope(job=JobId(job), agent=AgentId(each.agent), envelope=each.envelope) for each in given)
