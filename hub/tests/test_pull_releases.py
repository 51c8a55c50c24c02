"""Releases: asked for by the owner, taken by one agent, told in their order, and what became of them."""

from __future__ import annotations

import uuid

import pytest
from hub_rig import Bench
from pull_rig import LOBBY, QUEUE, Office, new_office

from tympan_hub.domain.ids import JobId
from tympan_hub.domain.releases import Fit, ReleaseState, Step, Why
from tympan_wire.hub import Delivery, JobStanding, ReleaseOutcome

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(hub: Bench) -> Office:
    return await new_office(hub)


async def test_an_agent_is_told_of_pull_queues_and_of_release_points(office: Office) -> None:
    desired = await office.desk.desired()
    told = {printer.id: printer for printer in desired.printers}
    assert (told[QUEUE].delivery, told[QUEUE].uri) == (Delivery.PULL, "")
    assert told[QUEUE].pull is not None and told[QUEUE].pull.hold_s == 86_400
    assert told[LOBBY].pull is None
    assert [point.printer for point in desired.points] == ["attic", "lobby"]


async def test_a_held_job_is_released_begun_and_printed(office: Office) -> None:
    stream = office.connect()
    job = await office.hold()
    [held] = await office.mine()
    assert (held.job, held.printer_name, held.title) == (job, "Anywhere", "minutes.pdf")

    batch = await office.release(job)
    assert [release.job for release in batch.releases] == [job]
    assert [step.step for step in await office.progress(batch)] == [Step.WAITING]
    lines = stream.lines()
    assert b"hello" in await anext(lines)
    assert b'"releases"' in await anext(lines)

    [order] = (await office.fetch()).orders
    assert (order.job, order.printer, order.by, order.mirrored) == (job, LOBBY, "Ada", None)
    assert (await office.fetch()).orders == (order,), "it is repeated until it is answered"
    await office.answer(order)
    assert not (await office.fetch()).orders
    await office.stands(job, JobStanding.PRINTING, target=LOBBY, impressions_completed=2)
    [now] = await office.progress(batch)
    assert (now.step, now.page, now.pages) == (Step.PRINTING, 3, 6)
    await office.stands(job, JobStanding.COMPLETED, target=LOBBY)
    assert [step.step for step in await office.progress(batch)] == [Step.DONE]
    assert not await office.mine()


async def test_a_released_job_is_not_released_again(office: Office) -> None:
    job = await office.hold()
    await office.release(job)
    again = await office.release(job)
    assert not again.releases
    assert [(each.fit, each.whys) for each in again.refused] == [(Fit.REFUSED, (Why.UNDER_WAY,))]


async def test_a_refused_job_is_held_again_and_can_be_released_again(office: Office) -> None:
    job = await office.hold()
    batch = await office.release(job)
    [order] = (await office.fetch()).orders
    await office.answer(order, ReleaseOutcome.REFUSED, reason="job-printing", detail="No such paper.")
    [told] = await office.progress(batch)
    assert (told.step, told.reason, told.detail) == (Step.REFUSED, "job-printing", "No such paper.")
    assert (await office.release(job)).releases


async def test_what_nobody_fetches_is_over_in_time(office: Office) -> None:
    job = await office.hold()
    batch = await office.release(job)
    office.hub.clock.forward(seconds=121)
    assert [step.step for step in await office.progress(batch)] == [Step.EXPIRED]
    assert not (await office.fetch()).orders
    [again] = (await office.release(job)).releases
    assert again.state is ReleaseState.WAITING


async def test_jobs_that_are_not_theirs_are_not_held_for_them(office: Office) -> None:
    others = await office.hold(user="ben")
    batch = await office.release(others, JobId(uuid.uuid4()))
    assert not batch.releases
    assert {each.whys for each in batch.refused} == {(Why.NOT_HELD,)}
