"""Groups that a provider keeps: made when a rule names them, filled as claims say.

A group that administrators fill is left alone, even when a rule has its name.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from tympan_hub.domain.errors import Conflict, Full, Taken
from tympan_hub.domain.groups import Group, Source, check_group
from tympan_hub.domain.ids import SERVICE, GroupId, TenantId, word_from
from tympan_hub.domain.limits.people import GROUPS, GROUPS_PER_PERSON
from tympan_hub.domain.people import Actor, Person
from tympan_hub.domain.providers import Provider, Rule
from tympan_hub.ports import Unit
from tympan_hub.service.audit import record


async def provided_group(unit: Unit, tenant: TenantId, by: Actor, name: str, *, at: dt.datetime) -> Group:
    """The provider's group of this name; made when there is none.

    Raises:
        Taken: Administrators fill the group of this name.
        Full: There are too many.
    """
    check_group(tenant, name)
    there = await unit.groups.all(tenant)
    known = next((group for group in there if group.name == name), None)
    if known is not None and known.source is not Source.PROVIDER:
        cause = f"administrators choose who is in {name}"
        raise Taken(cause, next_step="Name another group; a provider fills groups of its own alone.")
    return known or await _made(unit, tenant, by, name, there, at)


async def keep_memberships(
    unit: Unit, provider: Provider, by: Actor, person: Person, rules: Sequence[Rule], *, at: dt.datetime
) -> bool:
    """Puts a person into the groups these rules name, and out of those no other provider has rules for.

    Returns:
        Whether anything changed.
    """
    there = {group.id: group for group in await unit.groups.all(person.tenant) if group.source is Source.PROVIDER}
    now_in = {group.id for group in await unit.groups.of_person(person.tenant, person.id)}
    wanted = {group for group in [await _of(unit, by, rule, person, there, at) for rule in rules] if group}
    leaving = (now_in & set(there)) - wanted - await _of_others(unit, provider, person, there)
    for group in sorted(leaving):
        await unit.groups.leave(person.tenant, group, person.id)
        await record(unit, person.tenant, by, "group.leave", group, person.email, at=at)
    joining = sorted(wanted - now_in)[: max(0, GROUPS_PER_PERSON - len(now_in - leaving))]
    for group in joining:
        await unit.groups.join(person.tenant, group, person.id)
        await record(unit, person.tenant, by, "group.join", group, person.email, at=at)
    return bool(joining or leaving)


async def _of_others(unit: Unit, provider: Provider, person: Person, there: Mapping[GroupId, Group]) -> set[GroupId]:
    """Groups that other providers have rules for: whether somebody is in them is not for this one to say."""
    providers = (*await unit.providers.all(person.tenant), *await unit.providers.all(SERVICE))
    others = [each for each in providers if (each.tenant, each.id) != (provider.tenant, provider.id)]
    ids = {rule.group for each in others for rule in each.rules}
    names = {rule.group_name for each in others for rule in each.rules}
    return {group.id for group in there.values() if group.id in ids or group.name in names}


async def _of(
    unit: Unit, by: Actor, rule: Rule, person: Person, there: dict[GroupId, Group], at: dt.datetime
) -> GroupId | None:
    """The group a rule names, in the person's tenant; None when it cannot be had there."""
    if rule.group in there:
        return rule.group
    if rule.group_name in {group.name for group in await unit.groups.all(person.tenant)}:
        return next((group.id for group in there.values() if group.name == rule.group_name), None)
    try:
        made = await provided_group(unit, person.tenant, by, rule.group_name, at=at)
    except Conflict:
        return None
    there[made.id] = made
    return made.id


async def _made(unit: Unit, tenant: TenantId, by: Actor, name: str, there: Sequence[Group], at: dt.datetime) -> Group:
    if len(there) >= GROUPS:
        raise Full(f"there are {GROUPS} groups already", next_step="Remove one first.")
    word = GroupId(word_from(name, {group.id for group in there}, otherwise="group"))
    made = Group(id=word, tenant=tenant, name=name, source=Source.PROVIDER, created_at=at)
    await unit.groups.add(tenant, made)
    await record(unit, tenant, by, "group.add", made.id, name, at=at)
    return made
