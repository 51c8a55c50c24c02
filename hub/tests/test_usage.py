"""Sums of what was printed: once for each job, at its true end, and still there when the job is not."""

from __future__ import annotations

import datetime as dt
import uuid
from random import Random
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, job_report, report

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.usage import USAGE_NUMBER
from tympan_hub.domain.limits.values import NUMBER
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.usage import By, Tally, UsageFilter
from tympan_wire.hub import JobStanding, Pages

pytestmark = pytest.mark.anyio
TODAY = BIRTH.date()
YEAR = UsageFilter(since=TODAY - dt.timedelta(365), until=TODAY)
S = JobStanding
SHEET = Pages(pages=3, copies=2, impressions=6, color_impressions=1, sheets=4, sides="two-sided-long-edge")
SUMS = Tally(jobs=1, pages=3, impressions=6, color_impressions=1, sheets=4, two_sided=4, saved=2)


@attrs.frozen
class Office:
    """A tenant with an agent, and one who sees everything."""

    hub: Bench
    tenant: TenantId
    agent: RemoteAgent
    operator: Person

    async def total(self, **wanted: Any) -> Tally:
        found = attrs.evolve(YEAR, **wanted)
        sums = {(await self.hub.services.usage.report(self.tenant, self.operator, found, by)).total for by in By}
        assert len(sums) == 1
        return sums.pop()

    async def lines(self, by: By, **wanted: Any) -> dict[str, int]:
        found = attrs.evolve(YEAR, **wanted)
        told = await self.hub.services.usage.report(self.tenant, self.operator, found, by)
        return {line.name: line.tally.impressions for line in told.lines}


@pytest.fixture
async def office(hub: Bench) -> Office:
    tenant = await hub.tenant()
    return Office(hub, tenant, await hub.agent(tenant), await hub.person(tenant, Role.OPERATOR))


async def test_a_job_counts_when_it_printed_with_all_it_put_on_paper(office: Office) -> None:
    await office.agent.report(report(job_report(pages=SHEET)))
    assert await office.total() == SUMS
    assert SUMS.two_sided_share == pytest.approx(4 / 6)


@pytest.mark.parametrize("standing", sorted({*S} - {S.COMPLETED, S.ABORTED, S.CANCELED, S.EXPIRED}))
async def test_a_job_that_has_not_truly_ended_is_in_no_sum(office: Office, standing: JobStanding) -> None:
    await office.agent.report(report(job_report(standing=standing, pages=SHEET, impressions_completed=2)))
    assert await office.total() == Tally()


@pytest.mark.parametrize("standing", [S.ABORTED, S.CANCELED, S.EXPIRED])
async def test_what_a_job_put_out_before_it_broke_off_counts(office: Office, standing: JobStanding) -> None:
    await office.agent.report(report(job_report(standing=standing, pages=SHEET, impressions_completed=2)))
    await office.agent.report(report(job_report(standing=standing, pages=SHEET)))
    assert await office.total() == Tally(unfinished=2, impressions=2)


@pytest.mark.parametrize("pages", [None, Pages(), Pages(problem="unreadable")])
async def test_a_job_nobody_counted_is_told_as_that(office: Office, pages: Pages | None) -> None:
    await office.agent.report(report(job_report(pages=pages)))
    assert await office.total() == Tally(jobs=1, uncounted=1)


async def test_a_newer_revision_takes_the_place_of_the_older_in_every_sum(office: Office) -> None:
    job = uuid.uuid4()
    await office.agent.report(report(job_report(job, revision=5, pages=None, printer="cellar", user="eve")))
    await office.agent.report(report(job_report(job, revision=6, pages=SHEET, printer="lobby", user="ada")))
    await office.agent.report(report(job_report(job, revision=4, pages=None)))
    assert await office.total() == SUMS
    assert await office.lines(By.PRINTER) == {"lobby": 6}
    assert await office.lines(By.USER) == {"ada": 6}
    unsure = report(job_report(job, revision=7, standing=S.UNKNOWN, pages=SHEET, printer="lobby", user="ada"))
    await office.agent.report(unsure)
    assert await office.total() == Tally()


