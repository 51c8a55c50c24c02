"""Which jobs are held for somebody, in the order in which they want them, and which agents can print them."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import attrs

from tympan_hub.domain.held import Changes, HeldWish
from tympan_hub.domain.ids import SERVICE, JobId, PrinterId, TenantId
from tympan_hub.domain.jobs import Job, Owner
from tympan_hub.domain.limits.pull import JOBS_HELD_MOST
from tympan_hub.domain.people import Person
from tympan_hub.domain.policy import MIRROR, Verdict, binding
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.pull import Mirroring, PullSettings
from tympan_hub.ports import Unit
from tympan_hub.service.tunnel_use import tunnel_on


async def held_of(unit: Unit, tenant: TenantId, by: Person) -> tuple[tuple[Job, PullSettings], ...]:
    """Jobs held for somebody at pull queues, in their order, with how each is held."""
    owner = Owner(person=by.id, login=by.login)
    jobs = await unit.jobs.held(tenant, owner, JOBS_HELD_MOST)
    queues = await queues_of(unit, tenant, {job.printer for job in jobs})
    found = [(job, queues[job.printer]) for job in jobs if job.printer in queues]
    wishes = await unit.held_wishes.of(tenant, [job.id for job, _ in found])
    return tuple(sorted(found, key=lambda one: _place(one[0], wishes)))


async def queues_of(unit: Unit, tenant: TenantId, printers: Collection[str]) -> Mapping[str, PullSettings]:
    """Those of some printers that are pull queues, and how they hold jobs."""
    known = await unit.printers.some(tenant, [PrinterId(printer) for printer in printers])
    return {str(name): pull for name, pull in (await holding_of(unit, known)).items()}


async def holding_of(unit: Unit, printers: Collection[Printer]) -> Mapping[PrinterId, PullSettings]:
    """How those of some printers hold jobs that do: where the tunnel is used, what is held lies at the hub too."""
    pulls = {printer.id: printer.pull for printer in printers if printer.pull is not None}
    crossing = {printer.id for printer in printers if printer.tunnel.on and printer.id in pulls}
    if not crossing or not await tunnel_on(unit):
        return pulls
    return {
        name: attrs.evolve(pull, mirror=Mirroring.HUB) if name in crossing else pull for name, pull in pulls.items()
    }


async def mirrors(unit: Unit, tenant: TenantId, queue: PullSettings) -> bool:
    """Whether jobs of a queue are mirrored: where policy switched that off, none are."""
    if queue.mirror is Mirroring.NONE:
        return False
    owner, own = await unit.policies.current(SERVICE), await unit.policies.current(tenant)
    return (binding(owner, MIRROR) or binding(own, MIRROR)) is not Verdict.OFF


def _place(job: Job, wishes: Mapping[JobId, HeldWish]) -> tuple[bool, int, dt.datetime, JobId]:
    wish = wishes.get(job.id)
    rank = wish.rank if wish else None
    return rank is None, rank or 0, job.created_at, job.id


def changes_of(wishes: Mapping[JobId, HeldWish], job: JobId) -> Changes:
    """What is wished of a job's ticket."""
    wish = wishes.get(job)
    return wish.changes if wish else Changes()


def ranked(jobs: Sequence[JobId], every: Sequence[JobId]) -> tuple[JobId, ...]:
    """All of some jobs with these first, in this order; the rest stay as they were."""
    first = [job for job in dict.fromkeys(jobs) if job in every]
    return (*first, *(job for job in every if job not in first))
