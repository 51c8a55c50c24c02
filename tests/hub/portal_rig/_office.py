"""A tenant after a busy year: 20 printers, 200 people, 20,000 jobs, the same for the same seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import attrs

from portal_rig._hub import PASSWORD
from portal_rig._seed import AGENTS, TENANT, in_unit, keep
from tympan_hub.adapters.sql import SqlUnits
from tympan_hub.domain.ids import JobId, PersonId
from tympan_hub.domain.jobs import Job, Pages, Standing, StoryLine
from tympan_hub.domain.people import Person, Role

_FIRST = (
    "Ada",
    "Ben",
    "Chidi",
    "Dilek",
    "Emil",
    "Fatima",
    "Greta",
    "Hugo",
    "Ines",
    "Jörg",
    "Kemal",
    "Lena",
    "Mia",
    "Noah",
    "Olga",
    "Paul",
    "Rosa",
    "Sven",
    "Tuğba",
    "Zoë",
)
_LAST = (
    "Abel",
    "Becker",
    "Çelik",
    "Dahl",
    "Ernst",
    "Fischer",
    "Groß",
    "Hoffmann",
    "Ilić",
    "Jansen",
    "Koç",
    "Lang",
    "Müller",
    "Nowak",
    "Okafor",
)
_TITLES = ("Rechnung 2026-%d.pdf", "Minutes of meeting %d", "Lieferschein %d", "Plan %d.dwg", "Untitled %d", "Mail %d")
_ENDS = (*(Standing.COMPLETED,) * 40, Standing.CANCELED, Standing.ABORTED, Standing.UNKNOWN)
_BATCH = 2_000


@attrs.frozen(kw_only=True)
class Office:
    """How much of everything."""

    people: int = 200
    printers: int = 20
    jobs: int = 20_000
    days: int = 365


def busy_year(home: Path, office: Office = Office()) -> None:
    """Puts a year of printing into a furnished hub."""
    in_unit(home, lambda units: _fill(units, office))


async def _fill(units: SqlUnits, office: Office) -> None:
    logins = [f"person{number:03}" for number in range(office.people)]
    async with units.writing() as unit:
        for number, login in enumerate(logins):
            await unit.people.add(TENANT, _person(number, login), PASSWORD)
        printers = [printer.id for printer in await unit.printers.all(TENANT)][: office.printers]
    jobs = list(_jobs(office, logins, [str(printer) for printer in printers]))
    for start in range(0, len(jobs), _BATCH):
        await keep(units, jobs[start : start + _BATCH])


def _person(number: int, login: str) -> Person:
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number * 7 % len(_LAST)]}"
    return Person(
        id=PersonId(f"{number + 1000:032x}"),
        tenant=TENANT,
        email=f"{login}@stadtwerke.example",
        name=name,
        login=login,
        role=Role.USER,
        created_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=400),
    )


def _jobs(office: Office, logins: list[str], printers: list[str]) -> Iterator[Job]:
    chance = Random(26)
    now = dt.datetime.now(dt.UTC)
    for number in range(office.jobs):
        created = now - dt.timedelta(days=office.days * chance.random() ** 1.1, minutes=5)
        if created.weekday() > 4 and chance.random() < 0.9:
            created -= dt.timedelta(days=2)
        busy = int(len(logins) * chance.random() ** 2)
        yield _job(chance, number, created, logins[busy], printers[int(len(printers) * chance.random() ** 2)])


def _job(chance: Random, number: int, created: dt.datetime, user: str, printer: str) -> Job:
    standing = chance.choice(_ENDS)
    took = dt.timedelta(seconds=chance.randrange(8, 90))
    return Job(
        id=JobId(UUID(int=chance.getrandbits(128))),
        tenant=TENANT,
        agent=AGENTS[number % 3],
        revision=4,
        printer=printer,
        title=chance.choice(_TITLES) % number,
        user=user,
        standing=standing,
        created_at=created,
        ended_at=created + took if standing is not Standing.UNKNOWN else None,
        size_bytes=chance.randrange(9_000, 9_000_000),
        impressions_completed=1 if standing is Standing.CANCELED else None,
        pages=_pages(chance),
        story=(StoryLine(at=created, what="received", standing=Standing.RECEIVED),),
    )


def _pages(chance: Random) -> Pages | None:
    pages, copies = int(chance.paretovariate(1.2)) % 120 + 1, chance.choice((1, 1, 1, 1, 2, 5))
    both = chance.random() < 0.55
    sheets = copies * (-(-pages // 2) if both else pages)
    color = pages if chance.random() < 0.3 else 0
    if chance.random() < 0.02:
        return None
    return Pages(
        format="application/pdf",
        pages=pages,
        sizes=("iso_a4_210x297mm",),
        color_pages=color,
        copies=copies,
        impressions=pages * copies,
        color_impressions=color * copies,
        sheets=sheets,
        sides="two-sided-long-edge" if both else "one-sided",
    )
