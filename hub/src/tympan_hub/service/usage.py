"""Reports of what was printed: people see their own, operators and administrators those of everybody."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import GroupId, PersonId, TenantId
from tympan_hub.domain.limits import USAGE_ROWS_MOST
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.usage import By, Tally, UsageFilter, UsageRow
from tympan_hub.ports import Unit, Units

_NO_GROUP: Final = GroupId("")


@frozen(kw_only=True)
class UsageLine:
    """A line of a report.

    Attributes:
        key: A printer's id, a person's id or name at the computers, a group's id, or the first day of the month or day.
        name: For people: the name of the person, printer or group; the key where there is none.
        tally: The sums.
    """

    key: str
    name: str
    tally: Tally


@frozen(kw_only=True)
class UsageReport:
    """A report.

    Attributes:
        lines: Most impressions first, or by time where that is what is told apart.
        total: The sums of everything asked for.
    """

    lines: tuple[UsageLine, ...]
    total: Tally


class UsageService:
    """Reports of a tenant."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def report(self, tenant: TenantId, by: Person, wanted: UsageFilter, told_apart: By) -> UsageReport:
        """What was printed; for a user their own, whatever is asked for."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        if not by.actor.may(Act.SEE_ALL_JOBS, tenant):
            wanted = attrs.evolve(wanted, person=by.id, login=by.login)
        async with self._units.reading() as unit:
            if wanted.person and not wanted.login:
                known = await unit.people.get(tenant, wanted.person)
                wanted = attrs.evolve(wanted, login=known.login if known else "")
            rows = await unit.usage.sums(tenant, wanted, told_apart, USAGE_ROWS_MOST)
            lines = await _named(unit, tenant, by, told_apart, rows)
        total = sum((row.tally for row in rows), Tally())
        return UsageReport(lines=lines, total=total)


async def _named(
    unit: Unit, tenant: TenantId, reader: Person, by: By, rows: tuple[UsageRow, ...]
) -> tuple[UsageLine, ...]:
    if by is By.PRINTER:
        printers: Mapping[str, str] = {printer.id: printer.name for printer in await unit.printers.names(tenant)}
        return tuple(
            UsageLine(key=row.printer, name=printers.get(row.printer, row.printer), tally=row.tally) for row in rows
        )
    if by in (By.USER, By.GROUP):
        # Who sees what they printed themselves has no business with the names of others.
        everybody = reader.actor.may(Act.SEE_ALL_JOBS, tenant)
        people = await unit.people.all(tenant) if everybody else (reader,)
        if by is By.USER:
            return _people(people, rows)
        return _groups(people, await unit.groups.all(tenant), await unit.groups.memberships(tenant), rows)
    return tuple(UsageLine(key=day, name=day, tally=row.tally) for row in rows for day in [str(row.day)])


def _people(people: Iterable[Person], rows: tuple[UsageRow, ...]) -> tuple[UsageLine, ...]:
    """One line a person: what a sign-in told and what the computers' names tell are brought together."""
    found = _finder(people)
    sums: dict[tuple[str, str], Tally] = {}
    for row in rows:
        person = found(row)
        line = (person.id, person.name) if person else (row.person or row.user, row.user or row.person)
        sums[line] = sums.get(line, Tally()) + row.tally
    return _lines(sums)


def _groups(
    people: Iterable[Person],
    groups: Iterable[Group],
    memberships: Mapping[PersonId, tuple[GroupId, ...]],
    rows: tuple[UsageRow, ...],
) -> tuple[UsageLine, ...]:
    """One line a group, by who is in it today; somebody in two groups is in both lines, and in the total once."""
    found = _finder(people)
    names = {group.id: group.name for group in groups}
    sums: dict[tuple[str, str], Tally] = {}
    for row in rows:
        person = found(row)
        for group in memberships.get(person.id, (_NO_GROUP,)) if person else (_NO_GROUP,):
            line = (group, names.get(group, ""))
            sums[line] = sums.get(line, Tally()) + row.tally
    return _lines(sums)


def _finder(people: Iterable[Person]) -> Callable[[UsageRow], Person | None]:
    known = list(people)
    by_id: dict[str, Person] = {person.id: person for person in known}
    by_login = {person.login: person for person in known if person.login}
    return lambda row: by_id.get(row.person) if row.person else by_login.get(row.user)


def _lines(sums: Mapping[tuple[str, str], Tally]) -> tuple[UsageLine, ...]:
    lines = (UsageLine(key=key, name=name, tally=tally) for (key, name), tally in sums.items())
    return tuple(sorted(lines, key=lambda line: -line.tally.impressions))
