"""The second factor of people who sign in with a password, and of service owners always: set up, asked for, taken away.

- Who has proved a password is half signed in for a few minutes: good for the second step, and for nothing else.
- A try is counted before the code is looked at; a code is taken once, within the unit of work that opens the session.
- Where policy demands a second factor of one who has none, it is set up at the next sign-in.
- No provider sets up or changes the second factor of a service owner who has a password: that would shut them out.
"""

import attrs

from tympan_hub.domain.arrivals import Vouched
from tympan_hub.domain.errors import (
    BadInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ProviderRefused,
    Refusal,
    SignInRefused,
    SoAlready,
)
from tympan_hub.domain.ids import SERVICE, PersonId, TenantId, hash_of, new_secret
from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_PERSON
from tympan_hub.domain.limits.sessions import SECOND_STEP
from tympan_hub.domain.people import NO_PASSWORD, Act, Actor, Person, Session
from tympan_hub.domain.policy import is_on
from tympan_hub.domain.second_factor import (
    REQUIRED,
    HalfSignedIn,
    SecondFactor,
    SetUp,
    Standing,
    about,
    accepted,
    new_recovery_codes,
    recovery_hash,
    set_up,
)
from tympan_hub.domain.second_factor import new_secret as new_factor
from tympan_hub.domain.sessions import Visitor
from tympan_hub.ports import Clock, Secrets, Unit, Units
from tympan_hub.service.attempts import count
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_person
from tympan_hub.service.sessions import Entered, HalfEntered, begin_session, end_sessions
from tympan_hub.service.standing import require_still
from tympan_hub.service.vouching import carried

_ISSUER = "Tympan"


