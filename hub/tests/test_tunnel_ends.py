"""How jobs in the tunnel end that nobody prints: refused, canceled, expired, lost, or left by a revoked agent."""

from __future__ import annotations

import pytest
from crossing_rig import Sites, new_sites
from hub_rig import AgentKey, Bench, RemoteAgent

from tympan_hub.domain.ids import AgentId, JobId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.people import CONSOLE
from tympan_wire.hub import CancelJob, CrossingCancel, CrossingState, CrossingStep, JobStanding, Operation

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


async def test_a_job_that_nobody_can_print_ends_with_the_reason(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    why = {"reason": "document-format-error", "detail": "It is not what was sealed."}
    assert await sites.say(sites.first, order, CrossingStep.REFUSE, **why)
    told = await sites.standing(offer.job)
    assert (told.state, told.reason, told.detail) == (CrossingState.ABORTED, why["reason"], why["detail"])
    assert (await sites.read(sites.first, offer.upload)).status_code == 404
    assert not (await sites.look(sites.second)).orders
    assert not await sites.say(sites.first, order), "and nothing of it is begun any more"


async def test_a_job_nobody_printed_in_its_time_expires_with_all_that_belongs_to_it(sites: Sites) -> None:
    offer = await sites.offer()
    await sites.take(sites.first)
    sites.hub.clock.forward(hours=24)
    await sites.renewed()
    await sites.services.failover.round()
    assert (await sites.standing(offer.job)).state is CrossingState.EXPIRED
    assert not (await sites.look(sites.second)).orders
    assert not await sites.kept(offer.upload)


async def test_one_that_is_under_way_does_not_expire_beneath_its_agent(sites: Sites) -> None:
    offer = await sites.offer()
    sites.hub.clock.forward(hours=23, minutes=59, seconds=58)
    await sites.renewed()
    order = await sites.take(sites.first)
    await sites.later(4)
    assert not (await sites.look(sites.first, order)).gone
    await sites.later(4)
    assert await sites.say(sites.first, order)
    assert (await sites.standing(offer.job)).state is CrossingState.BEGUN


async def test_a_canceled_job_is_over_with_the_answer_unless_it_was_begun(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    told = await sites.sender.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=offer.job))
    assert told.state is CrossingState.CANCELED
    assert not await sites.say(sites.first, order)
    assert (await sites.look(sites.first, order)).gone == (order.id,)
    assert not await sites.kept(offer.upload)

    begun = await sites.offer()
    assert await sites.say(sites.first, await sites.take(sites.first))
    for _ in range(2):
        told = await sites.sender.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=begun.job))
        assert told.state is CrossingState.BEGUN
    commands = (await sites.first.desired()).commands
    assert [command.order for command in commands] == [CancelJob(job=begun.job, by="home")]
    await sites.stands(begun.job, JobStanding.CANCELED, sites.first, reason="job-canceled-by-user")
    assert (await sites.standing(begun.job)).state is CrossingState.CANCELED


async def test_a_canceled_job_may_be_sent_again_with_another_upload(sites: Sites) -> None:
    offer = await sites.offer()
    await sites.sender.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=offer.job))
    assert (await sites.sender.ask(Operation.TUNNEL_OFFER, offer)).state is CrossingState.CANCELED, "a late repetition"
    again = await sites.offer(job=offer.job)
    assert again.upload != offer.upload
    assert (await sites.take(sites.first)).copy.upload == again.upload


async def test_a_revoked_agent_loses_what_it_had_not_begun_and_what_it_began_is_lost(sites: Sites) -> None:
    begun, waiting = await sites.offer(sites.first), await sites.offer()
    orders = {order.job: order for order in (await sites.look(sites.first)).orders}
    assert await sites.say(sites.first, orders[begun.job])
    await sites.services.agents.revoke(sites.tenant, sites.admin.actor, AgentId(sites.first.id))
    assert (await sites.standing(begun.job)).state is CrossingState.LOST
    assert (await sites.take(sites.second)).job == waiting.job
    assert await sites.envelopes_for(sites.first) == 0


async def test_what_a_revoked_agent_sent_is_over_unless_another_one_began_it(sites: Sites) -> None:
    begun, taken, waiting = await sites.offer(sites.first), await sites.offer(sites.first), await sites.offer()
    orders = {order.job: order for order in (await sites.look(sites.first)).orders}
    assert await sites.say(sites.first, orders[begun.job])
    await sites.services.agents.revoke(sites.tenant, sites.admin.actor, AgentId(sites.sender.id))
    assert not await sites.say(sites.first, orders[taken.job]), "it may not begin with it any more"
    assert not (await sites.look(sites.second)).orders
    async with sites.hub.units.reading() as unit:
        kept = await unit.crossings.newest(sites.tenant, [JobId(one.job) for one in (begun, taken, waiting)])
        job = await unit.jobs.get(sites.tenant, JobId(waiting.job))
    assert job is not None
    assert (job.standing, job.story[-1].what) == (Standing.CANCELED, "Canceled: its computer was shut out")
    states = [kept[JobId(one.job)].state.value for one in (begun, taken, waiting)]
    assert states == ["begun", "expired", "expired"]


async def test_what_a_computer_sent_comes_out_although_another_agent_took_its_place(sites: Sites) -> None:
    waiting = await sites.offer()
    place = await sites.services.agents.make_token(sites.tenant, CONSOLE, replaces=AgentId(sites.sender.id))
    await RemoteAgent(client=sites.hub.client, clock=sites.hub.clock, key=AgentKey.new(), name="anew").enrol(place)
    assert (await sites.take(sites.first)).job == waiting.job


async def test_a_begun_job_whose_agent_is_not_heard_of_for_a_day_is_lost_until_it_tells(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    assert await sites.say(sites.first, order)
    await sites.stands(offer.job, JobStanding.PRINTING, sites.first)
    for hours, state in ((23, CrossingState.BEGUN), (2, CrossingState.LOST)):
        sites.hub.clock.forward(hours=hours)
        await sites.sender.renew()
        await sites.services.failover.settle()
        assert (await sites.standing(offer.job)).state is state
    assert not await sites.kept(offer.upload)
    job = await sites.services.jobs.get(sites.tenant, sites.admin, offer.job)
    assert (job.standing, job.story[-1].what) == (Standing.UNKNOWN, "Lost track of it")
    await sites.renewed()
    await sites.stands(offer.job, JobStanding.COMPLETED, sites.first)
    assert (await sites.standing(offer.job)).state is CrossingState.COMPLETED, "its word is the truth"
    job = await sites.services.jobs.get(sites.tenant, sites.admin, offer.job)
    assert job.standing is Standing.COMPLETED
    assert (await sites.sender.ask(Operation.TUNNEL_OFFER, offer)).state is CrossingState.COMPLETED
