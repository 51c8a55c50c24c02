"""Releases beside each other, beside reports, and late: nobody believes to have taken what another was given."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path

import attrs
import pytest
from hub_rig import Bench, RemoteAgent, bench
from pull_rig import ATTIC, FREE, LOBBY, QUEUE, new_office
from test_pull_mirrors import KEY, NOTE, Site

from tympan_hub.adapters.sql.jobs import SqlJobs
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import AgentId, JobId, TenantId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.mirrors import Envelope, Mirror
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.pull import Mirroring
from tympan_hub.domain.releases import Fit, ReleaseState, Step, Why
from tympan_hub.domain.usage import By, KnownJob, UsageFilter
from tympan_wire.hub import JobStanding, Pages, ReleaseOutcome

pytestmark = pytest.mark.anyio
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer for all, so nothing comes between."""


@pytest.fixture
async def site(hub: Bench) -> Site:
    office = await new_office(hub, attrs.evolve(FREE, mirror=Mirroring.HUB))
    await hub.services.policy.switch(office.tenant, office.admin.actor, "agent.require-sign-in", Verdict.OFF)
    return Site(office, await hub.agent(office.tenant, "desk-2"))


@pytest.fixture
async def beside(tmp_path: Path, database_url: str, hub: Bench) -> AsyncIterator[Bench]:
    """Another process on the same database."""
    async with bench(tmp_path, hub.clock, database_url=database_url) as other:
        yield other


def at(agent: RemoteAgent, hub: Bench) -> RemoteAgent:
    """The same agent, asking another process."""
    return RemoteAgent(hub.client, hub.clock, agent.key, enrolled=agent.enrolled, token=agent.token)


@on_postgresql
@pytest.mark.parametrize("first", ["given", "taken"])
async def test_of_giving_and_taking_at_once_one_is_done(site: Site, beside: Bench, first: str) -> None:
    """Two connections, whose units lock different parts of the tenant: each reads before the other has written."""
    office, other = site.office, AgentId(site.other.id)
    [asked] = (await office.release(await office.hold())).releases
    now = office.hub.clock.now()
    steps = {"given": asked.given(other), "taken": asked.taken(now)}
    second = next(step for name, step in steps.items() if name != first)

    async def kept_later(begun: asyncio.Event) -> bool:
        async with beside.units.writing("beside") as unit:
            read = await unit.releases.get(office.tenant, asked.id)
            assert read is not None and read.state is ReleaseState.WAITING
            begun.set()
            return await unit.releases.keep(office.tenant, second, read)

    begun = asyncio.Event()
    async with office.hub.units.writing("here") as unit:
        read = await unit.releases.get(office.tenant, asked.id)
        assert read is not None
        assert await unit.releases.keep(office.tenant, steps[first], read)
        later = asyncio.create_task(kept_later(begun))
        await begun.wait()
    assert not await later
    async with office.hub.units.reading() as unit:
        after = await unit.releases.get(office.tenant, asked.id)
    assert after == steps[first]


async def test_nobody_takes_what_another_is_given_in_rounds_of_two_processes(site: Site, beside: Bench) -> None:
    office, other = site.office, site.other
    jobs = [await office.hold() for _ in range(6)]
    for job in jobs:
        await site.mirrored(job)
    own = office.connect()
    batches = [await office.release(job) for job in jobs]
    office.services.notices.close(own)
    office.connect(other)
    own_elsewhere = at(office.desk, beside)
    told, _, _, _ = await asyncio.gather(
        office.fetch(own_elsewhere),
        office.services.regiving.round(),
        beside.services.regiving.round(),
        office.services.regiving.round(),
    )
    mine = {order.job for order in told.orders}
    theirs = {order.job for order in (await office.fetch(other)).orders}
    assert not mine & theirs
    assert mine | theirs == set(jobs)
    assert {order.job for order in (await office.fetch()).orders} == mine, "what is taken stays"
    assert len(batches) == len(jobs)


async def test_an_order_whose_agent_went_away_is_given_to_another_though_nobody_looks(site: Site) -> None:
    office, other = site.office, site.other
    job = await office.hold()
    await site.mirrored(job)
    own = office.connect()
    await office.release(job)
    office.services.notices.close(own)
    stream = office.connect(other)
    await office.services.regiving.round()
    lines = stream.lines()
    assert b"hello" in await anext(lines)
    assert b'"releases"' in await anext(lines)
    assert not (await office.fetch()).orders
    [order] = (await office.fetch(other)).orders
    assert (order.job, order.fence) == (job, 2)


