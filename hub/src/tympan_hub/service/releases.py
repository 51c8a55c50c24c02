"""Releases: a person asks for held jobs at a device, an agent prints each of them once.

- Of one job one release is open; storage holds to that whatever two requests do at once.
- To fetch an order is to take it, and no other agent is given it then. An order that waits may be given to another one
  that has the job's key, when its own is gone (`Regiving`).
- A release is changed as it was read or not at all: reports of agents change it too, beside the units of this service.
- Jobs of one batch begin in their order: an agent is told of one when those before it, at other agents that are there,
  are begun.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs

from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from tympan_hub.domain.held import Changes, ColorMode, Sides
from tympan_hub.domain.ids import AgentId, BatchId, JobId, PrinterId, ReleaseId, TenantId, is_id, new_id
from tympan_hub.domain.jobs import ENDED, Standing
from tympan_hub.domain.limits.attempts import GUESSES_PER_PERSON
from tympan_hub.domain.limits.pull import GRANT_SETTLED, JOBS_AT_ONCE, RELEASE, RELEASE_BEGUN
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.progress import progress_of
from tympan_hub.domain.proximity import Proximity, typed
from tympan_hub.domain.releases import OPEN, Batch, Fit, Preview, Progress, Release, ReleaseState
from tympan_hub.domain.text import fit
from tympan_hub.domain.wakes import LookAtReleases
from tympan_hub.ports import Bearer, Clock, Unit, Units, WakeUps
from tympan_hub.service.attempts import count
from tympan_hub.service.audit import record
from tympan_hub.service.giving import told_now
from tympan_hub.service.guesses import limits_of, part_of
from tympan_hub.service.holding import held_of
from tympan_hub.service.keepers import KeeperService
from tympan_hub.service.points import usable_point
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.previews import Previews
from tympan_hub.service.proofs import Proofs, check_wanted
from tympan_hub.service.regiving import Regiving
from tympan_wire.hub import (
    JobRefused,
    MirroredJob,
    ReleaseAnswer,
    ReleaseAsked,
    ReleaseOrder,
    ReleaseOutcome,
    Releases,
    ReleasesRequest,
    ReleaseWord,
    ReleaseWords,
    TicketChanges,
)

_GUESSES: Final = "codes of devices"


class ReleaseService:
    """Releases of a tenant."""

    def __init__(
        self,
        units: Units,
        clock: Clock,
        wakeups: WakeUps,
        presence: PresenceService,
        proofs: Proofs,
        regiving: Regiving,
        keepers: KeeperService,
    ) -> None:
        self._regiving = regiving
        self._keepers = keepers
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._presence = presence
        self._proofs = proofs

    async def preview(
        self, tenant: TenantId, by: Person, point: PrinterId, jobs: Sequence[JobId]
    ) -> tuple[Preview, ...]:
        """How one's own held jobs would come out at a device; ``()`` for all of them."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            await usable_point(unit, tenant, by, point)
            previews = await Previews.of(unit, self._presence, tenant, by, point, self._clock.now())
        return tuple(previews.of_job(job) for job in jobs or previews.jobs)

    async def ask(
        self,
        tenant: TenantId,
        by: Person,
        point: PrinterId,
        jobs: Sequence[JobId],
        proof: str = "",
        changes: Mapping[JobId, Changes] | None = None,
        *,
        source: str = "",
    ) -> Batch:
        """Releases held jobs at a device, in this order.

        Args:
            tenant: Whose.
            by: Whose jobs.
            point: The release point.
            jobs: Which; ``()`` for all of theirs, in their order.
            proof: That they stand there: the code of the sticker or screen, or a ticket of `PointService.prove`.
            changes: Of the tickets, beside what was wished before.
            source: The network address they ask from, or the agent.

        Raises:
            NotFound: There is no such release point.
            NotAllowed: The proof does not do.
            TooMany: They guessed too often lately.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        how = await self._how(tenant, by, point, proof, source) if proof else Proximity.NONE
        return await self.ordered(tenant, by, point, jobs, how, changes or {})

    async def _how(self, tenant: TenantId, by: Person, printer: PrinterId, proof: str, source: str) -> Proximity:
        async with self._units.reading() as unit:
            point, _ = await usable_point(unit, tenant, by, printer)
        return (await self._proofs.ticket(by, point, proof, source)).how

    async def ordered(
        self,
        tenant: TenantId,
        by: Person,
        point: PrinterId,
        jobs: Sequence[JobId],
        how: Proximity | None,
        changes: Mapping[JobId, Changes],
        *,
        via: str = "",
    ) -> Batch:
        """The same for who proved how they are there; None for who is vouched for by the trusted station ``via``."""
        if len(jobs) > JOBS_AT_ONCE:
            raise BadInput(f"at most {JOBS_AT_ONCE} jobs are released at once", next_step="Release them in parts.")
        now, batch = self._clock.now(), BatchId(new_id())
        async with self._units.writing() as unit:
            known, printer = await usable_point(unit, tenant, by, point)
            previews = await Previews.of(unit, self._presence, tenant, by, point, now, changes)
            chosen = list(dict.fromkeys(jobs or previews.jobs))[:JOBS_AT_ONCE]
            if how is not None:
                for queue in previews.queues(chosen):
                    check_wanted(known.wants(queue.proximity), how)
            shown = [previews.take(job) for job in chosen]
            releases = tuple(
                previews.release(job, batch, place, by)
                for place, job in enumerate(each.job for each in shown if each.fit is not Fit.REFUSED)
            )
            await unit.releases.expire(tenant, now)
            await unit.releases.add(tenant, releases)
            for release in releases:
                detail = f"{printer.name}, at the station {via}" if via else printer.name
                await record(unit, tenant, by.actor, "job.release", str(release.job), detail, at=now)
        await self._wake(tenant, {release.agent for release in releases})
        return Batch(
            id=batch,
            point=point,
            releases=releases,
            refused=tuple(each for each in shown if each.fit is Fit.REFUSED),
            notes=tuple(each for each in shown if each.fit is not Fit.REFUSED and each.whys),
        )

    async def running(self, tenant: TenantId, by: Person, jobs: Sequence[JobId]) -> BatchId | None:
        """The one release by which all of these are on their way or came out, for who taps twice; None for none."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        now, good = self._clock.now(), {*OPEN, ReleaseState.ENDED}
        async with self._units.reading() as unit:
            last = await unit.releases.newest(tenant, jobs)
        theirs = [one for one in last.values() if one.person == by.id and one.standing(now) in good]
        batches = {one.batch for one in theirs}
        return batches.pop() if len(batches) == 1 and {one.job for one in theirs} == set(jobs) else None

    async def progress(self, tenant: TenantId, by: Person, batch: BatchId) -> tuple[Progress, ...]:
        """How far the jobs of a batch are; raises ``NotFound`` for one that is not theirs."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        now = self._clock.now()
        async with self._units.reading() as unit:
            releases = await unit.releases.batch(tenant, [batch]) if is_id(batch) else ()
            theirs = [release for release in releases if release.person == by.id]
            if not theirs:
                raise NotFound("there is no such release")
            jobs = await unit.jobs.some(tenant, [release.job for release in theirs])
            looks = await unit.printers.looks(tenant, [theirs[0].point])
            lost = await self._lost(unit, tenant, theirs, now)
        if lost:
            await self._regiving.of(tenant)
        look = looks.get(theirs[0].point)
        return tuple(progress_of(one, jobs[one.job], look, now) for one in theirs if one.job in jobs)

    async def _lost(self, unit: Unit, tenant: TenantId, releases: Collection[Release], now: dt.datetime) -> bool:
        """Whether one waits for an agent that is gone."""
        waiting = {one.agent for one in releases if one.standing(now) is ReleaseState.WAITING}
        return bool(waiting) and bool(waiting - await self._presence.connected_of(unit, tenant, waiting))

    async def of(self, bearer: Bearer, asked: ReleasesRequest) -> Releases:
        """What this agent shall print, and takes with this answer; and what it shall keep for others."""
        await self._settle(bearer, {JobId(job) for job in asked.granted})
        keeping = await self._keepers.of(bearer, [JobId(job) for job in asked.kept])
        told = await self._to_print(bearer)
        keep = () if told.orders else keeping.keep  # what somebody waits for comes first, and alone
        return attrs.evolve(told, keep=keep, drop=keeping.drop, at=self._clock.now())

    async def _settle(self, bearer: Bearer, granted: Collection[JobId]) -> None:
        """Grants that ended bind no longer, but where the agent let the job go for one: its end is still to be told."""
        before = self._clock.now() - GRANT_SETTLED
        async with self._units.reading() as unit:
            ended = await unit.grants.ended(bearer.tenant, bearer.agent, before)
        unused = [grant for grant, job in ended.items() if job not in granted]
        if unused:
            async with self._units.writing() as unit:
                await unit.grants.settle(bearer.tenant, unused)

    async def _to_print(self, bearer: Bearer) -> Releases:
        tenant, now = bearer.tenant, self._clock.now()
        async with self._units.reading() as unit:
            there = await unit.releases.open_at(tenant, bearer.agent)
            ended = await unit.passed_on.at(tenant, bearer.agent)
        if not any(_told(release, now) for release in there):
            return Releases(ended=tuple(ended))
        async with self._units.writing() as unit:
            there = await unit.releases.open_at(tenant, bearer.agent)
            every = await unit.releases.batch(tenant, {release.batch for release in there})
            here = await self._presence.connected_of(unit, tenant, {release.agent for release in every})
            orders = [
                await self._taken(unit, bearer, release, now)
                for release in told_now(every, bearer.agent, here, now)
                if _told(release, now)
            ]
            ended = await unit.passed_on.at(tenant, bearer.agent)
        return Releases(orders=tuple(order for order in orders if order is not None), ended=tuple(ended))

    async def _taken(self, unit: Unit, bearer: Bearer, release: Release, now: dt.datetime) -> ReleaseOrder | None:
        """An order for the agent that takes it now, or took it before and did not answer yet."""
        job = await unit.jobs.get(bearer.tenant, release.job)
        mirror = await unit.mirrors.get(bearer.tenant, release.job)
        mine = job is not None and (mirror.agent if mirror else job.agent) == bearer.agent
        envelope = None
        if not mine and mirror is not None:
            envelope = await unit.mirrors.envelope(bearer.tenant, release.job, bearer.agent)
            if mirror.erased and not (await unit.mirrors.kept_by(bearer.tenant, bearer.agent)).get(release.job):
                envelope = None  # it keeps the document no more: who took the job must not be told that it is over
        given = job is not None and job.agent != bearer.agent
        over = job is None or (release.state is ReleaseState.WAITING and job.standing in ENDED)  # deleted meanwhile
        if job is None or over or (not mine and envelope is None) or (given and job.standing is not Standing.HELD):
            gone = release.refused(release.fence, reason="job-not-found", detail="The job is gone.", now=now)
            await unit.releases.keep(bearer.tenant, gone, release)
            return None
        if given and not await unit.jobs.give(bearer.tenant, job, bearer.agent):
            return None  # its own agent came back with news of it at this moment: the next look tells
        if release.state is ReleaseState.WAITING:
            taken = release.taken(now)
            if not await unit.releases.keep(bearer.tenant, taken, release):
                return None
            release = taken
        elif release.expires_at - now < RELEASE_BEGUN:
            await unit.releases.keep(bearer.tenant, release.heard(now), release)
        if given:
            if job.agent is not None:
                await unit.passed_on.add(bearer.tenant, job.agent, job.id, now)
            await unit.passed_on.remove(bearer.tenant, bearer.agent, [job.id])
        mirrored = (
            MirroredJob(upload=mirror.upload, size=mirror.size, envelope=envelope, note=mirror.note)
            if mirror is not None and envelope is not None
            else None
        )
        return _order(release, mirrored, now)

    async def words(self, bearer: Bearer, words: ReleaseWords) -> None:
        """What this agent did with its orders; a word about none of its orders, or an older fence, is passed over."""
        if len(words.words) > JOBS_AT_ONCE:
            raise BadInput(f"at most {JOBS_AT_ONCE} words are said at once")
        tenant, now = bearer.tenant, self._clock.now()
        next_ones: set[AgentId] = set()
        async with self._units.writing() as unit:
            known = await unit.releases.some(tenant, [ReleaseId(word.order) for word in words.words])
            for word in words.words:
                release = known.get(ReleaseId(word.order))
                if release is None or release.agent != bearer.agent or release.fence != word.fence:
                    continue
                if (after := await _heard(unit, tenant, release, word, now)) is not None:
                    next_ones |= await _let_next(unit, tenant, after, now)
        await self._wake(tenant, next_ones - {bearer.agent})

    async def asked(self, bearer: Bearer, asked: ReleaseAsked) -> ReleaseAnswer:
        """A person at this agent's command line asks; the same checks as for `ask`."""
        tenant = bearer.tenant
        async with self._units.reading() as unit:
            by = await _signed_in(unit, bearer, asked.user, self._clock.now())
        source = f"agent {bearer.agent}"
        point, shown = await self._named(tenant, by, asked.point, source)
        jobs, wanted = tuple(map(JobId, asked.jobs)), changes_from(asked.changes)
        async with self._units.reading() as unit:
            every = [job.id for job, _ in await held_of(unit, tenant, by)]
        changes = dict.fromkeys(jobs or every, wanted)
        proof = asked.proof or shown
        batch = await self.ask(tenant, by, point, jobs, proof, changes, source=source)
        return ReleaseAnswer(
            ordered=tuple(release.job for release in batch.releases),
            refused=tuple(JobRefused(job=each.job, detail=each.sentence) for each in batch.refused),
            notes=tuple(dict.fromkeys(each.sentence for each in batch.notes)),
        )

    async def _named(self, tenant: TenantId, by: Person, named: str, source: str) -> tuple[PrinterId, str]:
        """A device by its code or its printer's id, and what that shows; a code of none is a guess, as on a phone."""
        code, now = typed(named), self._clock.now()
        if not code:
            return PrinterId(named), ""
        tried = limits_of(tenant, source, {f"point codes {tenant} {by.id}": GUESSES_PER_PERSON})
        async with self._units.writing(part_of(tenant)) as unit:
            await count(unit, tried, now, _GUESSES, add=False)
            found = await unit.release_points.by_code(tenant, code)
            if found is None and await unit.release_points.get(tenant, PrinterId(named)) is None:
                await count(unit, tried, now, _GUESSES)
        return (found.printer, named) if found else (PrinterId(named), "")

    async def _wake(self, tenant: TenantId, agents: Collection[AgentId]) -> None:
        if agents:
            await self._wakeups.send(tenant, LookAtReleases(agents=tuple(sorted(agents))))