class SecondFactorService:
    """Second factors."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets

    # ------------------------------------------------------------------ signing in

    async def enter(
        self, unit: Unit, person: Person, visitor: Visitor, vouched: Vouched | None = None
    ) -> Entered | HalfEntered:
        """Lets one in who proved who they are, or half of the way where there is a second step.

        Args:
            unit: Of the proof.
            person: Who.
            visitor: Where they come from.
            vouched: The provider's word, when it was no password that they proved.

        Raises:
            ProviderRefused: They have a password, and would set up through a provider what it asks for from then on.
        """
        factor = await unit.second_factors.get(person.tenant, person.id)
        has_one = factor is not None and factor.confirmed_at is not None
        if not has_one and not await _required(unit, person):
            return await self._begin(unit, person, visitor, vouched)
        if not has_one and vouched is not None:
            await _require_own_way(unit, person)
        if factor is None:
            await unit.second_factors.put(person.tenant, self._new(person))
        secret = new_secret()
        half = HalfSignedIn(
            hash=hash_of(secret),
            person=person,
            visitor=visitor,
            expires_at=self._clock.now() + SECOND_STEP,
            vouched=vouched and carried(self._secrets, vouched, hash_of(secret)),
        )
        await unit.half_sign_ins.add(person.tenant, half)
        return HalfEntered(waiting=secret)

    async def waiting(self, secret: str) -> SetUp | None:
        """What one who is half signed in has to set up; None when they only have to type a code.

        Raises:
            NotSignedIn: Nobody waits with this secret, or they waited for too long.
            ProviderRefused: As `enter`.
        """
        async with self._units.reading() as unit:
            half = await self._half(unit, secret)
            factor = await _factor_at(unit, half)
        return None if factor.confirmed_at else self._shown(half.person, factor)

    async def finish(self, secret: str, typed: str) -> Entered:
        """The second step: a code of the app, or a recovery code.

        Raises:
            NotSignedIn: Nobody waits with this secret, or they waited for too long.
            SignInRefused: The code is wrong, or was used before.
            TooMany: Too many wrong ones lately.
            ProviderRefused: As `enter`.
        """
        person = await self._counted(secret)
        async with self._units.writing() as unit:
            half = await self._half(unit, secret)
            factor = await _factor_at(unit, half)
            codes: tuple[str, ...] = ()
            if factor.confirmed_at is None:
                codes = await self._confirm(unit, half.person, factor, typed)
            else:
                await self._prove(unit, half.person, factor, typed)
            await unit.half_sign_ins.remove(half.person.tenant, half.hash)
            await unit.attempts.clear(SERVICE, _who(person))
            entered = await self._begin(unit, half.person, half.visitor, half.vouched)
        return attrs.evolve(entered, codes=codes)

    # ------------------------------------------------------------------ one's own

    async def standing(self, session: Session) -> Standing:
        """How it stands with one's own."""
        async with self._units.reading() as unit:
            return await self._standing(unit, session.person)

    async def begin(self, session: Session) -> None:
        """Begins to set one up, with a new secret.

        Raises:
            Conflict: There is one.
            NeedsPassword: A service owner who came through a provider.
        """
        person = _own(session)
        async with self._units.writing() as unit:
            factor = await unit.second_factors.get(person.tenant, person.id)
            if factor is not None and factor.confirmed_at is not None:
                raise SoAlready("there is a second factor already", next_step="Take it away first.")
            await unit.second_factors.put(person.tenant, self._new(person))

    async def set_up(self, session: Session) -> SetUp:
        """What the app takes, while it is being set up; raises ``NotFound``, and ``NeedsPassword`` as `begin`."""
        person = _own(session)
        async with self._units.reading() as unit:
            factor = await unit.second_factors.get(person.tenant, person.id)
        if factor is None or factor.confirmed_at is not None:
            raise NotFound("no second factor is being set up")
        return self._shown(person, factor)

    async def confirm(self, session: Session, typed: str) -> tuple[str, ...]:
        """Ends the setting up with a first code; from now on it is asked for.

        Returns:
            Recovery codes, told this once.

        Raises:
            SignInRefused: The code is wrong.
            TooMany: Too many wrong ones lately.
            NeedsPassword: As `begin`.
        """
        person = _own(session)
        await self._count(person)
        async with self._units.writing() as unit:
            factor = await _factor(unit, person)
            if factor.confirmed_at is not None:
                raise SoAlready("the second factor is confirmed already")
            codes = await self._confirm(unit, person, factor, typed)
            await unit.attempts.clear(SERVICE, _who(person))
        return codes

    async def new_codes(self, session: Session, typed: str) -> tuple[str, ...]:
        """Other recovery codes in place of those there are, for a code; raises as `confirm`."""
        person = _own(session)
        await self._count(person)
        async with self._units.writing() as unit:
            await self._prove(unit, person, await _factor(unit, person), typed)
            codes = await self._keep_codes(unit, person)
            await record(unit, person.tenant, person.actor, "second-factor.codes", person.email, at=self._clock.now())
            await unit.attempts.clear(SERVICE, _who(person))
        return codes

    async def drop(self, session: Session, typed: str) -> None:
        """Takes one's own away, for a code; raises as `confirm`, and ``NotAllowed`` where policy demands it."""
        person = _own(session)
        await self._count(person)
        async with self._units.writing() as unit:
            if await _required(unit, person):
                raise NotAllowed("policy demands a second factor of you")
            await self._prove(unit, person, await _factor(unit, person), typed)
            await unit.second_factors.remove(person.tenant, person.id)
            await record(unit, person.tenant, person.actor, "second-factor.drop", person.email, at=self._clock.now())
            await unit.attempts.clear(SERVICE, _who(person))

    # ------------------------------------------------------------------ administrators

    async def of(self, tenant: TenantId, by: Actor, person: PersonId) -> Standing:
        """How it stands with a person's; raises ``NotFound``."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            return await self._standing(unit, await known_person(unit, tenant, person))

    async def reset(self, tenant: TenantId, by: Actor, person: PersonId) -> None:
        """Takes a person's away, whose telephone is gone; all their sessions end at once.

        Raises:
            Conflict: They have none.
        """
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.writing() as unit:
            known = await known_person(unit, tenant, person)
            await require_still(unit, tenant, by, Act.MANAGE_PEOPLE)
            by.require_making(known.role)
            if known.id == by.person:
                cause = "your own second factor is taken away with a code"
                raise BadInput(cause, next_step="Go to Account → Second factor, or ask another administrator.")
            if not await unit.second_factors.remove(tenant, person):
                raise SoAlready(f"{known.name} has no second factor")
            await end_sessions(unit, tenant, person)
            await record(unit, tenant, by, "second-factor.reset", known.email, at=self._clock.now())

    # ------------------------------------------------------------------ within

    async def _begin(self, unit: Unit, person: Person, visitor: Visitor, vouched: Vouched | None) -> Entered:
        """A new session, and a provider's word for it."""
        entered = await begin_session(unit, self._clock, person, visitor)
        if vouched is None:
            return entered
        await unit.vouchings.add(person.tenant, carried(self._secrets, vouched, hash_of(entered.secret)))
        return attrs.evolve(entered, session=attrs.evolve(entered.session, due_at=vouched.due_at))

    def _new(self, person: Person) -> SecondFactor:
        return SecondFactor(person=person.id, sealed=self._secrets.seal(new_factor(), about(person.tenant, person.id)))

    def _secret(self, person: Person, factor: SecondFactor) -> bytes:
        return self._secrets.unseal(factor.sealed, about(person.tenant, person.id))

    def _shown(self, person: Person, factor: SecondFactor) -> SetUp:
        return set_up(self._secret(person, factor), person.email, _ISSUER)

    async def _half(self, unit: Unit, secret: str) -> HalfSignedIn:
        key = hash_of(secret)
        tenant = await unit.directory.of_half_sign_in(key)
        half = None if tenant is None else await unit.half_sign_ins.get(tenant, key)
        if half is None or half.expires_at <= self._clock.now() or half.person.disabled_at is not None:
            raise NotSignedIn("the sign-in was begun too long ago", next_step="Begin again.")
        return half

    async def _counted(self, secret: str) -> Person:
        async with self._units.reading() as unit:
            person = (await self._half(unit, secret)).person
        await self._count(person)
        return person

    async def _count(self, person: Person) -> None:
        async with self._units.writing() as unit:
            await count(unit, {_who(person): ATTEMPTS_PER_PERSON}, self._clock.now(), "wrong codes")

    async def _prove(self, unit: Unit, person: Person, factor: SecondFactor, typed: str) -> None:
        if factor.confirmed_at is None:
            raise NotFound("there is no second factor yet")
        spent = recovery_hash(typed)
        if spent is not None and await unit.second_factors.spend_code(person.tenant, person.id, spent):
            left = await unit.second_factors.codes_left(person.tenant, person.id)
            detail = f"{left} recovery codes left"
            await record(
                unit, person.tenant, person.actor, "second-factor.recover", person.email, detail, at=self._clock.now()
            )
            return
        await self._take(unit, person, factor, typed)

    async def _take(self, unit: Unit, person: Person, factor: SecondFactor, typed: str) -> SecondFactor:
        step = accepted(self._secret(person, factor), typed, self._clock.now(), factor.last_step)
        if step is None:
            raise SignInRefused("the code is wrong, or was used before", next_step="Wait for the next one.")
        taken = attrs.evolve(factor, last_step=step)
        await unit.second_factors.put(person.tenant, taken)
        return taken

    async def _confirm(self, unit: Unit, person: Person, factor: SecondFactor, typed: str) -> tuple[str, ...]:
        now = self._clock.now()
        taken = await self._take(unit, person, factor, typed)
        await unit.second_factors.put(person.tenant, attrs.evolve(taken, confirmed_at=now))
        await record(unit, person.tenant, person.actor, "second-factor.set-up", person.email, at=now)
        return await self._keep_codes(unit, person)

    async def _keep_codes(self, unit: Unit, person: Person) -> tuple[str, ...]:
        codes = new_recovery_codes()
        hashes = [hashed for each in codes if (hashed := recovery_hash(each)) is not None]
        await unit.second_factors.keep_codes(person.tenant, person.id, hashes)
        return codes

    async def _standing(self, unit: Unit, person: Person) -> Standing:
        factor = await unit.second_factors.get(person.tenant, person.id)
        return Standing(
            since=factor.confirmed_at if factor else None,
            codes_left=await unit.second_factors.codes_left(person.tenant, person.id),
            required=await _required(unit, person),
        )


