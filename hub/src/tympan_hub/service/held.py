"""Held jobs: their owner sees them in the order in which they would come out, changes and deletes them."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Final

import attrs

from tympan_hub.domain.commands import Order
from tympan_hub.domain.errors import Conflict, NotFound
from tympan_hub.domain.held import Changes, Held, HeldWish, Whereabouts
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId
from tympan_hub.domain.jobs import Job, Standing, StoryLine
from tympan_hub.domain.limits.commands import COMMAND
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.releases import OPEN
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Blobs, Clock, Unit, Units, WakeUps
from tympan_hub.service.asking import ask
from tympan_hub.service.audit import record
from tympan_hub.service.holding import changes_of, held_of, ranked
from tympan_hub.service.keepers import forget, take_away
from tympan_hub.service.presence import PresenceService

DELETED: Final = "Deleted by its owner"
"""A line of a job's story."""


class HeldService:
    """Jobs held for a person."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs, wakeups: WakeUps, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs
        self._wakeups = wakeups
        self._presence = presence

    async def mine(self, tenant: TenantId, by: Person) -> tuple[Held, ...]:
        """One's own held jobs, in the order one wants them."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            return await self._mine(unit, tenant, by)

    async def change(self, tenant: TenantId, by: Person, job: JobId, changes: Changes) -> Held:
        """Replaces what is wanted of a held job otherwise than it was ordered.

        Raises:
            NotFound: It is not theirs, or not held any more.
            Conflict: It is released already.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.writing() as unit:
            held = _named(await self._mine(unit, tenant, by), [job])[0]
            if held.under_way:
                raise Conflict("it is released already", next_step="Wait until it came out.")
            wish = (await unit.held_wishes.of(tenant, [job])).get(job, HeldWish(tenant=tenant, job=job))
            await unit.held_wishes.put(tenant, [attrs.evolve(wish, changes=changes)])
        return attrs.evolve(held, changes=changes)

    async def reorder(self, tenant: TenantId, by: Person, jobs: Sequence[JobId]) -> tuple[Held, ...]:
        """Puts jobs into this order; those not named stay behind them as they were."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.writing() as unit:
            every = await self._mine(unit, tenant, by)
            _named(every, jobs)
            order = ranked(jobs, [held.job for held in every])
            wishes = await unit.held_wishes.of(tenant, order)
            none = {job: HeldWish(tenant=tenant, job=job) for job in order}
            placed = [attrs.evolve(wishes.get(job, none[job]), rank=place) for place, job in enumerate(order)]
            await unit.held_wishes.put(tenant, placed)
            by_job = {held.job: held for held in every}
        return tuple(by_job[job] for job in order)

    async def delete(self, tenant: TenantId, by: Person, jobs: Sequence[JobId]) -> None:
        """Deletes held jobs: their computers cancel them, and what lies at the hub goes at once.

        Raises:
            NotFound: One is not theirs, or not held any more.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            chosen = _named(await self._mine(unit, tenant, by), jobs)
            for held in chosen:
                await self._delete(unit, tenant, by, held, now)
            left = await take_away(unit, tenant, [held.job for held in chosen])
        for agent in {held.agent for held in chosen if held.agent is not None}:
            await self._wakeups.send(tenant, LookAgain(agent=agent))
        await forget(self._units, self._blobs, self._wakeups, tenant, left)

    async def _delete(self, unit: Unit, tenant: TenantId, by: Person, held: Held, now: dt.datetime) -> None:
        """Through its computer; where that is away it is over at once, and the computer told when it is back."""
        if held.under_way:
            raise Conflict("it is released already", next_step="Cancel it on its page.")
        await record(unit, tenant, by.actor, "job.cancel", str(held.job), by.login, at=now)
        if held.agent is None or held.whereabouts is not Whereabouts.HERE:
            line = StoryLine(at=now, what=DELETED, standing=Standing.CANCELED)
            if not await unit.jobs.cancel(tenant, held.job, line):
                raise Conflict("it is not held any more", next_step="Look at the list again.")
            if held.agent is not None:
                await unit.passed_on.add(tenant, held.agent, held.job, now)
            return
        await ask(unit, tenant, by.actor, held.agent, Order.CANCEL, str(held.job), now=now, lasts=COMMAND)

    async def _mine(self, unit: Unit, tenant: TenantId, by: Person) -> tuple[Held, ...]:
        now = self._clock.now()
        found = await held_of(unit, tenant, by)
        jobs = [job.id for job, _ in found]
        readers = await unit.mirrors.readers(tenant, jobs)
        own = frozenset(job.agent for job, _ in found if job.agent is not None)
        agents = own.union(*readers.values())
        revoked = await unit.agents.revoked(tenant, agents)
        here = await self._presence.connected_of(unit, tenant, agents) - revoked
        wishes, last = await unit.held_wishes.of(tenant, jobs), await unit.releases.newest(tenant, jobs)
        names = {printer.id: printer.name for printer in await unit.printers.names(tenant)}
        gone = await _deleted(unit, tenant, own, now)

        def held(job: Job, queue: PullSettings) -> Held:
            others = readers.get(job.id, frozenset()) & here
            mirrored = bool(readers.get(job.id, frozenset()) - revoked)
            away = Whereabouts.GONE if job.agent in revoked and not mirrored else Whereabouts.ASLEEP
            elsewhere = Whereabouts.MIRRORED if others else away
            return Held(
                job=job.id,
                title=job.title,
                printer=PrinterId(job.printer),
                printer_name=names.get(PrinterId(job.printer), job.printer),
                created_at=job.created_at,
                size_bytes=job.size_bytes,
                pages=job.pages,
                changes=changes_of(wishes, job.id),
                held_until=job.held_until,
                expires_soon=job.held_until is not None and job.held_until - queue.warn_before <= now,
                agent=job.agent,
                computer=job.agent_name,
                whereabouts=Whereabouts.HERE if job.agent in here else elsewhere,
                reason=job.reason,
                detail=job.detail,
                under_way=job.id in last and last[job.id].standing(now) in OPEN,
                deleting=(job.agent, str(job.id)) in gone,
            )

        return tuple(held(job, queue) for job, queue in found)


async def _deleted(
    unit: Unit, tenant: TenantId, agents: Collection[AgentId], now: dt.datetime
) -> Collection[tuple[AgentId, str]]:
    """Jobs whose agents are asked to cancel them, and did not yet."""
    return {
        (agent, command.subject)
        for agent in agents
        for command in await unit.commands.waiting(tenant, agent)
        if command.order is Order.CANCEL and command.is_open(now)
    }


def _named(every: tuple[Held, ...], jobs: Sequence[JobId]) -> tuple[Held, ...]:
    """Those of these ids; raises ``NotFound`` when one is not theirs."""
    by_job = {held.job: held for held in every}
    if missing := [job for job in jobs if job not in by_job]:
        raise NotFound(f"{len(missing)} of these jobs are not held any more", next_step="Look at the list again.")
    return tuple(by_job[job] for job in dict.fromkeys(jobs))
