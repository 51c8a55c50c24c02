"""People who come in through an OpenID provider: begun, finished, looked at again, left.

- A person is who (issuer, subject) was linked to, never whoever has the same address. An address links once, when the
  provider vouches for it and is allowed to link.
- A disabled person does not come in, whatever the provider says.
- A session a provider vouches for is asked about again and again; a no ends it.
"""

import datetime as dt
import json

import attrs
from attrs import frozen

from tympan_hub.domain.arrivals import Answer, Departure, Identity, Told, Vouched, check_answer
from tympan_hub.domain.errors import (
    Conflict,
    HubError,
    NotFound,
    NotSignedIn,
    ProviderRefused,
    Refusal,
    Unavailable,
)
from tympan_hub.domain.ids import SERVICE, PersonId, ProviderId, TenantId, TokenHash, hash_of, new_id, new_secret
from tympan_hub.domain.limits import (
    ATTEMPTS_PER_SOURCE,
    DEPARTURE,
    LOOK_AGAIN,
    LOOK_AGAIN_SOON,
    NAME_OCTETS,
    PEOPLE,
    SESSION,
    VOUCHED,
    VOUCHED_BLIND,
)
from tympan_hub.domain.people import NO_PASSWORD, Actor, Person, Role, Session, check_person, email_address
from tympan_hub.domain.providers import Provider, fitting, granted, widest
from tympan_hub.domain.sessions import Visitor
from tympan_hub.domain.sources import source_key
from tympan_hub.domain.text import is_name
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, OpenId, Secrets, Unit, Units, WakeUps
from tympan_hub.service.attempts import FAILED_SIGN_INS, count
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_provider
from tympan_hub.service.people import PeopleService
from tympan_hub.service.provided_groups import keep_memberships
from tympan_hub.service.providers import about_secret
from tympan_hub.service.sessions import Entered, begin_session
from tympan_hub.service.standing import change_person

_DEPARTURE_FOR = "departure"


@frozen(kw_only=True)
class Door:
    """A provider as strangers see it.

    Attributes:
        whose: Its tenant's id.
        provider: Its id.
        name: For people.
    """

    whose: TenantId
    provider: ProviderId
    name: str


