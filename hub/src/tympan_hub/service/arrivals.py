"""People who come in through an OpenID provider: begun, and finished.

- A person is who (issuer, subject) was linked to, never whoever has the same address. An address links once, when the
  provider vouches for it and is allowed to link.
- A disabled person does not come in, whatever the provider says.
- A provider of service owners leads into the service alone, and every other one into tenants alone.
"""

import datetime as dt
import hmac
import json

import attrs
from attrs import frozen

from tympan_hub.domain.arrivals import Answer, Departure, Identity, Told, check_answer
from tympan_hub.domain.errors import HubError, NotFound, ProviderRefused, Refusal
from tympan_hub.domain.ids import SERVICE, ProviderId, TenantId, hash_of, new_secret
from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_SOURCE
from tympan_hub.domain.limits.providers import DEPARTURE, LOOK_AGAIN, OWNER_LOOK_AGAIN, VOUCHED_BLIND
from tympan_hub.domain.limits.sessions import SESSION
from tympan_hub.domain.people import Act, Role, Session
from tympan_hub.domain.providers import Provider
from tympan_hub.domain.sessions import Visitor
from tympan_hub.domain.sources import source_key
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, OpenId, Secrets, Units, WakeUps
from tympan_hub.service.attempts import FAILED_SIGN_INS, count
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_provider
from tympan_hub.service.owner_arrivals import link_owner, owner_of, turn_away
from tympan_hub.service.passwords import PasswordService
from tympan_hub.service.providers import opened_provider
from tympan_hub.service.second_factor import SecondFactorService
from tympan_hub.service.sessions import Entered, HalfEntered, SessionService, begin_session
from tympan_hub.service.standing import require_still
from tympan_hub.service.tenant_arrivals import follow, home_of, person_of
from tympan_hub.service.vouching import vouching

_DEPARTURE_FOR = "departure"


@frozen(kw_only=True)
class Linked:
    """A service owner who may come through the provider from now on; nobody was signed in.

    Attributes:
        then: The path to go on to.
    """

    then: str


