"""People: added, listed, locked out; signing in and out.

- Which of address and password was wrong is not told, nor by how long the answer takes.
- An address is a tenant's own: that somebody has it elsewhere is neither told nor in the way. A sign-in looks at people
  of several tenants with one address, and makes as many hashes whoever there is.
- A failed try is counted before the password is looked at, so that many at once are not more than the limit. A password
  that is right for one and wrong for a namesake elsewhere is a failed try: one would be a way to guess at the other.
- A session is a random secret of which the hub keeps the hash; every sign-in makes a new one.
"""

import asyncio
import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import attrs
from attrs import field, frozen

from tympan_hub.domain.errors import (
    BadInput,
    Full,
    NotSignedIn,
    SignInRefused,
    TooMany,
)
from tympan_hub.domain.ids import SERVICE, PersonId, TenantId, hash_of, new_id
from tympan_hub.domain.limits.attempts import (
    ATTEMPTS_PER_PERSON,
    ATTEMPTS_PER_PERSON_ANYWHERE,
    ATTEMPTS_PER_SOURCE,
    PLACES,
)
from tympan_hub.domain.limits.pages import PAGE_MOST
from tympan_hub.domain.limits.people import PASSWORD_CHARS_MOST, PEOPLE
from tympan_hub.domain.people import (
    NO_PASSWORD,
    Act,
    Actor,
    Found,
    Person,
    PersonFilter,
    Role,
    Session,
    check_password,
    check_person,
    email_address,
)
from tympan_hub.domain.sessions import Visitor
from tympan_hub.domain.sources import source_key
from tympan_hub.domain.tenants import Tenant
from tympan_hub.domain.text import fit
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Passwords, Unit, Units, WakeUps
from tympan_hub.service.attempts import FAILED_SIGN_INS, count
from tympan_hub.service.audit import record
from tympan_hub.service.endings import end_access_of, end_everything_of
from tympan_hub.service.known import check_same, check_tenant, known_person
from tympan_hub.service.known_browsers import KnownBrowsers
from tympan_hub.service.second_factor import SecondFactorService
from tympan_hub.service.sessions import Entered, HalfEntered, begin_session, end_sessions
from tympan_hub.service.sign_ins import end_sign_ins
from tympan_hub.service.standing import change_person, check_managed, require_still

_UNKNOWN = Visitor()


@frozen(kw_only=True)
class Proved:
    """A person who proved their password, and the hash it fits."""

    person: Person
    kept: str = field(repr=False)


@frozen(kw_only=True)
class Several:
    """A password that is right for one address in several organisations: they choose, and type it again.

    Attributes:
        places: Id and name of each; no name for the service.
    """

    places: tuple[tuple[TenantId, str], ...]


