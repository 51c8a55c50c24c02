"""Sessions: begun by whoever proved who they are, listed for their person, ended by them.

- A session is a random secret of which the hub keeps the hash; every sign-in makes a new one.
- One that is left alone ends by itself; so does the oldest of a person who has very many.
"""

import datetime as dt
from typing import Final

from attrs import field, frozen

from tympan_hub.domain.errors import NotFound, NotSignedIn
from tympan_hub.domain.ids import PersonId, TenantId, hash_of, new_id, new_secret
from tympan_hub.domain.limits.sessions import SESSION, SESSIONS_PER_PERSON
from tympan_hub.domain.people import Person, Session
from tympan_hub.domain.sessions import OpenSession, Visitor
from tympan_hub.ports import Clock, Unit, Units

_CHARS: Final = 100
"""Of an address or the name of a browser."""


@frozen(kw_only=True)
class Entered:
    """Somebody who is signed in.

    Attributes:
        session: The new session.
        secret: Its secret, for the cookie.
        codes: Recovery codes, told this once, where a second factor was set up on the way.
        then: The path they wanted to go on to.
    """

    session: Session
    secret: str = field(repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)
    then: str = "/"

    @property
    def lasts(self) -> dt.timedelta:
        """How long the session lasts at most."""
        return self.session.opened.expires_at - self.session.opened.begun_at


@frozen(kw_only=True)
class HalfEntered:
    """Somebody who proved their password, and whose second factor is still to be proved, or to be set up.

    Attributes:
        waiting: The secret by which they go on.
        then: The path they wanted to go on to.
    """

    waiting: str = field(repr=False)
    then: str = "/"


async def begin_session(
    unit: Unit, clock: Clock, person: Person, visitor: Visitor, lasts: dt.timedelta = SESSION
) -> Entered:
    """A new session."""
    secret, csrf, now = new_secret(), new_secret(), clock.now()
    opened = OpenSession(
        id=new_id(),
        begun_at=now,
        seen_at=now,
        expires_at=now + lasts,
        source=visitor.source[:_CHARS],
        browser=visitor.browser[:_CHARS],
    )
    for old in (await unit.sessions.of_person(person.tenant, person.id))[SESSIONS_PER_PERSON - 1 :]:
        await unit.sessions.end(person.tenant, person.id, old.id)
    await unit.sessions.add(person.tenant, hash_of(secret), person.id, csrf, opened)
    return Entered(session=Session(person=person, csrf=csrf, opened=opened), secret=secret)


async def end_sessions(unit: Unit, tenant: TenantId, person: PersonId) -> None:
    """Ends every session of a person, and whatever would become one."""
    await unit.sessions.remove_all(tenant, person)
    await unit.half_sign_ins.remove_all(tenant, person)


class SessionService:
    """Sessions as whoever has their secret knows them, and one's own."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def mine(self, tenant: TenantId, person: PersonId) -> tuple[OpenSession, ...]:
        """Those that last, the one used last first."""
        async with self._units.reading() as unit:
            there = await unit.sessions.of_person(tenant, person)
        return tuple(each for each in there if each.lasts(self._clock.now()))

    async def end(self, tenant: TenantId, person: PersonId, session: str) -> None:
        """Ends one of a person's own; raises ``NotFound``."""
        async with self._units.writing() as unit:
            if not await unit.sessions.end(tenant, person, session):
                raise NotFound("there is no such session")

    async def by_secret(self, secret: str) -> Session:
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

    async def sign_out(self, secret: str) -> None:
        """Ends a session; one that is not known is none."""
        session = hash_of(secret)
        async with self._units.writing() as unit:
            tenant = await unit.directory.of_session(session)
            if tenant is not None:
                await unit.sessions.remove(tenant, session)
