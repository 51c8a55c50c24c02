"""Passwords of people: signing in with one, proving it anew, replacing it.

- Which of address and password was wrong is not told, nor by how long the answer takes.
- An address is a tenant's own. A sign-in looks at people of several tenants with one address, and makes as many hashes
  whoever there is.
- A failed try is counted before the password is looked at, so that many at once are not more than the limit. A password
  that is right for one and wrong for a namesake elsewhere is a failed try: one would be a way to guess at the other.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from attrs import field, frozen

from tympan_hub.domain.errors import SignInRefused, TooMany
from tympan_hub.domain.ids import SERVICE, TenantId, hash_of
from tympan_hub.domain.limits.attempts import (
    ATTEMPTS_PER_PERSON,
    ATTEMPTS_PER_PERSON_ANYWHERE,
    ATTEMPTS_PER_SOURCE,
    PLACES,
)
from tympan_hub.domain.limits.people import PASSWORD_CHARS_MOST
from tympan_hub.domain.people import NO_PASSWORD, Person, check_password
from tympan_hub.domain.sessions import Visitor
from tympan_hub.domain.sources import source_key
from tympan_hub.domain.tenants import Tenant
from tympan_hub.domain.text import fit
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Passwords, Unit, Units, WakeUps
from tympan_hub.service.attempts import FAILED_SIGN_INS, count
from tympan_hub.service.audit import record
from tympan_hub.service.known_browsers import KnownBrowsers
from tympan_hub.service.second_factor import SecondFactorService
from tympan_hub.service.sessions import Entered, HalfEntered, begin_session, end_sessions
from tympan_hub.service.sign_ins import end_sign_ins

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


class PasswordService:
    """One's own password: to sign in with, to prove who one is, and to be replaced."""

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
