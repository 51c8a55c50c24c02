"""Jobs for people: everyone sees their own, operators all of their tenant.

A title tells what somebody printed: it is shown to its owner, and to others only where policy says so. It is neither
shown nor searched otherwise.
"""

import attrs

from tympan_hub.domain.errors import NotFound
from tympan_hub.domain.ids import SERVICE, JobId, TenantId
from tympan_hub.domain.jobs import Job, JobFilter, JobPage, Owner, Place
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.policy import DOCUMENT_NAMES, is_on
from tympan_hub.ports import Unit, Units


class JobService:
    """Jobs of a tenant."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def mine(self, tenant: TenantId, by: Person, wanted: JobFilter) -> JobPage:
        """A page of one's own jobs."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        me = _owner(by)
        wanted = attrs.evolve(wanted, owner=me, user=None, who="")
        async with self._units.reading() as unit:
            return _page(await unit.jobs.find(tenant, wanted, me), wanted.limit)

    async def all(self, tenant: TenantId, by: Person, wanted: JobFilter) -> JobPage:
        """A page of everybody's jobs."""
        by.actor.require(Act.SEE_ALL_JOBS, tenant)
        async with self._units.reading() as unit:
            open_titles = await _titles_are_open(unit, tenant)
            wanted = await _resolved(unit, tenant, wanted)
            found = await unit.jobs.find(tenant, wanted, None if open_titles else _owner(by))
        shown = tuple(job if open_titles else _for(by, job) for job in found)
        return _page(shown, wanted.limit)

    async def get(self, tenant: TenantId, by: Person, job: JobId) -> Job:
        """One job with its story; raises ``NotFound`` also for one that is not theirs to see."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            known = await unit.jobs.get(tenant, job)
            open_titles = await _titles_are_open(unit, tenant)
        if known is None or not (_owns(by, known) or by.actor.may(Act.SEE_ALL_JOBS, tenant)):
            raise NotFound("there is no such job")
        whole = attrs.evolve(known, before=(), story=(*known.before, *known.story))
        return whole if open_titles else _for(by, whole)


async def _titles_are_open(unit: Unit, tenant: TenantId) -> bool:
    owner, own = await unit.policies.current(SERVICE), await unit.policies.current(tenant)
    return is_on(owner, own, DOCUMENT_NAMES)


async def _resolved(unit: Unit, tenant: TenantId, wanted: JobFilter) -> JobFilter:
    """An address that is somebody's means that person, and nobody whose address contains it."""
    person = await unit.people.by_email(tenant, wanted.who.strip().lower()) if "@" in wanted.who else None
    return attrs.evolve(wanted, who="", owner=_owner(person)) if person else wanted


def _owner(person: Person) -> Owner:
    return Owner(person=person.id, login=person.login)


def _owns(person: Person, job: Job) -> bool:
    return _owner(person).owns(job)


def _for(person: Person, job: Job) -> Job:
    return job if _owns(person, job) else job.without_title()


def _page(found: tuple[Job, ...], limit: int) -> JobPage:
    jobs = found[:limit]
    after = Place(created_at=jobs[-1].created_at, id=jobs[-1].id) if len(found) > limit else None
    return JobPage(jobs=jobs, after=after)