async def test_a_process_that_begins_anew_looks_after_orders_it_never_heard_of(site: Site, beside: Bench) -> None:
    office, other = site.office, site.other
    job = await office.hold()
    await site.mirrored(job)
    own = office.connect()
    await office.release(job)
    office.services.notices.close(own)
    beside.services.notices.open(office.bearer(other))
    await beside.services.regiving.round()
    [order] = (await office.fetch(other)).orders
    assert order.job == job


async def test_an_agent_that_is_there_keeps_its_order_and_is_told_again(site: Site) -> None:
    office = site.office
    job = await office.hold()
    await site.mirrored(job)
    office.connect(site.other)
    stream = office.connect()
    await office.release(job)
    lines = stream.lines()
    assert b"hello" in await anext(lines)
    assert b'"releases"' in await anext(lines)
    office.hub.clock.forward(seconds=6)
    await office.services.regiving.round()
    assert b'"releases"' in await anext(lines)
    [order] = (await office.fetch()).orders
    assert order.fence == 1


async def test_a_computer_that_is_away_keeps_no_other_job_of_the_batch_waiting(site: Site) -> None:
    office, other = site.office, site.other
    asleep, awake = await office.hold(), await office.hold(agent=other)
    office.connect(other)
    await office.release(asleep, awake)
    assert [order.job for order in (await office.fetch(other)).orders] == [awake]


async def test_a_job_its_own_agent_had_news_of_is_not_given_away_meanwhile(site: Site) -> None:
    office = site.office
    job = await office.hold()
    async with office.hub.units.reading() as unit:
        read = await unit.jobs.get(office.tenant, job)
    assert read is not None
    await office.stands(job, JobStanding.HELD)
    async with office.hub.units.writing() as unit:
        assert not await unit.jobs.give(office.tenant, read, AgentId(site.other.id))
        now = await unit.jobs.get(office.tenant, job)
        assert now is not None
        assert await unit.jobs.give(office.tenant, now, AgentId(site.other.id))