class ArrivalService:
    """Sign-in through providers."""

    def __init__(
        self, units: Units, clock: Clock, secrets: Secrets, openid: OpenId, people: PeopleService, wakeups: WakeUps
    ) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._openid = openid
        self._people = people
        self._wakeups = wakeups

    async def doors(self, email: str = "") -> tuple[Door, ...]:
        """Providers a stranger may choose from.

        They are those of the service, and of the only tenant there is, or of the one the domain of this address
        belongs to: which other tenants there are is nobody's business.
        """
        async with self._units.reading() as unit:
            found = list(await unit.providers.all(SERVICE))
            tenants = await unit.directory.tenants()
            domain = email.strip().lower()[:254].rpartition("@")[2]
            whose = tenants[0].id if len(tenants) == 1 else await unit.directory.of_domain(domain) if domain else None
            if whose is not None and whose != SERVICE:
                found += await unit.providers.all(whose)
        fitting_first = sorted(found, key=lambda each: (domain not in each.domains if domain else False, each.name))
        return tuple(Door(whose=each.tenant, provider=each.id, name=each.name) for each in fitting_first)

    async def others(self) -> bool:
        """Whether there may be providers that are shown only to people who say their address."""
        async with self._units.reading() as unit:
            return len(await unit.directory.tenants()) > 1

    async def begin(
        self, whose: TenantId, provider: ProviderId, *, back: str, then: str, hint: str = ""
    ) -> tuple[str, bytes]:
        """Sends a browser to a provider.

        Args:
            whose: Whose provider.
            provider: Which one.
            back: Address to come back to.
            then: Path of the portal to go on to.
            hint: The address they typed.

        Returns:
            Where to, and what the browser has to carry.
        """
        now = self._clock.now()
        async with self._units.reading() as unit:
            known = await known_provider(unit, whose, provider)
        departure = Departure(
            tenant=whose,
            provider=provider,
            state=new_secret(),
            nonce=new_secret(),
            verifier=new_secret(),
            then=then,
            expires_at=now + DEPARTURE,
        )
        address = await self._openid.leave(known, departure, back, hint, now)
        return address, self._secrets.seal(_packed(departure), _DEPARTURE_FOR)

    async def finish(
        self, whose: TenantId, provider: ProviderId, answer: Answer, carried: bytes, *, back: str, visitor: Visitor
    ) -> Entered:
        """Lets somebody in who comes back from a provider.

        Args:
            whose: Whose provider.
            provider: Which one.
            answer: What the browser brings.
            carried: What it was given to carry.
            back: The address it came back to.
            visitor: Where it comes from, and what it is.

        Raises:
            ProviderRefused: They are not let in; says why.
            ProviderTrouble: The provider does not answer.
            TooMany: Too many failures from there lately.
        """
        whence = f"provider source {source_key(visitor.source)}"
        async with self._units.reading() as unit:
            await count(unit, {whence: ATTEMPTS_PER_SOURCE}, self._clock.now(), FAILED_SIGN_INS, add=False)
        try:
            return await self._finish(whose, provider, answer, carried, back, visitor)
        except ProviderRefused:
            async with self._units.writing() as unit:
                await unit.attempts.add(SERVICE, whence, self._clock.now())
            raise

    async def session(self, secret: str) -> Session:
        """The session of a cookie; one that a provider vouches for is asked about when it is time.

        Raises:
            NotSignedIn: There is none, or it ended, or the provider says no.
        """
        session = await self._people.by_session(secret)
        if session.due_at is None or session.due_at > self._clock.now():
            return session
        await self._look_again(session.person, hash_of(secret))
        return await self._people.by_session(secret)

    async def leave(self, secret: str, back: str) -> str:
        """Ends a session; returns the address at which to sign out at its provider too, "" when there is none."""
        key, farewell = hash_of(secret), ""
        async with self._units.reading() as unit:
            tenant = await unit.directory.of_session(key)
            vouched = await unit.vouchings.get(tenant, key) if tenant else None
            known = await unit.providers.get(vouched.whose, vouched.provider) if vouched else None
        await self._people.sign_out(secret)
        if vouched and known and known.issues_as(vouched.issuer):
            try:
                _, id_token = self._opened(vouched)
                farewell = await self._openid.farewell(known, id_token, back, self._clock.now())
            except HubError:  # signed out here is what counts
                farewell = ""
        return farewell

    async def _finish(
        self, whose: TenantId, provider: ProviderId, answer: Answer, carried: bytes, back: str, visitor: Visitor
    ) -> Entered:
        now = self._clock.now()
        departure = self._departed(carried)
        if (departure.tenant, departure.provider) != (whose, provider):
            raise ProviderRefused("this sign-in was begun at another provider", why=Refusal.STALE)
        known, secret = await self._provider(whose, provider)
        names_itself = (await self._openid.documents(known, now)).names_itself
        issuer = answer.issuer if known.issuer != known.document_issuer else known.issuer
        check_answer(answer, departure, issuer, names_itself=names_itself, now=now)
        async with self._units.writing() as unit:
            if not await unit.departures.spend(whose, hash_of(departure.state), departure.expires_at):
                raise ProviderRefused("this answer was used before", why=Refusal.STALE)
        told = await self._openid.redeem(known, secret, departure, answer.code, back, now)
        return attrs.evolve(await self._let_in(known, told, visitor), then=departure.then)

    def _departed(self, carried: bytes) -> Departure:
        try:
            return _unpacked(self._secrets.unseal(carried, _DEPARTURE_FOR))
        except HubError as error:
            raise ProviderRefused("this sign-in was not begun with this browser", why=Refusal.STALE) from error

    async def _provider(self, whose: TenantId, provider: ProviderId) -> tuple[Provider, str]:
        async with self._units.reading() as unit:
            known = await known_provider(unit, whose, provider)
            sealed = await unit.providers.secret(whose, provider)
        if sealed is None:
            raise NotFound("there is no such provider")
        return known, self._secrets.unseal(sealed, about_secret(known)).decode()

    async def _let_in(self, known: Provider, told: Told, visitor: Visitor) -> Entered:
        now, tenant = self._clock.now(), _home(known, told)
        async with self._units.writing() as unit:
            person = await _person(unit, known, told, tenant, now)
            if person.disabled_at is not None:
                raise ProviderRefused("this person is disabled", why=Refusal.DISABLED)
            person, moved = await _follow(unit, known, told, person, now, arrives=True)
            lasts = SESSION if told.refresh_token else VOUCHED_BLIND
            due_at = now + (LOOK_AGAIN if told.refresh_token else VOUCHED_BLIND)
            entered = await begin_session(unit, self._clock, person, visitor, lasts)
            await unit.vouchings.add(tenant, self._vouched(known, told, hash_of(entered.secret), due_at, now))
        if moved:
            await self._wakeups.send(tenant, LookAgain())
        return attrs.evolve(entered, session=attrs.evolve(entered.session, due_at=due_at))

    async def _look_again(self, person: Person, key: TokenHash) -> None:
        """Asks the provider about a session that is due; another request that asks already is not waited for."""
        now, tenant = self._clock.now(), person.tenant
        async with self._units.writing() as unit:
            vouched = await unit.vouchings.get(tenant, key)
            if vouched is None or vouched.due_at > now:
                return
            if not await unit.vouchings.take(tenant, vouched, now + LOOK_AGAIN_SOON):
                return
        try:
            refresh, id_token = self._opened(vouched)
            known, secret = await self._provider(vouched.whose, vouched.provider)
            before = Told(issuer=vouched.issuer, subject=vouched.subject, refresh_token=refresh, id_token=id_token)
            if not known.issues_as(vouched.issuer):
                raise ProviderRefused("the provider is another one now", why=Refusal.STALE)
            if not refresh:
                raise ProviderRefused("the provider cannot be asked", why=Refusal.FAILED)
            told = await self._openid.ask_again(known, secret, before, now)
            await self._still_welcome(known, told, person, vouched)
        except Unavailable:  # nobody said no: the provider is away, or the database is busy
            if vouched.confirmed_at + VOUCHED <= now:
                await self._end(tenant, key)
        except HubError:
            await self._end(tenant, key)

    async def _still_welcome(self, known: Provider, told: Told, person: Person, vouched: Vouched) -> None:
        now, moved = self._clock.now(), False
        if told.complete and _home(known, told) != person.tenant:
            raise ProviderRefused("they belong to another tenant now", why=Refusal.NO_TENANT)
        async with self._units.writing() as unit:
            if told.complete:
                current = await unit.people.get(person.tenant, person.id)
                _, moved = await _follow(unit, known, told, current or person, now)
            kept = self._vouched(known, told, vouched.session, now + LOOK_AGAIN, now)
            await unit.vouchings.keep(person.tenant, kept)
        if moved:
            await self._wakeups.send(person.tenant, LookAgain())

    async def _end(self, tenant: TenantId, key: TokenHash) -> None:
        async with self._units.writing() as unit:
            await unit.sessions.remove(tenant, key)
        raise NotSignedIn("the provider does not vouch for you any more", next_step="Sign in again.")

    def _vouched(self, known: Provider, told: Told, key: TokenHash, due_at: dt.datetime, now: dt.datetime) -> Vouched:
        tokens = json.dumps([told.refresh_token, told.id_token]).encode()
        return Vouched(
            session=key,
            whose=known.tenant,
            provider=known.id,
            issuer=told.issuer,
            subject=told.subject,
            tokens=self._secrets.seal(tokens, f"tokens of {key}"),
            due_at=due_at,
            confirmed_at=now,
        )

    def _opened(self, vouched: Vouched) -> tuple[str, str]:
        refresh, id_token = json.loads(self._secrets.unseal(vouched.tokens, f"tokens of {vouched.session}"))
        return str(refresh), str(id_token)