def _told(release: Release, now: dt.datetime) -> bool:
    return release.standing(now) in (ReleaseState.WAITING, ReleaseState.TAKEN)


def _order(release: Release, mirrored: MirroredJob | None, now: dt.datetime) -> ReleaseOrder:
    return ReleaseOrder(
        id=release.id,
        fence=release.fence,
        job=release.job,
        printer=release.point,
        by=release.by_name,
        within_s=max(1, int(release.within(now).total_seconds())),
        changes=_ticket(release.changes),
        mirrored=mirrored,
    )


def _ticket(changes: Changes) -> TicketChanges:
    return TicketChanges(
        copies=changes.copies,
        sides=changes.sides.value if changes.sides else "",
        color=changes.color.value if changes.color else "",
    )


def changes_from(told: TicketChanges) -> Changes:
    """What a program says of a ticket; raises ``BadInput`` for what there is not."""
    try:
        return Changes(
            copies=told.copies,
            sides=Sides(told.sides) if told.sides else None,
            color=ColorMode(told.color) if told.color else None,
        )
    except ValueError as error:
        raise BadInput("sides or colour are none there are", next_step="Give those of IPP.") from error


def _after(release: Release, word: ReleaseWord, now: dt.datetime) -> Release:
    """A release after its agent's word; what cannot be any more changes nothing."""
    try:
        if word.outcome is ReleaseOutcome.BEGUN:
            return release.begun(word.fence)
        return release.refused(word.fence, reason=fit(word.reason), detail=fit(word.detail), now=now)
    except (Conflict, BadInput):
        return release