class ArrivalService:
    """Sign-in through providers."""

    def __init__(
        self,
        units: Units,
        clock: Clock,
        secrets: Secrets,
        openid: OpenId,
        passwords: PasswordService,
        sessions: SessionService,
        second_factor: SecondFactorService,
        wakeups: WakeUps,
    ) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._openid = openid
        self._passwords = passwords
        self._sessions = sessions
        self._second_factor = second_factor
        self._wakeups = wakeups

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
        return await self._leave(self._departure(whose, provider, then), back, hint)

    async def begin_link(
        self, session: Session, secret: str, provider: ProviderId, password: str, *, back: str
    ) -> tuple[str, bytes]:
        """Sends a service owner to a provider, to come through it from then on; they prove their password anew.

        Returns:
            As `begin`.

        Raises:
            NotAllowed: They are no service owner, or came through a provider themselves.
            SignInRefused: It is not their password.
            TooMany: Too many wrong ones lately.
        """
        _require_local(session)
        await self._passwords.prove(session.person, password)
        leaving = self._departure(SERVICE, provider, "/account")
        leaving = attrs.evolve(leaving, person=session.person.id, session=hash_of(secret))
        async with self._units.reading() as unit:
            if not (await known_provider(unit, SERVICE, provider)).for_owners:
                raise NotFound("there is no such provider")
        return await self._leave(leaving, back, "")

    async def links(self, session: Session) -> tuple[Identity, ...]:
        """As whom a service owner comes through providers."""
        async with self._units.reading() as unit:
            return await unit.identities.of_person(session.person.tenant, session.person.id)

    async def unlink(self, session: Session, issuer: str, subject: str) -> None:
        """A service owner comes through that provider no more; who came so is signed out. Raises ``NotFound``."""
        _require_local(session)
        person, now = session.person, self._clock.now()
        async with self._units.writing() as unit:
            identity = await unit.identities.get(person.tenant, issuer, subject)
            if identity is None or identity.person != person.id:
                raise NotFound("there is no such link")
            await unit.identities.remove(person.tenant, issuer, subject)
            await unit.vouchings.end_as(person.tenant, issuer, subject)
            await unit.half_sign_ins.remove_all(
                person.tenant, person.id
            )  # what came that way waits for its second step
            await record(
                unit, person.tenant, session.actor, "person.unlink", person.email, f"{issuer} {subject}", at=now
            )

    def _departure(self, whose: TenantId, provider: ProviderId, then: str) -> Departure:
        return Departure(
            tenant=whose,
            provider=provider,
            state=new_secret(),
            nonce=new_secret(),
            verifier=new_secret(),
            then=then,
            expires_at=self._clock.now() + DEPARTURE,
        )

    async def _leave(self, departure: Departure, back: str, hint: str) -> tuple[str, bytes]:
        async with self._units.reading() as unit:
            known = await known_provider(unit, departure.tenant, departure.provider)
        address = await self._openid.leave(known, departure, back, hint, self._clock.now())
        return address, self._secrets.seal(_packed(departure), _DEPARTURE_FOR)

    async def finish(
        self,
        whose: TenantId,
        provider: ProviderId,
        answer: Answer,
        carried: bytes,
        *,
        back: str,
        visitor: Visitor,
        secret: str = "",
    ) -> Entered | HalfEntered | Linked:
        """Lets somebody in who comes back from a provider.

        Args:
            whose: Whose provider.
            provider: Which one.
            answer: What the browser brings.
            carried: What it was given to carry.
            back: The address it came back to.
            visitor: Where it comes from, and what it is.
            secret: Of the session it has; "" for none.

        Raises:
            ProviderRefused: They are not let in; says why.
            ProviderTrouble: The provider does not answer.
            TooMany: Too many failures from there lately.
        """
        whence = f"provider source {source_key(visitor.source)}"
        async with self._units.reading() as unit:
            await count(unit, {whence: ATTEMPTS_PER_SOURCE}, self._clock.now(), FAILED_SIGN_INS, add=False)
        try:
            known, told, departure = await self._told(whose, provider, answer, carried, back)
            if departure.person:
                return await self._link(known, told, departure, secret)
            entered = await self._let_in(known, told, visitor)
        except ProviderRefused:
            async with self._units.writing() as unit:
                await unit.attempts.add(SERVICE, whence, self._clock.now())
            raise
        return attrs.evolve(entered, then=departure.then)

    async def _told(
        self, whose: TenantId, provider: ProviderId, answer: Answer, carried: bytes, back: str
    ) -> tuple[Provider, Told, Departure]:
        """What the provider tells of who comes back, once."""
        now = self._clock.now()
        departure = self._departed(carried)
        if (departure.tenant, departure.provider) != (whose, provider):
            raise ProviderRefused("this sign-in was begun at another provider", why=Refusal.STALE)
        known, secret = await opened_provider(self._units, self._secrets, whose, provider)
        names_itself = (await self._openid.documents(known, now)).names_itself
        issuer = answer.issuer if known.issuer != known.document_issuer else known.issuer
        check_answer(answer, departure, issuer, names_itself=names_itself, now=now)
        async with self._units.writing() as unit:
            if not await unit.departures.spend(whose, hash_of(departure.state), departure.expires_at):
                raise ProviderRefused("this answer was used before", why=Refusal.STALE)
        return known, await self._openid.redeem(known, secret, departure, answer.code, back, now), departure

    def _departed(self, carried: bytes) -> Departure:
        try:
            return _unpacked(self._secrets.unseal(carried, _DEPARTURE_FOR))
        except HubError as error:
            raise ProviderRefused("this sign-in was not begun with this browser", why=Refusal.STALE) from error

    async def _link(self, known: Provider, told: Told, departure: Departure, secret: str) -> Linked:
        """Links the owner who asked for it, in the session they asked in."""
        session = await self._sessions.by_secret(secret) if secret else None
        if session is None or not hmac.compare_digest(hash_of(secret), departure.session):
            raise ProviderRefused("the session in which this was asked is not this one", why=Refusal.STALE)
        _require_local(session)
        async with self._units.writing() as unit:
            await require_still(unit, SERVICE, session.actor, Act.MANAGE_PROVIDERS)
            await link_owner(unit, known, told, session.person, self._clock.now())
        return Linked(then=departure.then)

    async def _let_owner_in(self, known: Provider, told: Told, visitor: Visitor) -> Entered | HalfEntered:
        now = self._clock.now()
        if not told.refresh_token:  # who is disabled there would stay in here
            raise ProviderRefused("the provider gives nothing to ask it again with", why=Refusal.NO_REFRESH)
        word = vouching(self._secrets, known, told, hash_of(new_secret()), due_at=now + OWNER_LOOK_AGAIN, now=now)
        try:
            async with self._units.writing() as unit:
                person = await owner_of(unit, known, told, now)
                return await self._second_factor.enter(unit, person, visitor, word)
        except ProviderRefused:
            async with self._units.writing() as unit:
                await turn_away(unit, known, told, now)
            raise

    async def _let_in(self, known: Provider, told: Told, visitor: Visitor) -> Entered | HalfEntered:
        if known.for_owners:
            return await self._let_owner_in(known, told, visitor)
        now, tenant = self._clock.now(), home_of(known, told)
        async with self._units.writing() as unit:
            person = await person_of(unit, known, told, tenant, now)
            if person.disabled_at is not None:
                raise ProviderRefused("this person is disabled", why=Refusal.DISABLED)
            person, moved = await follow(unit, known, told, person, now, arrives=True)
            lasts = SESSION if told.refresh_token else VOUCHED_BLIND
            due_at = now + (LOOK_AGAIN if told.refresh_token else VOUCHED_BLIND)
            entered = await begin_session(unit, self._clock, person, visitor, lasts)
            word = vouching(self._secrets, known, told, hash_of(entered.secret), due_at=due_at, now=now)
            await unit.vouchings.add(tenant, word)
        if moved:
            await self._wakeups.send(tenant, LookAgain())
        return attrs.evolve(entered, session=attrs.evolve(entered.session, due_at=due_at))


def _require_local(session: Session) -> None:
    """Raises ``NotAllowed`` but for a service owner in a session they began with their password."""
    session.actor.require(Act.MANAGE_PROVIDERS, SERVICE)
    session.actor.require_making(Role.OWNER)


def _packed(departure: Departure) -> bytes:
    values = attrs.asdict(departure) | {"expires_at": departure.expires_at.isoformat()}
    return json.dumps(values).encode()


def _unpacked(packed: bytes) -> Departure:
    values = json.loads(packed)
    return Departure(**{**values, "expires_at": dt.datetime.fromisoformat(values["expires_at"])})
