"""Sessions a provider vouches for: looked at again, and left.

- Such a session is asked about again and again; a no ends it.
- Silence is borne for a while: a provider that is away says nothing against anybody.
"""

from tympan_hub.domain.arrivals import Told, Vouched
from tympan_hub.domain.errors import (
    HubError,
    NotFound,
    NotSignedIn,
    ProviderRefused,
    ProviderTrouble,
    Refusal,
    Unavailable,
)
from tympan_hub.domain.ids import SERVICE, TenantId, TokenHash, hash_of
from tympan_hub.domain.limits.providers import LOOK_AGAIN, LOOK_AGAIN_SOON, OWNER_LOOK_AGAIN, OWNER_VOUCHED, VOUCHED
from tympan_hub.domain.people import Person, Session
from tympan_hub.domain.providers import Provider
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, OpenId, Secrets, Units, WakeUps
from tympan_hub.service.owner_arrivals import end_without_password, is_owner_still
from tympan_hub.service.providers import opened_provider
from tympan_hub.service.sessions import SessionService
from tympan_hub.service.tenant_arrivals import follow, home_of
from tympan_hub.service.vouching import tokens_of, vouching


class VouchedSessionService:
    """Sessions, those among them that a provider vouches for."""

    def __init__(
        self, units: Units, clock: Clock, secrets: Secrets, openid: OpenId, sessions: SessionService, wakeups: WakeUps
    ) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._openid = openid
        self._sessions = sessions
        self._wakeups = wakeups

    async def get(self, secret: str) -> Session:
        """The session of a cookie; one that a provider vouches for is asked about when it is time.

        Raises:
            NotSignedIn: There is none, or it ended, or the provider says no.
        """
        session = await self._sessions.by_secret(secret)
        if session.due_at is None or session.due_at > self._clock.now():
            return session
        await self._look_again(session.person, hash_of(secret))
        return await self._sessions.by_secret(secret)

    async def leave(self, secret: str, back: str) -> str:
        """Ends a session; returns the address at which to sign out at its provider too, "" when there is none."""
        key, farewell = hash_of(secret), ""
        async with self._units.reading() as unit:
            tenant = await unit.directory.of_session(key)
            vouched = await unit.vouchings.get(tenant, key) if tenant else None
            known = await unit.providers.get(vouched.whose, vouched.provider) if vouched else None
        await self._sessions.sign_out(secret)
        if vouched and known and known.issues_as(vouched.issuer):
            try:
                _, id_token = tokens_of(self._secrets, vouched)
                farewell = await self._openid.farewell(known, id_token, back, self._clock.now())
            except HubError:  # signed out here is what counts
                farewell = ""
        return farewell

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
            refresh, id_token = tokens_of(self._secrets, vouched)
            known, secret = await opened_provider(self._units, self._secrets, vouched.whose, vouched.provider)
            before = Told(issuer=vouched.issuer, subject=vouched.subject, refresh_token=refresh, id_token=id_token)
            if not known.issues_as(vouched.issuer):
                raise ProviderRefused("the provider is another one now", why=Refusal.STALE)
            if not refresh:
                raise ProviderRefused("the provider cannot be asked", why=Refusal.FAILED)
            told = await self._openid.ask_again(known, secret, before, now)
            await self._still_welcome(known, told, person, vouched)
        except Unavailable:  # nobody said no: the provider is away, or the database is busy
            if vouched.confirmed_at + (OWNER_VOUCHED if tenant == SERVICE else VOUCHED) <= now:
                await self._end(tenant, key)
        except (ProviderRefused, NotFound):
            await self._end(tenant, key, turned_away=(person, vouched))
        except HubError:
            await self._end(tenant, key)

    async def _still_welcome(self, known: Provider, told: Told, person: Person, vouched: Vouched) -> None:
        now, moved = self._clock.now(), False
        if known.for_owners or person.tenant == SERVICE:
            await self._still_owner(known, told, person, vouched)
            return
        if told.complete and home_of(known, told) != person.tenant:
            raise ProviderRefused("they belong to another tenant now", why=Refusal.NO_TENANT)
        async with self._units.writing() as unit:
            if told.complete:
                current = await unit.people.get(person.tenant, person.id)
                _, moved = await follow(unit, known, told, current or person, now)
            kept = vouching(self._secrets, known, told, vouched.session, due_at=now + LOOK_AGAIN, now=now)
            await unit.vouchings.keep(person.tenant, kept)
        if moved:
            await self._wakeups.send(person.tenant, LookAgain())

    async def _still_owner(self, known: Provider, told: Told, person: Person, vouched: Vouched) -> None:
        now = self._clock.now()
        if not known.for_owners or person.tenant != SERVICE:
            raise ProviderRefused("this provider is not for them", why=Refusal.NOT_OWNER)
        async with self._units.writing() as unit:
            sure = await is_owner_still(unit, known, told, person, now)
            confirmed_at = now if sure else vouched.confirmed_at
            due_at = now + OWNER_LOOK_AGAIN
            kept = vouching(self._secrets, known, told, vouched.session, due_at=due_at, now=confirmed_at)
            await unit.vouchings.keep(SERVICE, kept)
        if not sure:
            raise ProviderTrouble("the provider does not tell whether they are an owner")  # silence, borne as such

    async def _end(
        self, tenant: TenantId, key: TokenHash, *, turned_away: tuple[Person, Vouched] | None = None
    ) -> None:
        """Ends a session; of an owner whom the provider turned away, all that came with it."""
        async with self._units.writing() as unit:
            await unit.sessions.remove(tenant, key)
            if turned_away and tenant == SERVICE:
                person, vouched = turned_away
                await end_without_password(unit, vouched.provider, person, vouched.subject, self._clock.now())
        raise NotSignedIn("the provider does not vouch for you any more", next_step="Sign in again.")