async def _required(unit: Unit, person: Person) -> bool:
    owner = None if person.tenant == SERVICE else await unit.policies.current(SERVICE)
    return is_on(owner, await unit.policies.current(person.tenant), REQUIRED[person.role])


async def _factor(unit: Unit, person: Person) -> SecondFactor:
    factor = await unit.second_factors.get(person.tenant, person.id)
    if factor is None:
        raise NotFound("there is no second factor")
    return factor


async def _factor_at(unit: Unit, half: HalfSignedIn) -> SecondFactor:
    """What the second step is about; one that is to be set up first belongs to who may."""
    factor = await _factor(unit, half.person)
    if factor.confirmed_at is None and half.vouched is not None:
        await _require_own_way(unit, half.person)
    return factor


async def _require_own_way(unit: Unit, person: Person) -> None:
    """Raises ``ProviderRefused`` for who has a password: whoever runs the provider would choose what it opens with."""
    if await unit.people.password(person.tenant, person.id) != NO_PASSWORD:
        cause = "the second factor of who has a password is set up after the password"
        raise ProviderRefused(cause, next_step="Sign in with your password.", why=Refusal.NO_FACTOR)


def _own(session: Session) -> Person:
    """Whose second factor it is; raises ``NeedsPassword`` for a service owner who came through a provider."""
    session.actor.require_making(session.person.role)
    return session.person


def _who(person: Person) -> str:
    return f"second factor of {person.id}"