def _home(known: Provider, told: Told) -> TenantId:
    """Whose person it is."""
    if known.tenant != SERVICE:
        return known.tenant
    home = next((each.tenant for each in known.homes if told.home and each.value == told.home), None)
    if home is None:
        raise ProviderRefused(f"no tenant has people with {told.home!r:.80}", why=Refusal.NO_TENANT)
    return home


async def _person(unit: Unit, known: Provider, told: Told, tenant: TenantId, now: dt.datetime) -> Person:
    """Who it is: known to the provider, or linked now, or added now."""
    identity = await unit.identities.get(tenant, told.issuer, told.subject)
    person = await unit.people.get(tenant, identity.person) if identity else None
    if person is not None:
        return person
    if not told.email:
        raise ProviderRefused("the provider tells no e-mail address", why=Refusal.NO_EMAIL)
    owner = await unit.directory.of_email(told.email)
    if owner is not None:
        person = await unit.people.by_email(tenant, told.email) if owner == tenant else None
        if person is None or not (known.links_by_email and told.email_verified):
            raise ProviderRefused("somebody has this address already", why=Refusal.EMAIL_TAKEN)
        act = "person.link"
    else:
        person, act = await _added(unit, known, told, tenant, now), "person.add"
    await unit.identities.put(tenant, _identity(told, person, now))
    by = Actor(label=f"provider {known.id}", tenant=tenant, role=Role.ADMINISTRATOR)
    await record(unit, tenant, by, act, person.email, f"{told.issuer} {told.subject}", at=now)
    return person