async def test_however_reports_come_the_sums_are_those_of_the_newest(office: Office) -> None:
    chance = Random(7)
    newest: dict[uuid.UUID, Any] = {}
    sent = []
    for _ in range(150):
        job = chance.choice(list(newest)) if newest and chance.random() < 0.6 else uuid.uuid4()
        pages = chance.choice([None, SHEET, Pages(pages=1, copies=7), Pages(pages=2, impressions=2, sheets=2)])
        ended = BIRTH - dt.timedelta(days=chance.randrange(300))
        made = job_report(
            job,
            revision=newest[job].revision + 1 if job in newest else 1,
            standing=chance.choice([S.COMPLETED, S.COMPLETED, S.UNKNOWN, S.CANCELED, S.PRINTING]),
            pages=pages,
            ended_at=ended,
            impressions_completed=chance.choice([None, 1]),
        )
        newest[job] = made
        sent.append(report(made))
    while sent:
        batch, sent = sent[:17], sent[17:]
        await office.agent.report(*batch)
        if chance.random() < 0.3:
            await office.agent.report(*chance.sample(batch, 5))
    by_hand = sum(map(_by_hand, newest.values()), Tally())
    assert await office.total() == by_hand
    assert by_hand.jobs > 10


def _by_hand(job: Any) -> Tally:
    """What stands in `tympan_hub.domain.usage`, told once more and another way, for the cases of this test."""
    if job.standing is S.CANCELED:
        return Tally(unfinished=1, impressions=job.impressions_completed or 0)
    if job.standing is not S.COMPLETED:
        return Tally()
    known = {None: Tally(jobs=1, uncounted=1), SHEET: SUMS}
    counted = known.get(job.pages)
    if counted:
        return counted
    sides = job.pages.impressions or 7
    return Tally(jobs=1, pages=job.pages.pages, impressions=sides, sheets=sides)


@pytest.mark.parametrize(
    ("since", "until", "ends"),
    [
        ("2025-03-02", "2026-03-01", 365),
        ("2025-12-31", "2026-01-31", 32),
        ("2026-01-01", "2026-01-31", 31),
        ("2026-01-02", "2026-02-28", 58),
        ("2026-01-01", "2026-02-27", 58),
        ("2026-01-15", "2026-01-16", 2),
        ("2026-02-28", "2026-03-01", 2),
        ("2026-03-01", "2026-03-01", 1),
        ("2020-01-01", "2020-12-31", 0),
    ],
)
async def test_a_range_has_the_jobs_of_its_days_and_no_others(
    office: Office, since: str, until: str, ends: int
) -> None:
    one = Pages(pages=1, impressions=1, sheets=1)
    days = [report(job_report(pages=one, ended_at=BIRTH - dt.timedelta(days=day))) for day in range(366)]
    for start in range(0, len(days), 100):
        await office.agent.report(*days[start : start + 100])
    wanted = {"since": dt.date.fromisoformat(since), "until": dt.date.fromisoformat(until)}
    assert (await office.total(**wanted)).jobs == ends
    assert sum((await office.lines(By.DAY, **wanted)).values()) == ends


async def test_a_range_must_be_one() -> None:
    with pytest.raises(BadInput, match="ends before"):
        attrs.evolve(YEAR, until=YEAR.since - dt.timedelta(1))
    with pytest.raises(BadInput, match="at most"):
        attrs.evolve(YEAR, since=dt.date(2001, 1, 1))
    for day in (dt.date(9999, 12, 31), dt.date(1, 1, 1)):
        with pytest.raises(BadInput, match="between the years"):
            attrs.evolve(YEAR, since=day, until=day)


