"""Which printers' jobs an agent is given: those it may print now, whatever else it has keys of."""

from __future__ import annotations

import datetime as dt

import pytest
from crossing_rig import FAR, Sites, new_sites
from hub_rig import Bench

from tympan_hub.domain.ids import SERVICE, AgentId
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import TUNNEL_SEND, Verdict
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_wire.hub import CrossingState

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


async def test_jobs_that_an_agent_may_not_print_any_more_do_not_stand_before_those_it_may(sites: Sites) -> None:
    elsewhere = await sites.services.groups.add(sites.tenant, sites.admin.actor, name="Elsewhere")
    stuck = [await sites.offer(sites.first) for _ in range(2)]
    near = await sites.another_printer("Near", sites.first)
    choice = TunnelChoice(use=TunnelUse.ALWAYS, group=elsewhere.id)
    await sites.services.tunnel_use.choose(sites.tenant, sites.admin.actor, FAR, choice)
    free = await sites.offer(sites.first, printer=near)
    [order] = (await sites.look(sites.first, room=1)).orders
    assert order.job == free.job
    assert {(await sites.standing(one.job)).state for one in stuck} == {CrossingState.WAITING}


async def test_an_agent_that_may_not_print_a_job_any_more_is_asked_for_the_envelopes_of_those_that_may(
    sites: Sites,
) -> None:
    offer = await sites.offer(sites.first)
    groups, by = sites.services.groups, sites.admin.actor
    others = await groups.add(sites.tenant, by, name="Others")
    await groups.join_agent(sites.tenant, by, others.id, AgentId(sites.second.id))
    choice = TunnelChoice(use=TunnelUse.ALWAYS, group=others.id)
    await sites.services.tunnel_use.choose(sites.tenant, by, FAR, choice)
    told = await sites.look(sites.first)
    assert told.orders == ()
    [wanted] = told.wanted
    assert (wanted.job, [reader.agent for reader in wanted.missing]) == (offer.job, [sites.second.id])


async def test_nobody_is_given_a_job_once_the_owner_switched_the_tunnel_off(sites: Sites) -> None:
    await sites.offer()
    await sites.services.policy.switch(SERVICE, CONSOLE, TUNNEL_SEND, Verdict.OFF)
    assert (await sites.look(sites.first)).orders == (), "before the round that ends what waits"


async def test_an_agent_that_never_begins_keeps_no_job_for_ever(sites: Sites) -> None:
    keep = TunnelLimits(keep=dt.timedelta(minutes=5))
    await sites.services.tunnel_limits.change(sites.tenant, sites.admin.actor, keep)
    offer = await sites.offer()
    order = await sites.take(sites.first)

    for minutes, state in ((50, CrossingState.TAKEN), (20, CrossingState.EXPIRED)):
        sites.hub.clock.forward(minutes=minutes)
        await sites.renewed()
        await sites.look(sites.first, order)
        await sites.later(1)
        assert (await sites.standing(offer.job)).state is state, "it may come over a slow line, and not for ever"
    assert (await sites.look(sites.first, order)).gone == (order.id,)
