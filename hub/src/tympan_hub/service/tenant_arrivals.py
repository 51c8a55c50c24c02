"""Who of a tenant comes from a provider: known, linked or added, with the groups and the role its claims give.

Nobody becomes or stays a service owner here: owners have a way of their own.
"""

import datetime as dt

import attrs

from tympan_hub.domain.arrivals import Identity, Told
from tympan_hub.domain.errors import (
    Conflict,
    HubError,
    ProviderRefused,
    Refusal,
)
from tympan_hub.domain.ids import SERVICE, PersonId, TenantId, new_id
from tympan_hub.domain.limits.people import PEOPLE
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.people import NO_PASSWORD, Actor, Person, Role, check_person, email_address
from tympan_hub.domain.providers import Provider, fitting, granted, widest
from tympan_hub.domain.text import is_name
from tympan_hub.ports import Unit
from tympan_hub.service.audit import record
from tympan_hub.service.provided_groups import keep_memberships
from tympan_hub.service.standing import change_person


def home_of(known: Provider, told: Told) -> TenantId:
    """Whose person it is.

    Raises:
        ProviderRefused: No tenant has people whom the provider tells so of.
    """
    if known.tenant != SERVICE:
        return known.tenant
    home = next((each.tenant for each in known.homes if told.home and each.value == told.home), None)
    if home is None:
        raise ProviderRefused(f"no tenant has people with {told.home!r:.80}", why=Refusal.NO_TENANT)
    return home


async def person_of(unit: Unit, known: Provider, told: Told, tenant: TenantId, now: dt.datetime) -> Person:
    """Who it is: known to the provider, or linked now, or added now.

    Raises:
        ProviderRefused: They are none of these; says why.
    """
    identity = await unit.identities.get(tenant, told.issuer, told.subject)
    person = await unit.people.get(tenant, identity.person) if identity else None
    if person is not None:
        return person
    if not told.email:
        raise ProviderRefused("the provider tells no e-mail address", why=Refusal.NO_EMAIL)
    person = await unit.people.by_email(tenant, told.email)
    if person is not None:
        if not (known.links_by_email and told.email_verified):
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


async def follow(
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