async def test_no_clock_of_an_agent_writes_into_the_future_or_the_forgotten_past(office: Office) -> None:
    for ended in (dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2999, 1, 1, tzinfo=dt.UTC)):
        await office.agent.report(report(job_report(created_at=ended, ended_at=ended, pages=SHEET)))
    assert await office.lines(By.MONTH, since=dt.date(2020, 1, 1)) == {"2025-01-01": 6, "2026-03-01": 6}


async def test_no_agent_makes_the_sums_overflow(office: Office) -> None:
    huge = Pages(pages=NUMBER, copies=NUMBER)
    await office.agent.report(*(report(job_report(pages=huge)) for _ in range(3)))
    assert (await office.total()).impressions == 3 * USAGE_NUMBER


async def test_a_user_sees_their_own_whatever_they_ask_for(office: Office) -> None:
    user = await office.hub.person(office.tenant, Role.USER)
    reports = [job_report(user=name, pages=SHEET) for name in ("user", "operator", "")]
    await office.agent.report(*map(report, reports))
    usage = office.hub.services.usage
    for asked in (YEAR, attrs.evolve(YEAR, person=office.operator.id, login="operator")):
        told = await usage.report(office.tenant, user, asked, By.USER)
        assert [line.name for line in told.lines] == ["user"]
        assert told.total == SUMS
    nameless = await office.hub.services.people.add(
        office.tenant, CONSOLE, email="a@b.example", name="A", role=Role.USER, password="long enough", login=""
    )
    assert (await usage.report(office.tenant, nameless, YEAR, By.USER)).lines == ()


async def test_a_group_has_the_sums_of_who_is_in_it_today(office: Office) -> None:
    ada = await office.hub.person(office.tenant, Role.USER, "ada@acme.example")
    user = await office.hub.person(office.tenant, Role.USER)
    groups = office.hub.services.groups
    for name, people in (("Sales", (ada, user)), ("Cellar", (ada,)), ("Nobody", ())):
        group = await groups.add(office.tenant, CONSOLE, name=name)
        for person in people:
            await groups.join(office.tenant, CONSOLE, group.id, person.id)
    await office.agent.report(*(report(job_report(user=name, pages=SHEET)) for name in ("ada", "user", "stranger")))
    assert await office.lines(By.GROUP) == {"Sales": 12, "Cellar": 6, "": 6}
    assert (await office.total()).impressions == 18


async def test_a_report_tells_apart_and_narrows(office: Office) -> None:
    await office.agent.report(
        report(job_report(user="ada", printer="lobby", pages=SHEET)),
        report(job_report(user="ada", printer="cellar", pages=SHEET, ended_at=BIRTH - dt.timedelta(days=40))),
        report(job_report(user="operator", printer="lobby", pages=SHEET)),
    )
    assert await office.lines(By.USER) == {"ada": 12, "operator": 6}
    assert await office.lines(By.PRINTER) == {"lobby": 12, "cellar": 6}
    assert await office.lines(By.MONTH) == {"2026-01-01": 6, "2026-03-01": 12}
    assert await office.lines(By.USER, printer="lobby") == {"ada": 6, "operator": 6}
    assert await office.lines(By.PRINTER, person=office.operator.id, login="operator") == {"lobby": 6}


async def test_who_is_removed_keeps_the_name_at_the_computers(office: Office) -> None:
    ada = await office.hub.person(office.tenant, Role.USER, "ada@acme.example")
    await office.hub.services.people.change(office.tenant, CONSOLE, ada.id, name="Ada L.")
    await office.agent.report(report(job_report(user="ada", pages=SHEET)))
    assert await office.lines(By.USER) == {"Ada L.": 6}
    await office.hub.services.people.remove(office.tenant, CONSOLE, ada.id)
    assert await office.lines(By.USER) == {"ada": 6}
    told = await office.hub.services.usage.report(office.tenant, office.operator, YEAR, By.USER)
    assert [line.key for line in told.lines] == [ada.id]
