"""Jobs that wait in the tunnel of a printer whose tunnel is switched off: over at once, unless an agent began them."""

from __future__ import annotations

import uuid

import pytest
from crossing_rig import FAR, Sites, new_sites
from hub_rig import Bench, problem

from tympan_hub.domain.ids import SERVICE, ShareId, UploadId
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import TUNNEL_SEND, Verdict
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_wire.hub import CrossingState, JobStanding, Operation, Retry, Share, SharesChange

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


async def switch_off(sites: Sites) -> None:
    """An administrator switches the printer's tunnel off."""
    await sites.services.tunnel_use.choose(sites.tenant, sites.admin.actor, FAR, TunnelChoice())


async def test_what_waits_is_over_at_once_with_a_reason_and_its_bytes_are_gone(sites: Sites) -> None:
    offer = await sites.offer()
    assert (await sites.standing(offer.job)).state is CrossingState.WAITING
    await switch_off(sites)
    told = await sites.standing(offer.job)
    assert (told.state, told.reason) == (CrossingState.EXPIRED, "job-canceled-by-operator")
    assert told.detail == "Printing through the hub was switched off for this printer."
    async with sites.hub.units.reading() as unit:
        assert await unit.uploads.get(sites.tenant, UploadId(offer.upload)) is None
    assert (await sites.look(sites.first)).orders == ()


async def test_what_an_agent_holds_and_did_not_begin_is_over_and_it_may_not_begin(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    await switch_off(sites)
    assert not await sites.say(sites.first, order)
    assert (await sites.look(sites.first, order)).gone == (order.id,)
    assert (await sites.standing(offer.job)).state is CrossingState.EXPIRED


async def test_what_waits_for_a_printer_that_is_removed_is_over_at_once_with_the_reason(sites: Sites) -> None:
    offer = await sites.offer()
    await sites.services.printers.remove(sites.tenant, sites.admin.actor, FAR)
    told = await sites.standing(offer.job)
    assert (told.state, told.reason) == (CrossingState.EXPIRED, "job-canceled-by-operator")
    assert told.detail == "Its printer was removed at the hub before any of it was printed."
    async with sites.hub.units.reading() as unit:
        assert await unit.uploads.get(sites.tenant, UploadId(offer.upload)) is None


@pytest.mark.parametrize("page", ["the share's page", "its printer's page"])
async def test_what_waits_for_a_shared_queue_is_over_at_once_wherever_it_is_taken_away(sites: Sites, page: str) -> None:
    share = uuid.UUID(int=7)
    await sites.first.ask(
        Operation.SHARES_CHANGE, SharesChange(put=(Share(id=share, queue="Laser", name="Laser").hashed(),))
    )
    shown = await sites.services.sharing.get(sites.tenant, sites.admin.actor, ShareId(str(share)))
    await sites.services.assignments.set_everybody(sites.tenant, sites.admin.actor, shown.share.printer, True)
    offer = await sites.offer(sites.first, printer=shown.share.printer)
    assert (await sites.standing(offer.job)).state is CrossingState.WAITING
    if page == "the share's page":
        await sites.services.sharing.stop(sites.tenant, sites.admin.actor, shown.share.id)
    else:
        await sites.services.printers.remove(sites.tenant, sites.admin.actor, shown.share.printer)
    told = await sites.standing(offer.job)
    assert (told.state, told.reason) == (CrossingState.EXPIRED, "job-canceled-by-operator")
    assert told.detail == "Its printer was removed at the hub before any of it was printed."
    assert (await sites.look(sites.first)).orders == ()


async def test_what_was_begun_goes_on_to_its_end(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    assert await sites.say(sites.first, order)
    await switch_off(sites)
    assert (await sites.standing(offer.job)).state is CrossingState.BEGUN
    await sites.stands(offer.job, JobStanding.COMPLETED, sites.first)
    assert (await sites.standing(offer.job)).state is CrossingState.COMPLETED


async def test_an_owner_that_switches_the_tunnel_off_ends_what_waits_with_the_next_round(sites: Sites) -> None:
    offer = await sites.offer()
    await sites.hub.services.policy.switch(SERVICE, CONSOLE, TUNNEL_SEND, Verdict.OFF)
    await sites.services.called_off.round()
    assert (await sites.standing(offer.job)).state is CrossingState.EXPIRED


async def test_another_choice_and_other_printers_leave_what_waits_alone(sites: Sites) -> None:
    offer = await sites.offer()
    choose, by = sites.services.tunnel_use.choose, sites.admin.actor
    await choose(sites.tenant, by, FAR, TunnelChoice(use=TunnelUse.FALLBACK))
    other = await sites.services.printers.add(sites.tenant, by, name="Other", uri="ipp://other.example/ipp/print")
    await choose(sites.tenant, by, other.id, TunnelChoice(use=TunnelUse.ALWAYS))
    await choose(sites.tenant, by, other.id, TunnelChoice())
    await sites.services.called_off.round()
    assert (await sites.standing(offer.job)).state is CrossingState.WAITING


async def test_no_job_is_taken_for_a_queue_that_holds_jobs_as_it_has_no_device(sites: Sites) -> None:
    by, job = sites.admin.actor, uuid.uuid4()
    queue = await sites.services.printers.add(sites.tenant, by, name="Follow me", uri="", delivery=Delivery.PULL)
    await sites.services.tunnel_use.choose(sites.tenant, by, queue.id, TunnelChoice(use=TunnelUse.ALWAYS))
    offer = sites.offered(job, await sites.upload("held"), sites.first, printer=queue.id)
    answer = await sites.sender.post(Operation.TUNNEL_OFFER, offer)
    assert (answer.status_code, problem(answer).retry) == (403, Retry.NEVER)
