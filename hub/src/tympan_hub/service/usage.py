"""Reports of what was printed: people see their own, operators and administrators those of everybody."""

from collections.abc import Iterable, Mapping

import attrs
from attrs import frozen

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits import USAGE_ROWS_MOST
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.usage import By, Tally, UsageFilter, UsageRow
from tympan_hub.ports import Unit, Units


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
            rows = await unit.usage.sums(tenant, wanted, told_apart, USAGE_ROWS_MOST)
            lines = await _named(unit, tenant, told_apart, rows)
        total = sum((row.tally for row in rows), Tally())
        return UsageReport(lines=lines, total=total)


async def _named(unit: Unit, tenant: TenantId, by: By, rows: tuple[UsageRow, ...]) -> tuple[UsageLine, ...]:
    if by is By.PRINTER:
        printers: Mapping[str, str] = {printer.id: printer.name for printer in await unit.printers.all(tenant)}
        return tuple(
            UsageLine(key=row.printer, name=printers.get(row.printer, row.printer), tally=row.tally) for row in rows
        )
    if by is By.USER:
        return _people(await unit.people.all(tenant), rows)
    return tuple(UsageLine(key=day, name=day, tally=row.tally) for row in rows for day in [str(row.day)])


def _people(people: Iterable[Person], rows: tuple[UsageRow, ...]) -> tuple[UsageLine, ...]:
    """One line a person: what a sign-in told and what the computers' names tell are brought together."""
    known = list(people)
    by_id = {person.id: person for person in known}
    by_login = {person.login: person for person in known if person.login}
    sums: dict[str, UsageLine] = {}
    for row in rows:
        person = by_id.get(row.person) if row.person else by_login.get(row.user)  # type: ignore[call-overload]
        key = person.id if person else row.person or row.user
        before = sums.get(key)
        name = person.name if person else row.user or row.person
        sums[key] = UsageLine(key=key, name=name, tally=row.tally + before.tally if before else row.tally)
    return tuple(sorted(sums.values(), key=lambda line: -line.tally.impressions))