class PeopleService:
    """People of the hub."""

    def __init__(
        self,
        units: Units,
        clock: Clock,
        passwords: Passwords,
        wakeups: WakeUps,
        second_factor: SecondFactorService,
        browsers: KnownBrowsers,
    ) -> None:
        self._units = units
        self._clock = clock
        self._passwords = passwords
        self._wakeups = wakeups
        self._second_factor = second_factor
        self._browsers = browsers

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

    async def change_own_password(self, person: Person, old: str, new: str, *, visitor: Visitor = _UNKNOWN) -> Entered:
        """Replaces one's own password; every session and sign-in at an agent ends, and a new session begins.

        Raises:
            BadInput: The new one is no password.
            SignInRefused: The old one is wrong.
            TooMany: Too many wrong ones lately.
        """
        check_password(new)
        proved = await self.prove(person, old)
        kept, now = await self._passwords.hash(new), self._clock.now()
        async with self._units.writing() as unit:
            person = await _still(unit, proved)
            await unit.people.set_password(person.tenant, person.id, kept)
            await end_sessions(unit, person.tenant, person.id)
            await end_sign_ins(unit, person.tenant, person.id, now)
            await record(unit, person.tenant, person.actor, "person.change-password", person.email, at=now)
            await unit.attempts.clear(SERVICE, _own(person))  # not where they come from: that may be about others
            entered = await begin_session(unit, self._clock, person, visitor)
        await self._wakeups.send(person.tenant, LookAgain())
        return entered

    async def prove(self, person: Person, password: str) -> Proved:
        """One's own password, asked for again before what a browser left alone must not do.

        Raises:
            SignInRefused: It is wrong.
            TooMany: Too many wrong ones lately.
        """
        await self._count({_own(person): ATTEMPTS_PER_PERSON})
        async with self._units.reading() as unit:
            mine = await _candidate(unit, person.tenant, person.email)
        proved = await self._matching(mine if mine and mine.person.id == person.id else None, password)
        if proved is None:
            raise SignInRefused("this is not your password")
        async with self._units.writing() as unit:
            await unit.attempts.take_back(SERVICE, _own(person))
        return proved

    async def sign_in(
        self,
        email: str,
        password: str,
        *,
        source: str,
        browser: str = "",
        organisation: str = "",
        carried: bytes = b"",
    ) -> Entered | HalfEntered | Several:
        """Signs a person in.

        Args:
            email: Their address.
            password: Their password.
            source: The network address they come from.
            browser: What they use.
            organisation: Name or id of theirs; "" looks for it, among as many as have people of one address.
            carried: What the browser carries of who signed in before.

        Returns:
            ``Several`` when the password is right in more than one organisation, and none was named.

        Raises:
            SignInRefused: Wrong address or password, or a person who is locked out.
            TooMany: Too many of these lately, for this person or from there.
        """
        who, whence = f"person {_address(email)}", f"source {source_key(source)}"
        both = f"sign-in {hash_of(f'{who} {whence}')}"
        visitor, found = Visitor(source=source, browser=browser), await self._found(_address(email), organisation)
        known = await self._known(found, password, carried, visitor)
        if known is not None:
            return known
        limits = {both: ATTEMPTS_PER_PERSON, who: ATTEMPTS_PER_PERSON_ANYWHERE, whence: ATTEMPTS_PER_SOURCE}
        await self._count(limits)
        proved = await self._proved(found, password)
        if not proved:
            raise _refused()
        async with self._units.writing() as unit:
            if len(proved) == sum(each is not None for each in found):  # else it was a wrong try at a namesake, too
                for key in limits:  # this try alone: the others may have been about somebody elsewhere
                    await unit.attempts.take_back(SERVICE, key)
            if len(proved) > 1:
                return await _several(unit, proved)
            person = await _still(unit, proved[0])
            return await self._second_factor.enter(unit, person, visitor)

    async def _known(
        self, found: Sequence[Proved | None], password: str, carried: bytes, visitor: Visitor
    ) -> Entered | HalfEntered | None:
        """Lets one in whom this browser knows, whatever others tried; None for everybody else, who is counted as ever.

        Who is known is tried alone, a few times in a while: who has the address elsewhere is not guessed at by that.
        """
        for each in found:
            if each is None or not self._browsers.knows(carried, each.person, each.kept):
                continue
            key = f"known browser of {each.person.id}"
            try:
                await self._count({key: ATTEMPTS_PER_PERSON})
            except TooMany:
                continue
            proved = await self._matching(each, password)
            if proved is not None:
                async with self._units.writing() as unit:
                    await unit.attempts.clear(SERVICE, key)
                    return await self._second_factor.enter(unit, await _still(unit, proved), visitor)
        return None

    async def sign_out(self, secret: str) -> None:
        """Ends a session; one that is not known is none."""
        session = hash_of(secret)
        async with self._units.writing() as unit:
            tenant = await unit.directory.of_session(session)
            if tenant is not None:
                await unit.sessions.remove(tenant, session)

    async def by_session(self, secret: str) -> Session:
        """The session of a cookie; raises ``NotSignedIn`` when there is none, it ended, or its person is locked out."""
        key = hash_of(secret)
        async with self._units.reading() as unit:
            tenant = await unit.directory.of_session(key)
            session = None if tenant is None else await unit.sessions.get(tenant, key)
        now = self._clock.now()
        if session is None or not session.opened.lasts(now) or session.person.disabled_at is not None:
            raise NotSignedIn("you are not signed in", next_step="Sign in.")
        if session.opened.needs_note(now):
            async with self._units.writing() as unit:
                await unit.sessions.saw(session.person.tenant, key, now)
        return session

    async def _count(self, limits: Mapping[str, int]) -> None:
        async with self._units.writing(*limits) as unit:
            await count(unit, limits, self._clock.now(), FAILED_SIGN_INS)

    async def _found(self, address: str, organisation: str) -> Sequence[Proved | None]:
        """People of this address whose password is looked at; with nobody there are as many."""
        async with self._units.reading() as unit:
            places = await unit.directory.of_email(address)
            tenants = await unit.directory.tenants()
            times = min(PLACES, len(tenants) + 1)  # the service has people too
            if organisation:
                places, times = _named(organisation, tenants), 1
            found = [await _candidate(unit, place, address) for place in places]
        return *found, *[None] * (times - len(found))

    async def _proved(self, found: Sequence[Proved | None], password: str) -> Sequence[Proved]:
        """Those whose password it is: as many hashes are made whoever there is."""
        tried = await asyncio.gather(*(self._matching(each, password) for each in found))
        return tuple(each for each in tried if each is not None)

    async def _matching(self, candidate: Proved | None, password: str) -> Proved | None:
        """The candidate, when it is their password and they may come in; takes as long for nobody."""
        kept = None if candidate is None else candidate.kept
        right = await self._passwords.matches(kept, password[: PASSWORD_CHARS_MOST + 1])
        return candidate if right and candidate is not None and candidate.person.disabled_at is None else None


