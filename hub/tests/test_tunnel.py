"""The tunnel at the hub: offered, leased, begun by one agent alone, ended by its reports, and erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from crossing_rig import KEY, NOTE, SEALED, Sites, new_sites
from hub_rig import Bench

from tympan_hub.domain.jobs import Standing
from tympan_wire.hub import CrossingCancel, CrossingState, CrossingStep, JobStanding, Operation

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


async def test_a_silent_agents_job_goes_to_the_next_under_the_next_fence(sites: Sites) -> None:
    offer = await sites.offer()
    stale = await sites.take(sites.first)
    await sites.later(8)
    assert not (await sites.look(sites.second)).orders
    await sites.later(1)
    order = await sites.take(sites.second)
    assert (order.id, order.fence) == (stale.id, 2)
    assert (await sites.look(sites.first, stale)).gone == (stale.id,)
    assert not await sites.say(sites.first, stale)
    assert await sites.say(sites.second, order)
    assert (await sites.standing(offer.job)).by == "office-2"


@pytest.mark.parametrize("step", list(CrossingStep))
async def test_the_same_word_again_is_answered_the_same(sites: Sites, step: CrossingStep) -> None:
    await sites.offer()
    order = await sites.take(sites.first)
    assert [await sites.say(sites.first, order, step) for _ in range(3)] == [True] * 3


async def test_a_lease_that_runs_out_in_the_middle_of_a_look_is_no_error(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = sites.hub.clock
    standing = type(clock).now
    for asked in range(8):
        offers = [await sites.offer()]
        await sites.take(sites.first)
        offers.append(await sites.offer())
        asks = iter(range(1000))

        def jumping(self: object, asked: int = asked, asks: Iterator[int] = asks) -> dt.datetime:
            """Time stands, but for the moment in which it is asked for the so manieth time."""
            if next(asks) == asked:
                clock.forward(seconds=10)
            return standing(clock)

        with monkeypatch.context() as moved:
            moved.setattr(type(clock), "now", jumping)
            await sites.look(sites.second)
        for offer in offers:
            await sites.sender.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=offer.job))
