"""Many agents at once before two processes on one database: each job is given once, and begun once."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
from crossing_rig import Sites, new_sites
from hub_rig import Bench, RemoteAgent, bench

from tympan_wire.hub import (
    CrossingCancel,
    CrossingOrder,
    CrossingState,
    CrossingStep,
    CrossingWord,
    CrossingWords,
    JobStanding,
    Operation,
    TunnelRequest,
)

pytestmark = pytest.mark.anyio
AGENTS, JOBS = 50, 20


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


@pytest.fixture
async def beside(tmp_path: Path, database_url: str, hub: Bench) -> AsyncIterator[Bench]:
    """Another process on the same database."""
    async with bench(tmp_path, hub.clock, database_url=database_url) as other:
        yield other


def at(agent: RemoteAgent, hub: Bench) -> RemoteAgent:
    """The same agent, asking another process."""
    return RemoteAgent(hub.client, hub.clock, agent.key, enrolled=agent.enrolled, token=agent.token)


async def looked(agent: RemoteAgent, room: int) -> tuple[CrossingOrder, ...]:
    """What an agent is given."""
    told = await agent.ask(Operation.TUNNEL, TunnelRequest(room=room))
    return tuple(told.orders)


async def begun(agent: RemoteAgent, orders: list[CrossingOrder]) -> list[uuid.UUID]:
    """An agent wants to begin all of these, whoever was given them; which it may."""
    words = tuple(CrossingWord(id=one.id, fence=one.fence, step=CrossingStep.BEGIN) for one in orders)
    said = await agent.ask(Operation.TUNNEL_WORDS, CrossingWords(words=words))
    return [answer.id for answer in said.answers if answer.taken]


async def test_fifty_agents_at_two_processes_are_given_each_job_once_and_begin_it_once(
    sites: Sites, beside: Bench
) -> None:
    many = [await sites.beside(await sites.hub.agent(sites.tenant, f"office-{n}")) for n in range(AGENTS)]
    jobs = {(await sites.offer(*many)).job for _ in range(JOBS)}
    spread = [agent if n % 2 else at(agent, beside) for n, agent in enumerate(many)]

    given = await asyncio.gather(*(looked(agent, 2) for agent in spread))
    first = [order for orders in given for order in orders]
    assert {order.fence for order in first} == {1}
    assert max(Counter(order.id for order in first).values()) == 1, "no job is given twice"
    silent = {order.id for order in first[: JOBS // 3]}

    sites.hub.clock.forward(seconds=5)
    allowed = await asyncio.gather(
        *(
            begun(agent, [one for one in orders if one.id not in silent])
            for agent, orders in zip(spread, given, strict=True)
        )
    )
    assert Counter(one for ids in allowed for one in ids) == Counter(one.id for one in first if one.id not in silent)

    sites.hub.clock.forward(seconds=4)
    taken: list[CrossingOrder] = []
    for _ in range(JOBS):  # each look of all of them leases some of what is left
        again = await asyncio.gather(*(looked(agent, 2) for agent in reversed(spread)))
        fresh = [order for orders in again for order in orders if order.id not in {one.id for one in taken}]
        taken += fresh
        if {one.id for one in taken} | {one.id for one in first} >= await crossings_of(sites) and not fresh:
            break
    assert max(Counter((order.id, order.fence) for order in taken).values()) == 1

    every = [*first, *taken]
    claims = await asyncio.gather(*(begun(agent, every) for agent in spread))
    holders: dict[uuid.UUID, set[str]] = {}
    for agent, ids in zip(spread, claims, strict=True):
        for one in ids:
            holders.setdefault(one, set()).add(agent.id)
    assert all(len(who) == 1 for who in holders.values()), "no job is begun by two, whoever asks for it where"
    assert len(holders) == JOBS
    standings = [await sites.standing(job) for job in jobs]
    assert {one.state for one in standings} == {CrossingState.BEGUN}


async def crossings_of(sites: Sites) -> set[uuid.UUID]:
    """All there are."""
    async with sites.hub.raw(sites.tenant) as connection:
        rows = await connection.exec_driver_sql("SELECT id FROM crossings")
        return {uuid.UUID(str(row[0])) for row in rows}


async def test_of_beginning_and_canceling_at_once_one_is_done(sites: Sites, beside: Bench) -> None:
    outcomes = set()
    for turn in range(6):
        offer = await sites.offer()
        order = await sites.take(sites.first)
        elsewhere = at(sites.sender, beside)
        asked = [begun(sites.first, [order]), elsewhere.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=offer.job))]
        allowed, told = (await asyncio.gather(*asked)) if turn % 2 else reversed(await asyncio.gather(*asked[::-1]))
        assert (allowed == [order.id]) is (told.state is CrossingState.BEGUN)
        outcomes.add(told.state)
        if allowed:
            await sites.stands(offer.job, JobStanding.COMPLETED, sites.first)
    assert outcomes <= {CrossingState.BEGUN, CrossingState.CANCELED}


async def test_of_beginning_and_giving_to_the_next_at_once_one_is_done(sites: Sites, beside: Bench) -> None:
    """The lease has just run out: its agent begins in the moment in which another one is given the job."""
    for _ in range(6):
        offer = await sites.offer()
        order = await sites.take(sites.first)
        sites.hub.clock.forward(seconds=9)
        allowed, given = await asyncio.gather(begun(sites.first, [order]), looked(at(sites.second, beside), 1))
        assert bool(allowed) is not bool(given)
        after = [order] if allowed else list(given)
        assert await begun(sites.first if allowed else sites.second, after) == [order.id]
        assert (await sites.standing(offer.job)).state is CrossingState.BEGUN
        await sites.stands(offer.job, JobStanding.COMPLETED, sites.first if allowed else sites.second)


async def test_two_repetitions_of_an_offer_at_once_make_one_crossing(sites: Sites, beside: Bench) -> None:
    job = uuid.uuid4()
    await sites.stands(job, JobStanding.SENDING)
    offer = sites.offered(job, await sites.upload("once"), sites.first)
    elsewhere = at(sites.sender, beside)
    told = await asyncio.gather(
        *(agent.ask(Operation.TUNNEL_OFFER, offer) for agent in (sites.sender, elsewhere, sites.sender, elsewhere))
    )
    assert {one.state for one in told} == {CrossingState.WAITING}
    assert len(await crossings_of(sites)) == 1


async def test_a_report_of_its_sender_that_meets_a_begin_is_passed_over_and_not_refused(
    sites: Sites, beside: Bench
) -> None:
    for _ in range(4):
        offer = await sites.offer()
        order = await sites.take(sites.first)
        elsewhere = attrs.evolve(sites, sender=at(sites.sender, beside))
        allowed, _ = await asyncio.gather(begun(sites.first, [order]), elsewhere.stands(offer.job, JobStanding.SENDING))
        assert allowed == [order.id]
        await sites.stands(offer.job, JobStanding.COMPLETED, sites.first)
        assert (await sites.standing(offer.job)).state is CrossingState.COMPLETED
