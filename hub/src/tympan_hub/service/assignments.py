"""Assignments: administrators say for whom a printer is; agents look again at once."""

from attrs import frozen

from tympan_hub.domain.errors import Full, SoAlready
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import GroupId, PersonId, PrinterId, TenantId
from tympan_hub.domain.limits.printers import GROUPS_PER_PRINTER, PEOPLE_PER_PRINTER
from tympan_hub.domain.people import Act, Actor, Person
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_group, known_person, known_printer
from tympan_hub.service.shared_printers import was_given


@frozen(kw_only=True)
class Assigned:
    """For whom a printer is.

    Attributes:
        printer: The printer, which says whether it is for everybody.
        people: Whom it was given to, by name.
        groups: Groups it was given to, by name.
    """

    printer: Printer
    people: tuple[Person, ...]
    groups: tuple[Group, ...]


class AssignmentService:
    """For whom printers of a tenant are."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups

    async def get(self, tenant: TenantId, by: Actor, printer: PrinterId) -> Assigned:
        """For whom a printer is; raises ``NotFound``."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            return Assigned(
                printer=await known_printer(unit, tenant, printer),
                people=await unit.assignments.people_of(tenant, printer),
                groups=await unit.assignments.groups_of(tenant, printer),
            )

    async def set_everybody(self, tenant: TenantId, by: Actor, printer: PrinterId, everybody: bool) -> None:
        """Makes it everybody's, or theirs alone whom it was given to; those are kept either way."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            known = await known_printer(unit, tenant, printer)
            if known.everybody is everybody:
                return
            await unit.printers.set_everybody(tenant, printer, everybody)
            await was_given(unit, known)
            act = "printer.for-everybody" if everybody else "printer.for-chosen"
            await record(unit, tenant, by, act, printer, known.name, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())

    async def give_person(self, tenant: TenantId, by: Actor, printer: PrinterId, person: PersonId) -> None:
        """Gives it to a person; raises ``Conflict`` when they have it, or it was given to too many."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            known, whom = await known_printer(unit, tenant, printer), await known_person(unit, tenant, person)
            if len(await unit.assignments.people_of(tenant, printer)) >= PEOPLE_PER_PRINTER:
                cause = f"{known.name} is given to {PEOPLE_PER_PRINTER} people already"
                raise Full(cause, next_step="Put people into a group, and give it to the group.")
            if not await unit.assignments.give_person(tenant, printer, person):
                raise SoAlready(f"{known.name} is given to {whom.name} already")
            await was_given(unit, known)
            await record(unit, tenant, by, "printer.give", printer, whom.email, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())

    async def take_person(self, tenant: TenantId, by: Actor, printer: PrinterId, person: PersonId) -> None:
        """Takes it from a person; raises ``Conflict`` when it was not given to them."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            known, whom = await known_printer(unit, tenant, printer), await known_person(unit, tenant, person)
            if not await unit.assignments.take_person(tenant, printer, person):
                raise SoAlready(f"{known.name} is not given to {whom.name}")
            await record(unit, tenant, by, "printer.take", printer, whom.email, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())

    async def give_group(self, tenant: TenantId, by: Actor, printer: PrinterId, group: GroupId) -> None:
        """Gives it to whoever is in a group; raises ``Conflict`` when it has it, or it was given to too many."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            known, whom = await known_printer(unit, tenant, printer), await known_group(unit, tenant, group)
            if len(await unit.assignments.groups_of(tenant, printer)) >= GROUPS_PER_PRINTER:
                cause = f"{known.name} is given to {GROUPS_PER_PRINTER} groups already"
                raise Full(cause, next_step="Take it from one, or make it everybody's.")
            if not await unit.assignments.give_group(tenant, printer, group):
                raise SoAlready(f"{known.name} is given to {whom.name} already")
            await was_given(unit, known)
            await record(unit, tenant, by, "printer.give-group", printer, group, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())

    async def take_group(self, tenant: TenantId, by: Actor, printer: PrinterId, group: GroupId) -> None:
        """Takes it from a group; raises ``Conflict`` when it was not given to it."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            known, whom = await known_printer(unit, tenant, printer), await known_group(unit, tenant, group)
            if not await unit.assignments.take_group(tenant, printer, group):
                raise SoAlready(f"{known.name} is not given to {whom.name}")
            await record(unit, tenant, by, "printer.take-group", printer, group, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())
