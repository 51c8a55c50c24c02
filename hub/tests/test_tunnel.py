"""The tunnel at the hub: a job is offered, taken, begun by one agent alone, and goes on by its reports."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from crossing_rig import KEY, NOTE, SEALED, Sites, new_sites
from hub_rig import Bench

from tympan_hub.domain.jobs import Standing
from tympan_wire.hub import CrossingState, CrossingStep, JobStanding, Operation, StoryLine

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


async def test_a_job_goes_from_its_sender_to_an_agent_beside_the_device(sites: Sites) -> None:
    offer = await sites.offer()
    assert (await sites.standing(offer.job)).state is CrossingState.WAITING

    order = await sites.take(sites.first)
    assert (order.job, order.printer, order.fence) == (offer.job, offer.printer, 1)
    assert (order.copy.upload, order.copy.size, order.copy.envelope, order.copy.note) == (
        offer.upload,
        len(SEALED),
        KEY,
        NOTE,
    )
    assert (await sites.read(sites.first, offer.upload, "bytes=10-19")).content == SEALED[10:20]
    taken = await sites.standing(offer.job)
    assert (taken.state, taken.by) == (CrossingState.TAKEN, "office-1")

    assert await sites.say(sites.first, order)
    await sites.stands(offer.job, JobStanding.SENDING)
    await sites.stands(offer.job, JobStanding.PRINTING, sites.first, impressions_completed=3)
    begun = await sites.standing(offer.job)
    assert (begun.state, begun.by, begun.impressions) == (CrossingState.BEGUN, "office-1", 3)
    [still] = (await sites.look(sites.first)).begun
    assert (still.id, still.fence) == (order.id, order.fence)

    await sites.stands(offer.job, JobStanding.COMPLETED, sites.first, impressions_completed=4)
    over = await sites.standing(offer.job)
    assert (over.state, over.by, over.impressions) == (CrossingState.COMPLETED, "office-1", 4)
    assert not (await sites.look(sites.first)).begun
    assert (await sites.read(sites.first, offer.upload)).status_code == 404, "its bytes are gone"
    job = await sites.services.jobs.get(sites.tenant, sites.admin, offer.job)
    assert (job.agent, job.user, job.standing) == (sites.first.id, "ada", Standing.COMPLETED), "it stays whose it was"
    assert await sites.sender.ask(Operation.TUNNEL_OFFER, offer) == over, "there is no second one"


@pytest.mark.parametrize("step", list(CrossingStep))
async def test_the_same_word_again_is_answered_the_same(sites: Sites, step: CrossingStep) -> None:
    await sites.offer()
    order = await sites.take(sites.first)
    assert [await sites.say(sites.first, order, step) for _ in range(3)] == [True] * 3


async def test_a_job_may_be_sent_before_it_is_reported_and_is_taken_once_it_is(sites: Sites) -> None:
    job = uuid.uuid4()
    stream = sites.connect(sites.first)
    offer = sites.offered(job, await sites.upload("early"), sites.first)
    assert (await sites.sender.ask(Operation.TUNNEL_OFFER, offer)).state is CrossingState.WAITING
    assert not (await sites.look(sites.first)).orders
    lines = stream.lines()
    assert [b"tunnel" in await anext(lines) for _ in range(2)] == [False, True]
    await sites.stands(job, JobStanding.SENDING)
    assert b"tunnel" in await anext(lines), "it is told once more"
    assert (await sites.take(sites.first)).job == job


async def test_a_job_its_sender_ended_before_anybody_began_is_printed_by_nobody(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    await sites.stands(offer.job, JobStanding.CANCELED)
    assert not await sites.say(sites.first, order)
    assert (await sites.standing(offer.job)).state is CrossingState.CANCELED


@pytest.mark.parametrize("standing", [JobStanding.COMPLETED, JobStanding.CANCELED, JobStanding.ABORTED])
async def test_an_offer_that_comes_late_of_a_job_that_is_over_is_printed_by_nobody(
    sites: Sites, standing: JobStanding
) -> None:
    job, upload = uuid.uuid4(), await sites.upload("late")
    await sites.stands(job, JobStanding.SENDING)
    await sites.stands(job, standing)
    answer = await sites.sender.post(Operation.TUNNEL_OFFER, sites.offered(job, upload, sites.first))
    assert answer.status_code == 409, "it went straight to its device before its offer came"
    assert not (await sites.look(sites.first)).orders


async def test_what_others_say_of_a_job_that_an_agent_began_is_passed_over(sites: Sites) -> None:
    offer = await sites.offer()
    await sites.stands(offer.job, JobStanding.HELD, sites.second)
    order = await sites.take(sites.first)
    await sites.stands(offer.job, JobStanding.HELD, sites.first)
    assert await sites.say(sites.first, order)
    await sites.stands(offer.job, JobStanding.PRINTING, sites.first)
    await sites.stands(offer.job, JobStanding.CANCELED, sites.second)
    await sites.stands(offer.job, JobStanding.UNKNOWN)
    job = await sites.services.jobs.get(sites.tenant, sites.admin, offer.job)
    assert (job.agent, job.standing) == (sites.first.id, Standing.PRINTING)
    assert (await sites.standing(offer.job)).state is CrossingState.BEGUN


async def test_a_late_report_of_a_copy_erased_before_the_beginning_ends_nothing(sites: Sites) -> None:
    offer = await sites.offer(sites.first)
    order = await sites.take(sites.first)
    erased_at = sites.hub.clock.now()
    held = (StoryLine(at=erased_at, what="held", standing=JobStanding.HELD),)
    sites.hub.clock.forward(seconds=5)
    assert await sites.say(sites.first, order)
    for standing in (JobStanding.CANCELED, JobStanding.EXPIRED, JobStanding.ABORTED):
        await sites.stands(offer.job, standing, sites.first, ended_at=erased_at, story=held)
        assert (await sites.standing(offer.job)).state is CrossingState.BEGUN
        job = await sites.services.jobs.get(sites.tenant, sites.admin, offer.job)
        assert job.standing is Standing.SENDING, "its row does not say that it is over either"
    await sites.stands(offer.job, JobStanding.COMPLETED, sites.first)
    assert (await sites.standing(offer.job)).state is CrossingState.COMPLETED


@pytest.mark.parametrize("let_go", [True, False])
async def test_the_end_of_what_was_begun_counts_whatever_clock_its_agent_has(sites: Sites, let_go: bool) -> None:
    offer = await sites.offer(sites.first)
    order = await sites.take(sites.first)
    sites.hub.clock.forward(seconds=5)
    assert await sites.say(sites.first, order)
    at = sites.hub.clock.now() + dt.timedelta(seconds=-4000 if let_go else 1)
    story = (StoryLine(at=at, what="released", standing=JobStanding.QUEUED if let_go else JobStanding.HELD),)
    await sites.stands(offer.job, JobStanding.CANCELED, sites.first, ended_at=at, story=story)
    assert (await sites.standing(offer.job)).state is CrossingState.CANCELED
