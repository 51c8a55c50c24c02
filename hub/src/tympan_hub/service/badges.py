"""Badges of people: entered by administrators, and by whom a station finds who holds one."""

from tympan_hub.domain.badges import Badge, digest_of, number_of, shown_of
from tympan_hub.domain.errors import Full, NotFound, Taken
from tympan_hub.domain.ids import PersonId, TenantId, TokenHash
from tympan_hub.domain.limits.proximity import BADGES_OF_PERSON
from tympan_hub.domain.people import Act, Person
from tympan_hub.ports import Clock, Secrets, Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_person


class BadgeService:
    """Badges of a tenant's people."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets

    async def of(self, tenant: TenantId, by: Person, person: PersonId) -> tuple[Badge, ...]:
        """A person's, the oldest first; raises ``NotFound`` for nobody."""
        by.actor.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            await known_person(unit, tenant, person)
            return await unit.badges.of_person(tenant, person)

    async def add(self, tenant: TenantId, by: Person, person: PersonId, number: str) -> Badge:
        """Gives a person a badge.

        Raises:
            BadInput: It is no number of a badge.
            NotFound: There is no such person.
            Taken: Somebody holds it already.
            Full: They hold as many as one may.
        """
        by.actor.require(Act.MANAGE_PEOPLE, tenant)
        read, now = number_of(number), self._clock.now()
        digest = digest_of(self._secrets.badge_key(tenant), read)
        badge = Badge(tenant=tenant, digest=digest, person=person, shown=shown_of(read), made_at=now)
        async with self._units.writing() as unit:
            known = await known_person(unit, tenant, person)
            if await unit.badges.by_digest(tenant, digest) is not None:
                raise Taken("somebody holds this badge already", next_step="Take it from them first.", field="number")
            if len(await unit.badges.of_person(tenant, person)) >= BADGES_OF_PERSON:
                raise Full(f"{known.name} has {BADGES_OF_PERSON} badges", next_step="Take away those that were lost.")
            await unit.badges.add(tenant, badge)
            await record(unit, tenant, by.actor, "badge.add", known.email, badge.shown, at=now)
        return badge

    async def remove(self, tenant: TenantId, by: Person, person: PersonId, digest: TokenHash) -> None:
        """Takes a badge away, such as a lost one: it opens nothing from now on."""
        by.actor.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.writing() as unit:
            known = await known_person(unit, tenant, person)
            if not await unit.badges.remove(tenant, person, digest):
                raise NotFound("there is no such badge")
            await record(unit, tenant, by.actor, "badge.remove", known.email, at=self._clock.now())


async def holder(unit: Unit, secrets: Secrets, tenant: TenantId, number: str) -> Person | None:
    """Who holds a badge; None for nobody, and for one who may not sign in. Raises ``BadInput``."""
    badge = await unit.badges.by_digest(tenant, digest_of(secrets.badge_key(tenant), number_of(number)))
    person = None if badge is None else await unit.people.get(tenant, badge.person)
    return None if person is None or person.disabled_at is not None else person
