"""Service owners who come through a provider of their own: known by a link they made themselves, or by a rule.

- An e-mail address makes nobody an owner and links nobody. An owner who is here already links in a session they began
  with their password, which they prove again.
- An owner a rule made is one as long as the provider says so: a no, or the end of the provider, ends all they hold. No
  provider changes or ends an owner who has a password.
"""

import datetime as dt

import attrs

from tympan_hub.domain.arrivals import Identity, Told
from tympan_hub.domain.errors import HubError, ProviderRefused, Refusal
from tympan_hub.domain.ids import SERVICE, PersonId, ProviderId, new_id
from tympan_hub.domain.limits.people import PEOPLE
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.people import NO_PASSWORD, Actor, Person, Role, email_address
from tympan_hub.domain.providers import Provider, makes_owner
from tympan_hub.domain.text import is_name
from tympan_hub.ports import Unit
from tympan_hub.service.audit import record
from tympan_hub.service.endings import end_access_of


async def owner_of(unit: Unit, known: Provider, told: Told, now: dt.datetime) -> Person:
    """Who it is; raises ``ProviderRefused`` for everybody who is no owner."""
    identity = await unit.identities.get(SERVICE, told.issuer, told.subject)
    person = await unit.people.get(SERVICE, identity.person) if identity else None
    if identity is None or person is None:
        if not makes_owner(known, told.groups):
            raise ProviderRefused("nobody said that this person is a service owner", why=Refusal.NOT_OWNER)
        return await _added(unit, known, told, now)
    if not _is_still(identity, known, told):
        raise ProviderRefused("no rule makes this person a service owner any more", why=Refusal.NOT_OWNER)
    if person.disabled_at is not None:
        raise ProviderRefused("this person is disabled", why=Refusal.DISABLED)
    await unit.identities.put(SERVICE, attrs.evolve(identity, seen_at=now))
    return person


async def is_owner_still(unit: Unit, known: Provider, told: Told, person: Person, now: dt.datetime) -> bool:
    """Whether the provider said so, asked again; raises ``ProviderRefused`` for who is none any more.

    It may tell nothing but that they are welcome. Enough for who linked, and no word about whom a rule made one.
    """
    if told.complete:
        if (await owner_of(unit, known, told, now)).id != person.id:
            raise ProviderRefused("the provider tells of somebody else", why=Refusal.NOT_OWNER)
        return True
    identity = await unit.identities.get(SERVICE, told.issuer, told.subject)
    if identity is None or identity.person != person.id:
        raise ProviderRefused("they do not come through this provider any more", why=Refusal.NOT_OWNER)
    if identity.own_role is not Role.OWNER and not known.rules:
        raise ProviderRefused("no rule makes anybody a service owner any more", why=Refusal.NOT_OWNER)
    return identity.own_role is Role.OWNER


async def turn_away(unit: Unit, known: Provider, told: Told, now: dt.datetime) -> None:
    """Ends all that an owner holds whom a rule made, and makes no longer; one who has a password keeps theirs."""
    identity = await unit.identities.get(SERVICE, told.issuer, told.subject)
    person = await unit.people.get(SERVICE, identity.person) if identity else None
    if identity is None or person is None or _is_still(identity, known, told):
        return
    await end_without_password(unit, known.id, person, told.subject, now)


async def end_without_password(
    unit: Unit, provider: ProviderId, person: Person, subject: str, now: dt.datetime
) -> None:
    """Ends all that an owner holds whom the provider alone let in, and lets in no longer."""
    if await unit.people.password(SERVICE, person.id) != NO_PASSWORD:
        return
    await end_access_of(unit, person, now)
    await record(unit, SERVICE, _by(provider), "person.turned-away", person.email, subject, at=now)


async def end_all_without_password(unit: Unit, known: Provider, now: dt.datetime) -> None:
    """The same for everybody who came through it, signed in just now or not."""
    for person in await unit.people.all(SERVICE):
        for identity in await unit.identities.of_person(SERVICE, person.id):
            if known.issues_as(identity.issuer):
                await end_without_password(unit, known.id, person, identity.subject, now)


async def link_owner(unit: Unit, known: Provider, told: Told, person: Person, now: dt.datetime) -> None:
    """From now on this owner may come through the provider; raises ``ProviderRefused`` where another does."""
    identity = await unit.identities.get(SERVICE, told.issuer, told.subject)
    if identity is not None and identity.person != person.id:
        raise ProviderRefused("another service owner comes with this account", why=Refusal.LINKED)
    await unit.identities.put(SERVICE, _identity(told, person, Role.OWNER, now))
    await record(unit, SERVICE, person.actor, "person.link", person.email, f"{told.issuer} {told.subject}", at=now)


def _is_still(identity: Identity, known: Provider, told: Told) -> bool:
    return identity.own_role is Role.OWNER or makes_owner(known, told.groups)


async def _added(unit: Unit, known: Provider, told: Told, now: dt.datetime) -> Person:
    if not known.adds_unknown:
        raise ProviderRefused("nobody knows this person here", why=Refusal.UNKNOWN)
    if not told.email_verified:
        raise ProviderRefused("the provider does not vouch for the e-mail address", why=Refusal.UNVERIFIED)
    try:
        address = email_address(told.email)
    except HubError as error:
        raise ProviderRefused("the provider tells an address that is none", why=Refusal.NO_EMAIL) from error
    if await unit.people.by_email(SERVICE, address) is not None:
        raise ProviderRefused("a service owner has this address already", why=Refusal.EMAIL_TAKEN)
    if await unit.people.count(SERVICE) >= PEOPLE:
        raise ProviderRefused(f"there are {PEOPLE} people already", why=Refusal.FULL)
    name = told.name if is_name(told.name, NAME_OCTETS) else address.partition("@")[0]
    person = Person(id=PersonId(new_id()), tenant=SERVICE, email=address, name=name, role=Role.OWNER, created_at=now)
    await unit.people.add(SERVICE, person, NO_PASSWORD)
    await unit.identities.put(SERVICE, _identity(told, person, Role.USER, now))
    await record(unit, SERVICE, _by(known.id), "person.add", address, f"{told.issuer} {told.subject}", at=now)
    return person


def _identity(told: Told, person: Person, own: Role, now: dt.datetime) -> Identity:
    """``own`` is their role apart from the provider: owner for who linked, the least for whom a rule made one."""
    return Identity(
        tenant=SERVICE,
        issuer=told.issuer,
        subject=told.subject,
        person=person.id,
        own_role=own,
        given_role=Role.OWNER,
        linked_at=now,
        seen_at=now,
    )


def _by(provider: ProviderId) -> Actor:
    return Actor(label=f"provider {provider}", tenant=SERVICE, role=Role.OWNER)
