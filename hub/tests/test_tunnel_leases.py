"""Leases in the tunnel: a silent agent's job goes to the next one, and those who may take it are told in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from crossing_rig import Sites, new_sites
from hub_rig import Bench

from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.service.notices import Stream
from tympan_wire.hub import CrossingCancel, CrossingState, CrossingStep, Operation

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


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


async def test_an_agent_that_gives_a_job_back_is_asked_again_after_a_while(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    assert await sites.say(sites.first, order, CrossingStep.GIVE_BACK, reason="offline-report")
    assert (await sites.standing(offer.job)).state is CrossingState.WAITING
    assert not (await sites.look(sites.first)).orders
    other = await sites.take(sites.second)
    assert (other.id, other.fence) == (order.id, 2)
    assert await sites.say(sites.second, other, CrossingStep.GIVE_BACK)
    sites.hub.clock.forward(seconds=15)
    assert (await sites.take(sites.first)).fence == 3


async def test_the_agent_with_the_fewest_jobs_is_told_first_and_then_all_are(sites: Sites) -> None:
    await sites.offer()
    await sites.take(sites.first)
    streams = [sites.connect(agent) for agent in (sites.first, sites.second)]
    await sites.offer()
    assert [await told(stream) for stream in streams] == [0, 1]
    await sites.later(1)
    assert [await told(stream) for stream in streams] == [0, 0]
    await sites.later(1)
    assert [await told(stream) for stream in streams] == [1, 1]
    await sites.later(1)
    assert [await told(stream) for stream in streams] == [0, 0]


async def test_all_that_may_take_a_silent_agents_job_are_told_within_ten_seconds(sites: Sites) -> None:
    await sites.offer()
    await sites.take(sites.first)
    stream = sites.connect(sites.second)
    for second in range(1, 9):
        await sites.later(1)
        assert await told(stream) == 0, second
    await sites.later(1)
    assert await told(stream) == 1


async def test_a_process_that_begins_anew_tells_of_jobs_it_never_heard_of(sites: Sites) -> None:
    await sites.offer()
    await sites.services.failover.round()
    sites.services.failover._told.clear()
    sites.services.failover._waiting.clear()
    stream = sites.connect(sites.first)
    await sites.services.failover.round()
    assert await told(stream) == 0, "it looks after tenants it heard of"
    await sites.hub.wakeups.send(SERVICE, LookAgain())
    await sites.services.failover.round()
    assert await told(stream) == 1


async def told(stream: Stream) -> int:
    """How often an agent was told to look at the tunnel since it was asked last."""
    lines, many = stream.lines(), 0
    while not stream._lines.empty():
        many += b"tunnel" in await anext(lines)
    return many
