"""Which printers somebody may use, see, or have on a computer: the rule of the domain, asked of storage."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol, TypeVar

from tympan_hub.domain.assignment import Audience, Member, may_use
from tympan_hub.domain.errors import NotFound, NotMeant
from tympan_hub.domain.ids import AgentId, PersonId, PrinterId, TenantId
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.printers import Printer
from tympan_hub.ports import Unit


class _Assigned(Protocol):
    """A printer, or as much of one as the rule asks for."""

    @property
    def id(self) -> PrinterId: ...

    @property
    def everybody(self) -> bool: ...


_P = TypeVar("_P", bound=_Assigned)


async def usable(
    unit: Unit, tenant: TenantId, printers: tuple[_P, ...], people: Collection[PersonId]
) -> tuple[_P, ...]:
    """Those of some printers that any of these people may use."""
    if all(printer.everybody for printer in printers):
        return printers  # most tenants give nothing to anybody in particular: two looks fewer for every agent
    groups = await unit.groups.of_people(tenant, people)
    members = [Member(person=person, groups=frozenset(groups.get(person, ()))) for person in people]
    named = await unit.assignments.naming(tenant, people, frozenset().union(*groups.values()))
    nobody = Audience(everybody=False)
    return tuple(
        printer
        for printer in printers
        if may_use(Audience(everybody=True) if printer.everybody else named.get(printer.id, nobody), members)
    )


async def reach(
    unit: Unit, tenant: TenantId, printers: tuple[_P, ...], present: Mapping[AgentId, Collection[PersonId]]
) -> Mapping[PrinterId, frozenset[AgentId]]:
    """At which computers somebody is signed in who may use each of some printers."""
    people = frozenset[PersonId]().union(*present.values())
    groups = await unit.groups.of_people(tenant, people)
    named = await unit.assignments.naming(tenant, people, frozenset().union(*groups.values()))
    members = {person: Member(person=person, groups=frozenset(groups.get(person, ()))) for person in people}

    def meant(printer: _P) -> frozenset[AgentId]:
        audience = Audience(everybody=printer.everybody)
        audience = audience if printer.everybody else named.get(printer.id, audience)
        return frozenset(
            agent for agent, there in present.items() if may_use(audience, [members[one] for one in there])
        )

    return {printer.id: meant(printer) for printer in printers}


async def visible(unit: Unit, tenant: TenantId, by: Actor, printers: tuple[_P, ...]) -> tuple[_P, ...]:
    """Those of some printers that whoever acts may see: theirs, or all for those who oversee the tenant."""
    if by.may(Act.SEE_ALL_PRINTERS, tenant):
        return printers
    return await usable(unit, tenant, printers, [by.person] if by.person is not None else [])


async def seen(unit: Unit, tenant: TenantId, by: Actor, printer: PrinterId) -> Printer:
    """A printer that whoever acts may see; another one does not exist for them."""
    known = await unit.printers.get(tenant, printer)
    if known is None or not await visible(unit, tenant, by, (known,)):
        raise NotFound(f"there is no printer {printer!r:.80}")
    return known


async def check_reaches(unit: Unit, tenant: TenantId, printer: Printer, agent: AgentId, now: dt.datetime) -> None:
    """Raises ``NotMeant`` for a printer that nobody who is signed in at a computer may use: it is not told of it."""
    present = await unit.sign_ins.present(tenant, agent, now)
    if not await usable(unit, tenant, (printer,), [there.sign_in.person for there in present]):
        cause = f"nobody who is signed in at this computer may use {printer.name}"
        raise NotMeant(cause, next_step="Sign in there as one who may, or say on its page for whom the printer is.")