async def _added(unit: Unit, known: Provider, told: Told, tenant: TenantId, now: dt.datetime) -> Person:
    if not known.adds_unknown:
        raise ProviderRefused("nobody knows this person here", why=Refusal.UNKNOWN)
    if await unit.people.count(tenant) >= PEOPLE:
        raise ProviderRefused(f"there are {PEOPLE} people already", why=Refusal.FULL)
    try:
        address = email_address(told.email)
    except HubError as error:
        raise ProviderRefused("the provider tells an address that is none", why=Refusal.NO_EMAIL) from error
    before_at = address.partition("@")[0]
    name, login = (text if is_name(text, NAME_OCTETS) else before_at for text in (told.name, told.login))
    check_person(name, Role.USER, tenant, login)
    person = Person(
        id=PersonId(new_id()), tenant=tenant, email=address, name=name, login=login, role=Role.USER, created_at=now
    )
    await unit.people.add(tenant, person, NO_PASSWORD)
    return person


def _identity(told: Told, person: Person, now: dt.datetime) -> Identity:
    return Identity(
        tenant=person.tenant,
        issuer=told.issuer,
        subject=told.subject,
        person=person.id,
        own_role=person.role,
        given_role=person.role,
        linked_at=now,
        seen_at=now,
    )


async def _follow(
    unit: Unit, known: Provider, told: Told, person: Person, now: dt.datetime, *, arrives: bool = False
) -> tuple[Person, bool]:
    """Groups and role as the claims of now give them; tells whether groups changed."""
    by = Actor(label=f"provider {known.id}", tenant=person.tenant, role=Role.ADMINISTRATOR)
    identity = await unit.identities.get(person.tenant, told.issuer, told.subject) or _identity(told, person, now)
    own = identity.own_role if identity.given_role is person.role else person.role  # somebody changed it by hand since
    role = widest(own, granted(known.rules, told.groups))
    if role is not person.role:
        role = await _give_role(unit, by, person, role, now, arrives=arrives)
    await unit.identities.put(person.tenant, attrs.evolve(identity, own_role=own, given_role=role, seen_at=now))
    moved = await keep_memberships(unit, known, by, person, fitting(known.rules, told.groups), at=now)
    return attrs.evolve(person, role=role), moved


async def _give_role(unit: Unit, by: Actor, person: Person, role: Role, now: dt.datetime, *, arrives: bool) -> Role:
    """The role a person has then: the last who manages a tenant keeps theirs, which the log says at each sign-in."""
    detail = f"{person.role.value} → {role.value}"
    try:
        await change_person(unit, person, attrs.evolve(person, role=role), now)
    except Conflict as error:
        if arrives:
            await record(unit, person.tenant, by, "person.role-kept", person.email, f"{detail}: {error}", at=now)
        return person.role
    await record(unit, person.tenant, by, "person.role", person.email, detail, at=now)
    return role


def _packed(departure: Departure) -> bytes:
    values = attrs.asdict(departure) | {"expires_at": departure.expires_at.isoformat()}
    return json.dumps(values).encode()


def _unpacked(packed: bytes) -> Departure:
    values = json.loads(packed)
    return Departure(**{**values, "expires_at": dt.datetime.fromisoformat(values["expires_at"])})
