"""People: added, listed, changed, locked out, and given another password by who manages them.

- An address is a tenant's own: that somebody has it elsewhere is neither told nor in the way.
- What somebody may hold who may not have it any more ends with the act that takes it.
"""

import datetime as dt

import attrs

from tympan_hub.domain.errors import BadInput, Full
from tympan_hub.domain.ids import SERVICE, PersonId, TenantId, new_id
from tympan_hub.domain.limits.pages import PAGE_MOST
from tympan_hub.domain.limits.people import PEOPLE
from tympan_hub.domain.people import (
    Act,
    Actor,
    Found,
    Person,
    PersonFilter,
    Role,
    check_password,
    check_person,
    email_address,
)
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Passwords, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.endings import end_access_of, end_everything_of
from tympan_hub.service.known import check_same, check_tenant, known_person
from tympan_hub.service.standing import change_person, check_managed, require_still


class PeopleService:
    """People of the hub."""

    def __init__(self, units: Units, clock: Clock, passwords: Passwords, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._passwords = passwords
        self._wakeups = wakeups

    async def add(
        self, tenant: TenantId, by: Actor, *, email: str, name: str, role: Role, password: str, login: str | None = None
    ) -> Person:
        """Adds a person; ``login`` (their name at the computers they print from) is made from the address if None."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        by.require_making(role)
        address = email_address(email)
        login = address.partition("@")[0] if login is None else login
        check_person(name, role, tenant, login)
        check_password(password)
        kept = await self._passwords.hash(password)
        now = self._clock.now()
        person = Person(
            id=PersonId(new_id()), tenant=tenant, email=address, name=name, login=login, role=role, created_at=now
        )
        async with self._units.writing() as unit:
            if tenant != SERVICE:
                await check_tenant(unit, tenant)
            await require_still(unit, tenant, by, Act.MANAGE_PEOPLE)
            if await unit.people.count(tenant) >= PEOPLE:
                raise Full(f"there are {PEOPLE} people already")
            await unit.people.add(tenant, person, kept)
            await record(unit, tenant, by, "person.add", address, role.value, at=now)
        return person

    async def list(self, tenant: TenantId, by: Actor) -> tuple[Person, ...]:
        """All people of a tenant, by name."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            return await unit.people.all(tenant)

    async def get(self, tenant: TenantId, by: Actor, person: PersonId) -> Person:
        """One; raises ``NotFound``."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            return await known_person(unit, tenant, person)

    async def find(self, tenant: TenantId, by: Actor, wanted: PersonFilter) -> Found:
        """Some people of a tenant, by name."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        within = attrs.evolve(wanted, first=max(0, wanted.first), limit=max(1, min(wanted.limit, PAGE_MOST)))
        async with self._units.reading() as unit:
            return Found(people=await unit.people.find(tenant, within), total=await unit.people.tally(tenant, within))

    async def change(
        self,
        tenant: TenantId,
        by: Actor,
        person: PersonId,
        *,
        name: str | None = None,
        role: Role | None = None,
        login: str | None = None,
        read: Person | None = None,
    ) -> Person:
        """Changes what is given of a person; what they may do changes at once.

        Raises:
            Changed: They are not any more as they were ``read``.
            Conflict: Nobody would be left to manage the tenant.
        """
        by.require(Act.MANAGE_PEOPLE, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await known_person(unit, tenant, person)
            check_same(known, read)
            changed = attrs.evolve(
                known,
                name=known.name if name is None else name,
                role=role or known.role,
                login=known.login if login is None else login,
            )
            check_person(changed.name, changed.role, tenant, changed.login)
            if changed == known:
                return known
            by.require_making(known.role)  # whatever it is: another login takes their jobs
            by.require_making(changed.role)
            await require_still(unit, tenant, by, Act.MANAGE_PEOPLE)
            await change_person(unit, known, changed, now)
            await record(unit, tenant, by, "person.change", known.email, _change(known, changed), at=now)
        await self._wakeups.send(tenant, LookAgain())
        return changed

    async def remove(self, tenant: TenantId, by: Actor, person: PersonId, *, read: Person | None = None) -> None:
        """Removes a person for good, with their sessions and memberships; their jobs stay.

        Raises:
            Changed: They are not any more as they were ``read``.
            BadInput: It is oneself.
            Conflict: Nobody would be left to manage the tenant.
        """
        by.require(Act.MANAGE_PEOPLE, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await known_person(unit, tenant, person)
            check_same(known, read)
            await require_still(unit, tenant, by, Act.MANAGE_PEOPLE)
            by.require_making(known.role)
            if known.id == by.person:
                raise BadInput("you cannot remove yourself", next_step="Ask another administrator.")
            await check_managed(unit, known)
            await end_everything_of(unit, known, now)
            await unit.people.remove(tenant, person)
            await record(unit, tenant, by, "person.remove", known.email, known.role.value, at=now)
        await self._wakeups.send(tenant, LookAgain())

    async def disable(self, tenant: TenantId, by: Actor, person: PersonId) -> None:
        """Locks a person out; their sessions and tokens end at once, and so does what they let others in with.

        Raises:
            BadInput: It is oneself.
            Conflict: Nobody would be left to manage the tenant.
        """
        await self._set_disabled(tenant, by, person, self._clock.now(), "person.disable")

    async def enable(self, tenant: TenantId, by: Actor, person: PersonId) -> None:
        """Lets a person in again; tokens that ended stay so."""
        await self._set_disabled(tenant, by, person, None, "person.enable")

    async def _set_disabled(
        self, tenant: TenantId, by: Actor, person: PersonId, at: dt.datetime | None, act: str
    ) -> None:
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.writing() as unit:
            known = await known_person(unit, tenant, person)
            await require_still(unit, tenant, by, Act.MANAGE_PEOPLE)
            by.require_making(known.role)
            if at is not None:
                if known.id == by.person:
                    raise BadInput("you cannot lock yourself out", next_step="Ask another administrator.")
                await check_managed(unit, known)
                await end_access_of(unit, known, at)
            await unit.people.set_disabled(tenant, person, at)
            await record(unit, tenant, by, act, known.email, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())  # agents they are signed in at stop, or go on

    async def set_password(self, tenant: TenantId, by: Actor, person: PersonId, password: str) -> None:
        """Gives a person another password; all that somebody may hold who had the old one ends at once."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        check_password(password)
        kept, now = await self._passwords.hash(password), self._clock.now()
        async with self._units.writing() as unit:
            known = await known_person(unit, tenant, person)
            await require_still(unit, tenant, by, Act.MANAGE_PEOPLE)
            by.require_making(known.role)
            if known.id == by.person:  # a stolen token, or a browser left alone, would take the account over
                raise BadInput("your own password is changed with the old one", next_step="Go to Account → Password.")
            await unit.people.set_password(tenant, person, kept)
            await end_everything_of(unit, known, now)
            await record(unit, tenant, by, "person.set-password", known.email, at=now)
        await self._wakeups.send(tenant, LookAgain())


def _change(before: Person, after: Person) -> str:
    names = ("name", "role", "login")
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return ", ".join(f"{name}: {getattr(before, name)!s} → {getattr(after, name)!s}" for name in changed)
