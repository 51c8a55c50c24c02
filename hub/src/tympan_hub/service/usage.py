"""Reports of what was printed: people see their own, operators and administrators those of everybody."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.ids import GroupId, PersonId, TenantId
from tympan_hub.domain.limits.usage import USAGE_ROWS_MOST
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.usage import By, Tally, UsageFilter, UsageRow
from tympan_hub.ports import Unit, Units

_NONE: Final = (GroupId(""),)
_Known = Callable[[UsageRow], PersonId | None]


@frozen(kw_only=True)
class UsageLine:
    """A line of a report.

    Attributes:
        key: A printer's id, a person's id or name at the computers, a group's id, or the first day of the month or day.
        name: For people: the name of the person, printer or group; of a person who is removed, the name at the
            computers; else the key where there is none.
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
        total = Tally.sum(row.tally for row in rows)
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
        known = await _known(unit, tenant, reader, rows)
        if by is By.USER:
            return await _people(unit, tenant, reader, known, rows)
        return await _groups(unit, tenant, known, rows)
    return tuple(UsageLine(key=day, name=day, tally=row.tally) for row in rows for day in [str(row.day)])


async def _known(unit: Unit, tenant: TenantId, reader: Person, rows: tuple[UsageRow, ...]) -> _Known:
    """Whose a row is, where that is known: by a sign-in, or else by the name at the computers."""
    everybody = reader.actor.may(Act.SEE_ALL_JOBS, tenant)
    logins = {row.user for row in rows if not row.person and row.user}
    # Who sees what they printed themselves has no business with the accounts of others.
    of = await unit.people.by_logins(tenant, logins) if everybody else {reader.login: reader.id}
    return lambda row: PersonId(row.person) if row.person else of.get(row.user)


async def _people(
    unit: Unit, tenant: TenantId, reader: Person, known: _Known, rows: tuple[UsageRow, ...]
) -> tuple[UsageLine, ...]:
    """One line a person: what a sign-in told and what the computers' names tell are brought together."""
    sums = _sums((known(row) or row.user, row.tally) for row in rows)
    if not reader.actor.may(Act.SEE_ALL_JOBS, tenant):
        return _lines(sums, {reader.id: reader.name})
    spooled = {person: row.user for row in rows if (person := known(row))}
    names = await unit.people.names(tenant, spooled.keys())
    return _lines(sums, {str(person): names.get(person) or user or person for person, user in spooled.items()})


async def _groups(unit: Unit, tenant: TenantId, known: _Known, rows: tuple[UsageRow, ...]) -> tuple[UsageLine, ...]:
    """One line a group, by who is in it today; somebody in two groups is in both lines, and in the total once."""
    members = await unit.groups.memberships(tenant)

    def of(person: PersonId | None) -> tuple[GroupId, ...]:
        return members.get(person, _NONE) if person else _NONE

    sums = _sums((group, row.tally) for row in rows for group in of(known(row)))
    return _lines(sums, {str(group.id): group.name for group in await unit.groups.all(tenant)})


def _sums(shares: Iterable[tuple[str, Tally]]) -> Mapping[str, Tally]:
    """The sums of what has the same key."""
    sums: dict[str, Tally] = {}
    for key, tally in shares:
        sums[key] = sums[key] + tally if key in sums else tally  # most keys come once: thousands of people do
    return sums


def _lines(sums: Mapping[str, Tally], names: Mapping[str, str]) -> tuple[UsageLine, ...]:
    lines = (UsageLine(key=key, name=names.get(key, key), tally=tally) for key, tally in sums.items())
    return tuple(sorted(lines, key=lambda line: -line.tally.impressions))
