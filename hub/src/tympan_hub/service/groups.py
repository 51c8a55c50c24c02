"""Groups: made by administrators, who also say which people are in them.

- Who is in a group that a provider keeps is for the provider to say; administrators only name and remove it.
- What a group's people may use hangs on it, so every change is told to the tenant's agents.
"""

from attrs import frozen

from tympan_hub.domain.agents import Agent, AgentFilter
from tympan_hub.domain.errors import BadInput, Changed, Full, SoAlready
from tympan_hub.domain.groups import Group, Source, check_group
from tympan_hub.domain.ids import AgentId, GroupId, PersonId, TenantId, word_from
from tympan_hub.domain.limits.agents import AGENTS
from tympan_hub.domain.limits.people import GROUPS, GROUPS_PER_PERSON
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_tenant, known_group, known_person, welcome_agent


@frozen(kw_only=True)
class GroupShown:
    """A group, and how many people are in it."""

    group: Group
    people: int


class GroupService:
    """Groups of a tenant."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups

    async def list(self, tenant: TenantId, by: Actor) -> tuple[GroupShown, ...]:
        """All groups, by name."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            groups, sizes = await unit.groups.all(tenant), await unit.groups.sizes(tenant)
        return tuple(GroupShown(group=group, people=sizes.get(group.id, 0)) for group in groups)

    async def get(self, tenant: TenantId, by: Actor, group: GroupId) -> Group:
        """One; raises ``NotFound``."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            return await known_group(unit, tenant, group)

    async def of_person(self, tenant: TenantId, by: Actor, person: PersonId) -> tuple[Group, ...]:
        """The groups a person is in, by name."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            return await unit.groups.of_person(tenant, person)

    async def add(self, tenant: TenantId, by: Actor, *, name: str, source: Source = Source.LOCAL) -> Group:
        """Makes a group under a free id made from its name."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        check_group(tenant, name)
        now = self._clock.now()
        async with self._units.writing() as unit:
            await check_tenant(unit, tenant)
            there = await unit.groups.all(tenant)
            if len(there) >= GROUPS:
                raise Full(f"there are {GROUPS} groups already", next_step="Remove one first.")
            word = word_from(name, {group.id for group in there}, otherwise="group")
            made = Group(id=GroupId(word), tenant=tenant, name=name, source=source, created_at=now)
            await unit.groups.add(tenant, made)
            await record(unit, tenant, by, "group.add", made.id, name, at=now)
        return made

    async def rename(
        self, tenant: TenantId, by: Actor, group: GroupId, name: str, *, read: Group | None = None
    ) -> None:
        """Gives a group another name; its id stays, and all that hangs on it.

        Raises:
            Changed: It is not any more as it was ``read``.
        """
        by.require(Act.MANAGE_PEOPLE, tenant)
        check_group(tenant, name)
        async with self._units.writing() as unit:
            known = await known_group(unit, tenant, group)
            _check_same(known, read)
            await unit.groups.rename(tenant, group, name)
            detail = f"{known.name} → {name}"
            await record(unit, tenant, by, "group.rename", group, detail, at=self._clock.now())

    async def remove(self, tenant: TenantId, by: Actor, group: GroupId, *, read: Group | None = None) -> None:
        """Removes a group; its people stay. Raises ``Changed`` when it is not any more as it was ``read``."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.writing() as unit:
            known = await known_group(unit, tenant, group)
            _check_same(known, read)
            await unit.groups.remove(tenant, group)
            await record(unit, tenant, by, "group.remove", group, known.name, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())

    async def join(self, tenant: TenantId, by: Actor, group: GroupId, person: PersonId) -> None:
        """Puts a person into a group; raises ``Conflict`` when they are in already, or in too many."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.writing() as unit:
            known, whom = await _own(unit, tenant, group), await known_person(unit, tenant, person)
            if len(await unit.groups.of_person(tenant, person)) >= GROUPS_PER_PERSON:
                raise Full(f"{whom.name} is in {GROUPS_PER_PERSON} groups already", next_step="Take them out of one.")
            if not await unit.groups.join(tenant, group, person):
                raise SoAlready(f"{whom.name} is in {known.name} already")
            await record(unit, tenant, by, "group.join", group, whom.email, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())

    async def leave(self, tenant: TenantId, by: Actor, group: GroupId, person: PersonId) -> None:
        """Takes a person out of a group; raises ``Conflict`` when they are not in it."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.writing() as unit:
            known, whom = await _own(unit, tenant, group), await known_person(unit, tenant, person)
            if not await unit.groups.leave(tenant, group, person):
                raise SoAlready(f"{whom.name} is not in {known.name}")
            await record(unit, tenant, by, "group.leave", group, whom.email, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())

    async def agents(self, tenant: TenantId, by: Actor, group: GroupId) -> tuple[Agent, ...]:
        """The agents in a group, by name."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            await known_group(unit, tenant, group)
            return await unit.agents.following(tenant, AgentFilter(group=group, limit=AGENTS), None)

    async def of_agent(self, tenant: TenantId, by: Actor, agent: AgentId) -> tuple[Group, ...]:
        """The groups an agent is in, by name."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.reading() as unit:
            await welcome_agent(unit, tenant, agent)
            return await unit.group_agents.of_agent(tenant, agent)

    async def join_agent(self, tenant: TenantId, by: Actor, group: GroupId, agent: AgentId) -> None:
        """Puts an agent into a group, whose policy it obeys from then on; ``Conflict`` when it is in already."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.writing() as unit:
            known, what = await known_group(unit, tenant, group), await welcome_agent(unit, tenant, agent)
            if len(await unit.group_agents.of_agent(tenant, agent)) >= GROUPS_PER_PERSON:
                cause = f"{what.name} is in {GROUPS_PER_PERSON} groups already"
                raise Full(cause, next_step="Take it out of one.")
            if not await unit.group_agents.join(tenant, group, agent):
                raise SoAlready(f"{what.name} is in {known.name} already")
            await record(unit, tenant, by, "group.join-agent", group, what.name, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())

    async def leave_agent(self, tenant: TenantId, by: Actor, group: GroupId, agent: AgentId) -> None:
        """Takes an agent out of a group; raises ``Conflict`` when it is not in it."""
        by.require(Act.MANAGE_PEOPLE, tenant)
        async with self._units.writing() as unit:
            known = await known_group(unit, tenant, group)
            if not await unit.group_agents.leave(tenant, group, agent):
                raise SoAlready(f"the agent is not in {known.name}")
            await record(unit, tenant, by, "group.leave-agent", group, agent, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())


async def _own(unit: Unit, tenant: TenantId, group: GroupId) -> Group:
    """A group whose people administrators choose."""
    known = await known_group(unit, tenant, group)
    if known.source is not Source.LOCAL:
        raise BadInput(f"the provider says who is in {known.name}", next_step="Change it where people sign in.")
    return known


def _check_same(known: Group, read: Group | None) -> None:
    if read is not None and known != read:
        raise Changed(f"{known.name} was changed meanwhile", next_step="Read it again, then decide.")
