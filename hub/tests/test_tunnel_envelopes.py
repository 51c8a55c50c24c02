"""Envelopes in the tunnel: who lacks one for a job that waits, and from whom it comes."""

from __future__ import annotations

import attrs
import pytest
from crossing_rig import KEY, NOTE, Sites, new_sites
from hub_rig import Bench

from tympan_hub.domain.ids import AgentId
from tympan_wire.hub import CrossingEnvelopes, CrossingState, CrossingStep, MirrorEnvelope, Operation

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


async def test_who_joins_later_gets_an_envelope_from_an_agent_that_has_the_key(sites: Sites) -> None:
    offer = await sites.offer(sites.first)
    missing = (await sites.standing(offer.job)).missing
    assert [reader.agent for reader in missing] == [sites.second.id]
    assert not (await sites.look(sites.second)).orders, "without an envelope it is given nothing"

    [wanted] = (await sites.look(sites.first, room=0)).wanted
    assert (wanted.job, wanted.printer, wanted.envelope, wanted.missing) == (offer.job, offer.printer, KEY, missing)
    made = CrossingEnvelopes(job=offer.job, envelopes=(MirrorEnvelope(agent=sites.second.id, envelope=NOTE),))
    await sites.first.ask(Operation.TUNNEL_ENVELOPES, made)
    assert not (await sites.look(sites.first, room=0)).wanted
    assert not (await sites.standing(offer.job)).missing
    assert (await sites.take(sites.second)).copy.envelope == NOTE


async def test_its_sender_may_add_envelopes_too_by_offering_it_again(sites: Sites) -> None:
    offer = await sites.offer(sites.first)
    again = sites.offered(offer.job, offer.upload, sites.first, sites.second)
    told = await sites.sender.ask(Operation.TUNNEL_OFFER, again)
    assert (told.state, told.missing) == (CrossingState.WAITING, ())
    assert (await sites.take(sites.second)).job == offer.job


async def test_an_agent_with_another_key_lacks_an_envelope_again(sites: Sites) -> None:
    offer = await sites.offer()
    await sites.beside(sites.second, key=b"another key")
    assert [reader.agent for reader in (await sites.standing(offer.job)).missing] == [sites.second.id]
    again = attrs.evolve(offer, envelopes=(MirrorEnvelope(agent=sites.second.id, envelope=NOTE),))
    await sites.sender.ask(Operation.TUNNEL_OFFER, again)
    assert (await sites.take(sites.second)).copy.envelope == NOTE


async def test_for_an_agent_that_could_not_open_it_another_envelope_is_wanted(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    assert await sites.say(sites.first, order, CrossingStep.GIVE_BACK, reason="document-access-error")
    assert [reader.agent for reader in (await sites.standing(offer.job)).missing] == [sites.first.id]
    sites.hub.clock.forward(seconds=15)
    assert (await sites.take(sites.first)).copy.envelope == KEY, "its sender may be away: it tries what it has"


async def test_a_job_whose_last_reader_was_revoked_tells_its_sender_who_lacks_an_envelope(sites: Sites) -> None:
    offer = await sites.offer(sites.first)
    await sites.services.agents.revoke(sites.tenant, sites.admin.actor, AgentId(sites.first.id))
    told = await sites.standing(offer.job)
    assert (told.state, [reader.agent for reader in told.missing]) == (CrossingState.WAITING, [sites.second.id])
    sites.hub.clock.forward(hours=24)
    await sites.sender.renew()
    await sites.services.failover.round()
    assert (await sites.standing(offer.job)).state is CrossingState.EXPIRED, "without a sender it expires"