async def _heard(unit: Unit, tenant: TenantId, release: Release, word: ReleaseWord, now: dt.datetime) -> Release | None:
    """A release after its agent's word was kept; None where that changes nothing.

    Where it was released once more since it ran out, the newer order tells of the job, and ends with it.
    """
    while (after := _after(release, word, now)) != release:
        if after.is_open and not release.is_open and await _has_newer(unit, tenant, release):
            return None
        if await unit.releases.keep(tenant, after, release):
            return after
        known = await unit.releases.get(tenant, release.id)  # a report of the job came between
        if known is None or known.state is release.state:
            return None
        release = known
    return None


async def _has_newer(unit: Unit, tenant: TenantId, release: Release) -> bool:
    newest = (await unit.releases.newest(tenant, [release.job])).get(release.job)
    return newest is not None and newest.id != release.id


async def _let_next(unit: Unit, tenant: TenantId, release: Release, now: dt.datetime) -> set[AgentId]:
    """Those whose turn it may be now; they have their whole time from here on."""
    following = [
        one
        for one in await unit.releases.batch(tenant, [release.batch])
        if one.place > release.place and one.state is ReleaseState.WAITING
    ]
    for one in following:
        await unit.releases.keep(tenant, attrs.evolve(one, expires_at=now + RELEASE), one)
    return {one.agent for one in following}


async def _signed_in(unit: Unit, bearer: Bearer, user: str, now: dt.datetime) -> Person:
    """Whom an account of an agent stands for; what an agent says of others binds nobody."""
    present = await unit.sign_ins.present(bearer.tenant, bearer.agent, now)
    whose = next((there.sign_in.person for there in present if there.sign_in.user == user), None)
    known = await unit.people.get(bearer.tenant, whose) if whose else None
    if known is None or known.disabled_at is not None:
        cause = f"nobody is signed in for the account {user!r:.80} at this computer"
        raise NotAllowed(cause, next_step="Run 'tympan login' on that computer.")
    return known
