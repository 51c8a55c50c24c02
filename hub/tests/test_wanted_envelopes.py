"""Envelopes for agents that joined later: asked for also after a look that found none missing."""

from __future__ import annotations

import pytest
from crossing_rig import Sites, new_sites
from hub_rig import Bench

from tympan_hub.service.tunnel import SPOILED
from tympan_wire.hub import CrossingStep

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


async def missing(sites: Sites) -> list[str]:
    """Of whom the first agent is asked to make envelopes for."""
    wanted = (await sites.look(sites.first, room=0)).wanted
    return [reader.agent for one in wanted for reader in one.missing]


async def test_an_agent_that_comes_after_a_look_is_asked_for(sites: Sites) -> None:
    await sites.offer()
    assert [await missing(sites) for _ in range(2)] == [[], []]
    third = await sites.beside(await sites.hub.agent(sites.tenant, "office-3"))
    assert await missing(sites) == [third.id]


async def test_an_agent_whose_key_is_another_one_is_asked_for(sites: Sites) -> None:
    await sites.offer()
    assert await missing(sites) == []
    await sites.beside(sites.second, key=b"another")
    assert await missing(sites) == [sites.second.id]


async def test_an_agent_that_found_its_envelope_bad_is_asked_for(sites: Sites) -> None:
    await sites.offer()
    order = await sites.take(sites.second)
    assert await missing(sites) == []
    assert await sites.say(sites.second, order, CrossingStep.GIVE_BACK, reason=SPOILED)
    assert await missing(sites) == [sites.second.id]
