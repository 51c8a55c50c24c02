"""How long jobs are kept: erased in time, counted for ever, and never taken again."""

from __future__ import annotations

import datetime as dt
import uuid

import attrs
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, job_report, report

from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed
from tympan_hub.domain.ids import JobId, TenantId
from tympan_hub.domain.jobs import JobFilter
from tympan_hub.domain.people import Actor, Person, Role
from tympan_hub.domain.usage import By, UsageFilter
from tympan_wire.hub import JobReport

pytestmark = pytest.mark.anyio
DAY = dt.timedelta(days=1)


def printed(days_ago: int) -> JobReport:
    began = BIRTH - days_ago * DAY
    return job_report(created_at=began, ended_at=began, name=f"{days_ago} days old")


async def tenant_of(hub: Bench) -> tuple[TenantId, Actor, RemoteAgent]:
    tenant = await hub.tenant()
    return tenant, (await hub.person(tenant)).actor, await hub.agent(tenant)


async def reader(hub: Bench, tenant: TenantId) -> Person:
    return await hub.person(tenant, Role.OPERATOR)


async def titles(hub: Bench, tenant: TenantId) -> list[str]:
    async with hub.units.reading() as unit:
        return [job.title for job in await unit.jobs.find(tenant, JobFilter(), None)]


async def sides(hub: Bench, tenant: TenantId, by: Person) -> int:
    wanted = UsageFilter(since=(BIRTH - 100 * DAY).date(), until=BIRTH.date())
    return (await hub.services.usage.report(tenant, by, wanted, By.PRINTER)).total.impressions


async def test_titles_go_first_then_jobs_and_their_sums_stay(hub: Bench) -> None:
    tenant, admin, agent = await tenant_of(hub)
    await hub.services.keeping.change(tenant, admin, jobs_days=20, titles_days=10)
    await agent.report(*(report(printed(days)) for days in (5, 15, 25)))
    someone = await reader(hub, tenant)
    counted = await sides(hub, tenant, someone)
    await hub.services.housekeeping.tidy()
    assert await titles(hub, tenant) == ["5 days old", ""]
    assert await sides(hub, tenant, someone) == counted > 0


async def test_what_is_gone_is_not_taken_again_and_not_counted_again(hub: Bench) -> None:
    tenant, admin, agent = await tenant_of(hub)
    await hub.services.keeping.change(tenant, admin, jobs_days=20, titles_days=10)
    old, young = printed(25), printed(15)
    await agent.report(report(old), report(young))
    someone = await reader(hub, tenant)
    counted = await sides(hub, tenant, someone)
    await hub.services.housekeeping.tidy()
    late = [attrs.evolve(finding, revision=finding.revision + 1) for finding in (old, young)]
    receipt = await agent.report(*(report(finding, name=uuid.uuid4()) for finding in late))
    assert (len(receipt.taken), receipt.refused) == (2, ())
    assert await titles(hub, tenant) == [""]
    assert await sides(hub, tenant, someone) == counted


async def test_what_is_gone_stays_gone_when_jobs_are_to_be_kept_longer_again(hub: Bench) -> None:
    tenant, admin, agent = await tenant_of(hub)
    await hub.services.keeping.change(tenant, admin, jobs_days=20, titles_days=10)
    await hub.services.housekeeping.tidy()
    await hub.services.keeping.change(tenant, admin, jobs_days=300, titles_days=300)
    await hub.services.housekeeping.tidy()
    await agent.report(report(printed(25)), report(printed(15)), report(printed(5)))
    assert await titles(hub, tenant) == ["5 days old", ""]


async def test_by_default_jobs_are_kept_a_year_and_titles_a_quarter(hub: Bench) -> None:
    tenant, admin, agent = await tenant_of(hub)
    await agent.report(report(printed(89)), report(printed(91)), report(printed(399)), report(printed(401)))
    await hub.services.housekeeping.tidy()
    assert await titles(hub, tenant) == ["89 days old", "", ""]
    assert (await hub.services.keeping.get(tenant, admin)).jobs_days == 400


async def test_one_tenants_days_are_not_anothers(hub: Bench) -> None:
    tenant, admin, _ = await tenant_of(hub)
    other = await hub.tenant("Other")
    await (await hub.agent(other)).report(report(printed(50)))
    await hub.services.keeping.change(tenant, admin, jobs_days=1, titles_days=1)
    await hub.services.housekeeping.tidy()
    assert await titles(hub, other) == ["50 days old"]


@pytest.mark.parametrize(("jobs", "titles_days"), [(0, 0), (10, 11), (10, 0), (3_651, 1), (-1, -1)])
async def test_times_nobody_keeps_anything_are_refused(hub: Bench, jobs: int, titles_days: int) -> None:
    tenant, admin, _ = await tenant_of(hub)
    with pytest.raises(BadInput):
        await hub.services.keeping.change(tenant, admin, jobs_days=jobs, titles_days=titles_days)


async def test_only_those_who_switch_policy_say_how_long(hub: Bench) -> None:
    tenant, admin, _ = await tenant_of(hub)
    user = await hub.person(tenant, Role.USER)
    with pytest.raises(NotAllowed):
        await hub.services.keeping.change(tenant, user.actor, jobs_days=1, titles_days=1)
    with pytest.raises(Conflict):
        await hub.services.keeping.change(tenant, admin, jobs_days=400, titles_days=90)
    await hub.services.keeping.change(tenant, admin, jobs_days=30, titles_days=7)
    entry = (await hub.services.audit.page(tenant, admin))[0]
    assert (entry.act, entry.detail) == ("keeping.change", "jobs 400 → 30 days, titles 90 → 7 days")


async def test_a_job_gone_is_not_found(hub: Bench) -> None:
    tenant, _, agent = await tenant_of(hub)
    finding = printed(500)
    await agent.report(report(finding))
    await hub.services.housekeeping.tidy()
    async with hub.units.reading() as unit:
        assert await unit.jobs.get(tenant, JobId(finding.job)) is None