async def _candidate(unit: Unit, tenant: TenantId, address: str) -> Proved | None:
    """Who of a tenant has this address, and a password."""
    person = await unit.people.by_email(tenant, address)
    kept = None if person is None else await unit.people.password(tenant, person.id)
    return None if person is None or kept is None or kept == NO_PASSWORD else Proved(person=person, kept=kept)


def _named(organisation: str, tenants: Collection[Tenant]) -> tuple[TenantId, ...]:
    """The tenant somebody means, by its id or name; the service by its id alone."""
    wanted = organisation.strip().casefold()
    found = (each.id for each in tenants if wanted in (each.id, each.name.casefold()))
    return (SERVICE,) if wanted == SERVICE else tuple(found)[:1]


async def _several(unit: Unit, proved: Collection[Proved]) -> Several:
    names = {each.id: each.name for each in await unit.directory.tenants()}
    return Several(places=tuple((each.person.tenant, names.get(each.person.tenant, "")) for each in proved))


async def _still(unit: Unit, proved: Proved) -> Person:
    """The person as they are now; raises ``SignInRefused`` when what they proved was replaced, or they are locked out.

    Proving a password takes long and is done outside of the unit of work: an administrator may have been faster.
    """
    known = await unit.people.get(proved.person.tenant, proved.person.id)
    kept = None if known is None else await unit.people.password(known.tenant, known.id)
    if known is None or kept != proved.kept or known.disabled_at is not None:
        raise _refused()
    return known


def _own(person: Person) -> str:
    """Counted apart from who signs in: strangers' tries keep nobody from a better password."""
    return f"own password of {person.id}"


def _refused() -> SignInRefused:
    return SignInRefused("the address or the password is wrong", next_step="Try again, or ask an administrator.")


def _address(email: str) -> str:
    return fit(email.strip().lower()[:254])


def _change(before: Person, after: Person) -> str:
    names = ("name", "role", "login")
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return ", ".join(f"{name}: {getattr(before, name)!s} → {getattr(after, name)!s}" for name in changed)
