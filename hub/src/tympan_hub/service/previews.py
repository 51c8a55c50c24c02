"""How held jobs of one person would come out at a device, and who would print them: looked at together, once."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping

import attrs

from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.fitting import Place, fit_of, misfits, nearest, sides_of
from tympan_hub.domain.held import Changes
from tympan_hub.domain.ids import BatchId, JobId, PrinterId, ReleaseId, TenantId
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.limits.pull import RELEASE
from tympan_hub.domain.people import Person
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.releases import OPEN, Fit, Preview, Release, Why
from tympan_hub.ports import Unit
from tympan_hub.service.giving import Givers
from tympan_hub.service.holding import changes_of, held_of
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.quotas import left_of
from tympan_hub.service.usable import usable

FULL: str = Why.FULL.value
"""Why an agent holds a job that it does not let go yet."""


@attrs.define
class Previews:
    """What is known of one person's held jobs and of a device; `take` counts against the quota."""

    _tenant: TenantId
    _now: dt.datetime
    _held: Mapping[JobId, tuple[Job, PullSettings]]
    _changes: Mapping[JobId, Changes]
    _here: Place
    _places: tuple[Place, ...]
    _givers: Givers
    _left: dict[str, int]

    @classmethod
    async def of(
        cls,
        unit: Unit,
        presence: PresenceService,
        tenant: TenantId,
        by: Person,
        point: PrinterId,
        now: dt.datetime,
        changes: Mapping[JobId, Changes] | None = None,
    ) -> "Previews":
        """Looks at all of them."""
        held = await held_of(unit, tenant, by)
        jobs = [job for job, _ in held]
        wishes = await unit.held_wishes.of(tenant, [job.id for job in jobs])
        wanted = {job.id: (changes or {}).get(job.id, Changes()).over(changes_of(wishes, job.id)) for job in jobs}
        places = await _places(unit, tenant, by)
        return cls(
            tenant=tenant,
            now=now,
            held={job.id: (job, queue) for job, queue in held},
            changes=wanted,
            here=next(place for place in places if place.printer == point),
            places=places,
            givers=await Givers.of(unit, presence, tenant, jobs, now, [point]),
            left=await left_of(unit, tenant, by, {job.printer: queue for job, queue in held}, now),
        )

    @property
    def jobs(self) -> tuple[JobId, ...]:
        """All of them, in their owner's order."""
        return tuple(self._held)

    def queues(self, jobs: Iterable[JobId]) -> tuple[PullSettings, ...]:
        """How some of them are held."""
        return tuple(self._held[job][1] for job in jobs if job in self._held)

    def of_job(self, job: JobId) -> Preview:
        """How one would come out."""
        if job not in self._held:
            return Preview(job=job, fit=Fit.REFUSED, whys=(Why.NOT_HELD,))
        known, queue = self._held[job]
        if (why := self._hindrance(known, queue)) is not None:
            return Preview(job=job, fit=Fit.REFUSED, whys=(why,))
        changes, device = self._changes[job], self._here.seen
        lacking = misfits(known, changes, device)
        elsewhere = nearest(known, changes, self._here, self._places) if lacking else None
        fit = fit_of(lacking, queue, known, device)
        return Preview(job=job, fit=fit, whys=(*lacking, *self._delays(known)), nearest=elsewhere)

    def take(self, job: JobId) -> Preview:
        """The same for one that is released now."""
        shown = self.of_job(job)
        if shown.fit is not Fit.REFUSED:
            known, _ = self._held[job]
            if known.printer in self._left:
                self._left[known.printer] -= sides_of(known, self._changes[job])
        return shown

    def release(self, job: JobId, batch: BatchId, place: int, by: Person) -> Release:
        """The order for one."""
        known, _ = self._held[job]
        agent = self._givers.agent(known, self._here.printer)
        if agent is None:
            raise Conflict("nobody who can print it is there", next_step="Try again later.")
        return Release(
            id=ReleaseId(uuid.uuid4()),
            tenant=self._tenant,
            batch=batch,
            place=place,
            job=job,
            agent=agent,
            point=self._here.printer,
            person=by.id,
            by_name=by.name,
            asked_at=self._now,
            expires_at=self._now + RELEASE,
            changes=self._changes[job],
        )

    def _hindrance(self, job: Job, queue: PullSettings) -> Why | None:
        """What keeps it from coming out anywhere."""
        last = self._givers.last.get(job.id)
        if last is not None and last.standing(self._now) in OPEN:
            return Why.UNDER_WAY
        if self._givers.agent(job, self._here.printer) is None or self._givers.is_gone(job, self._here.printer):
            return Why.COMPUTER_GONE
        if job.reason == FULL:
            return Why.FULL
        if job.printer in self._left and sides_of(job, self._changes[job.id]) > self._left[job.printer]:
            return Why.QUOTA
        return None

    def _delays(self, job: Job) -> tuple[Why, ...]:
        seen = self._here.seen
        if seen is None:
            return (Why.DEVICE_UNKNOWN,)
        away = [] if seen.reachable else [Why.DEVICE_AWAY]
        return (*away, *([Why.COMPUTER_AWAY] if self._givers.is_away(job, self._here.printer) else []))


async def _places(unit: Unit, tenant: TenantId, by: Person) -> tuple[Place, ...]:
    """The release points somebody may print at."""
    names = [point.printer for point in await unit.release_points.all(tenant)]
    printers = await usable(unit, tenant, await unit.printers.some(tenant, names), [by.id])
    best = await unit.printers.best(tenant, names)
    return tuple(Place(printer=one.id, name=one.name, location=one.location, seen=best.get(one.id)) for one in printers)