@on_postgresql
async def test_a_report_that_meets_a_giving_is_neither_kept_nor_counted(
    site: Site, beside: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two connections: the job is given away after the report's unit read whose it is, and before that writes."""
    office, known = site.office, SqlJobs.known
    job = await office.hold()

    async def given_meanwhile(jobs: SqlJobs, tenant: TenantId, names: Collection[JobId]) -> Mapping[JobId, KnownJob]:
        found = await known(jobs, tenant, names)
        async with beside.units.writing("beside") as unit:
            read = await unit.jobs.get(tenant, job)
            assert read is not None and await unit.jobs.give(tenant, read, AgentId(site.other.id))
        return found

    async def printed() -> int:
        today = office.hub.clock.now().date()
        asked = UsageFilter(since=today - dt.timedelta(days=9), until=today)
        told = await office.services.usage.report(office.tenant, office.admin, asked, By.USER)
        return int(told.total.jobs + told.total.unfinished)

    with monkeypatch.context() as between:
        between.setattr(SqlJobs, "known", given_meanwhile)
        await office.stands(job, JobStanding.COMPLETED)
    assert await printed() == 0
    assert (await office.services.jobs.get(office.tenant, office.ada, job)).standing is Standing.HELD
    await office.stands(job, JobStanding.COMPLETED, agent=site.other, revision=1)
    assert await printed() == 1, "what the one says that was given the job"


async def test_an_agent_takes_no_copy_of_a_job_that_moves_at_its_own(site: Site) -> None:
    office, other = site.office, site.other
    job = await office.hold()
    await site.mirrored(job)
    office.connect(other)
    batch = await office.release(job)
    await office.stands(job, JobStanding.PRINTING)
    assert not (await office.fetch(other)).orders
    assert [one.step for one in await office.progress(batch)] == [Step.REFUSED]


async def test_an_old_word_of_begun_leaves_a_newer_order_of_the_job_as_it_is(site: Site) -> None:
    office = site.office
    job = await office.hold()
    await office.release(job)
    [first] = (await office.fetch()).orders
    office.hub.clock.forward(seconds=91)
    batch = await office.release(job)
    [second] = (await office.fetch()).orders
    await office.answer(first)
    await office.answer(second, ReleaseOutcome.REFUSED, reason="job-printing")
    assert [one.step for one in await office.progress(batch)] == [Step.REFUSED]
    await office.answer(first)
    await office.stands(job, JobStanding.COMPLETED)
    async with office.hub.units.reading() as unit:
        assert not await unit.releases.open_at(office.tenant, AgentId(office.desk.id))


async def test_begun_said_again_after_the_job_was_held_again_keeps_it_from_nobody(site: Site) -> None:
    office = site.office
    job = await office.hold()
    batch = await office.release(job)
    [order] = (await office.fetch()).orders
    await office.answer(order)
    await office.stands(job, JobStanding.SENDING)
    await office.stands(job, JobStanding.HELD, reason="none")
    await office.answer(order)
    assert [one.step for one in await office.progress(batch)] == [Step.EXPIRED]
    assert (await office.release(job)).releases


async def test_what_is_mirrored_goes_whole_when_its_time_is_over(site: Site) -> None:
    office = site.office
    job = await office.hold()
    upload = await site.mirrored(job)
    await office.services.held.change(office.tenant, office.ada, job, attrs.evolve((await office.mine())[0].changes))
    office.hub.clock.forward(hours=23, minutes=59)
    await office.desk.renew()
    await office.release(job)
    await office.answer((await office.fetch()).orders[0])
    office.hub.clock.forward(hours=2)
    await office.services.housekeeping.tidy()
    assert (await office.services.jobs.get(office.tenant, office.ada, job)).standing is Standing.EXPIRED
    async with office.hub.units.reading() as unit:
        assert not await unit.mirrors.readers(office.tenant, [job])
        assert await unit.mirrors.envelope(office.tenant, job, AgentId(site.other.id)) is None
        assert not await unit.uploads.known(office.tenant, [upload])  # type: ignore[list-item]
        assert not await unit.held_wishes.of(office.tenant, [job])
        assert not await unit.releases.open_at(office.tenant, AgentId(office.desk.id)), "nothing counts as under way"


async def test_what_was_mirrored_in_the_moment_its_job_ended_goes_with_the_next_round(site: Site) -> None:
    office = site.office
    job = await office.hold()
    upload = await site.upload()
    await office.stands(job, JobStanding.COMPLETED)
    mirror = Mirror(
        tenant=office.tenant,
        job=job,
        agent=AgentId(office.desk.id),
        upload=upload,  # type: ignore[arg-type]
        size=1,
        note=NOTE,
        at=office.hub.clock.now(),
    )
    async with office.hub.units.writing() as unit:
        await unit.mirrors.put(office.tenant, mirror, [Envelope(job=job, agent=AgentId(site.other.id), envelope=KEY)])
    await office.services.housekeeping.tidy()
    async with office.hub.units.reading() as unit:
        assert await unit.mirrors.get(office.tenant, job) is None
        assert not await unit.uploads.known(office.tenant, [upload])  # type: ignore[list-item]


async def test_a_job_deleted_while_its_computer_sleeps_is_over_and_told_whenever_it_wakes(site: Site) -> None:
    office = site.office
    job = await office.hold(held_until=None)
    await office.services.held.delete(office.tenant, office.ada, [job])
    assert not await office.mine()
    office.hub.clock.forward(days=9)
    await office.desk.renew()
    assert (await office.fetch()).ended == (job,)


async def test_a_queue_is_not_removed_while_jobs_are_held_for_it(site: Site) -> None:
    office = site.office
    job = await office.hold()
    printers = office.services.printers
    with pytest.raises(Conflict, match="1 job is held for Anywhere"):
        await printers.remove(office.tenant, office.admin.actor, QUEUE)
    assert [held.job for held in await office.mine()] == [job]
    await office.stands(job, JobStanding.EXPIRED)
    await printers.remove(office.tenant, office.admin.actor, QUEUE)


A3, A4, LETTER = "iso_a3_297x420mm", "iso_a4_210x297mm", "na_letter_8.5x11in"


@pytest.mark.parametrize(
    ("wanted", "media", "fit"),
    [
        ((A3,), (A4,), Fit.REFUSED),
        ((A3,), (), Fit.FITS),
        ((A4, A3), (A4,), Fit.ADAPTED),
        ((A3,), (A4, "custom_min_76x127mm", "custom_max_330x482mm"), Fit.FITS),
        ((A3,), (A4, "custom_min_76x127mm", "custom_max_216x356mm"), Fit.REFUSED),
        ((LETTER,), ("oe_photo-l_215.9x279.4mm",), Fit.FITS),
        (("custom_page_100x100mm",), (A4,), Fit.FITS),
    ],
)
async def test_paper_a_device_has_not_is_refused_before_as_agents_refuse_it(
    site: Site, wanted: tuple[str, ...], media: tuple[str, ...], fit: Fit
) -> None:
    office = site.office
    office.connect()
    job = await office.hold(pages=Pages(format="application/pdf", pages=1, sizes=wanted))
    await office.sees(LOBBY, media=media)
    await office.sees(ATTIC, media=(A3, A4))
    [shown] = await office.services.releases.preview(office.tenant, office.ada, LOBBY, ())
    assert (shown.fit, Why.NO_MEDIA in shown.whys) == (fit, fit is not Fit.FITS)
    assert (shown.nearest is not None and shown.nearest.printer == ATTIC) is (fit is not Fit.FITS)
    batch = await office.release(job)
    assert bool(batch.releases) is (fit is not Fit.REFUSED)
