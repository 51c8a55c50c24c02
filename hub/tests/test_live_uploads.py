"""Bytes of a job in the tunnel: whoever wants them gone, and for whatever reason, they stay until the job is over."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from crossing_rig import SEALED, Sites, new_sites
from hub_rig import Bench, problem

from tympan_hub.domain.ids import JobId, UploadId
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.service.upload_clearance import drop, leave
from tympan_wire.hub import CrossingCancel, CrossingState, JobStanding, Operation, Retry, UploadAbandon

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


async def test_a_document_is_one_jobs_alone_so_that_the_end_of_another_erases_nothing(sites: Sites) -> None:
    offer, other = await sites.offer(), uuid.uuid4()
    await sites.stands(other, JobStanding.SENDING)
    again = sites.offered(other, offer.upload, sites.first)
    assert (await sites.sender.post(Operation.TUNNEL_OFFER, again)).status_code == 409
    await sites.sender.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=other))
    assert (await sites.read(sites.first, (await sites.take(sites.first)).copy.upload)).status_code == 206
    assert (await sites.standing(offer.job)).state is CrossingState.TAKEN


async def test_what_else_the_document_was_for_does_not_erase_it_under_way(sites: Sites) -> None:
    offer = await sites.offer()
    await drop(sites.hub.units, sites.hub.blobs, sites.tenant, UploadId(offer.upload))
    assert await sites.kept(offer.upload)
    assert (await sites.read(sites.first, (await sites.take(sites.first)).copy.upload)).status_code == 206


async def test_an_offer_that_comes_while_its_upload_is_abandoned_wins_or_loses_whole(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upload is looked at, the offer is taken, and only then it would be marked."""
    job = uuid.uuid4()
    await sites.stands(job, JobStanding.SENDING)
    upload = await sites.upload("late")
    offer, marked = sites.offered(job, upload, sites.first), "tympan_hub.service.uploads.leave"

    async def offered_meanwhile(*given: Any, **named: Any) -> Any:
        monkeypatch.undo()
        await sites.sender.ask(Operation.TUNNEL_OFFER, offer)
        return await leave(*given, **named)

    monkeypatch.setattr(marked, offered_meanwhile)
    answer = await sites.sender.post(Operation.UPLOAD_ABANDON, UploadAbandon(upload=upload))
    assert answer.status_code == 409
    assert await sites.kept(upload)
    assert (await sites.take(sites.first)).job == job


async def test_a_document_there_is_never_room_for_is_refused_and_does_not_wait_for_ever(sites: Sites) -> None:
    limits = TunnelLimits(bytes_waiting_most=len(SEALED) - 1)
    await sites.services.tunnel_limits.change(sites.tenant, sites.admin.actor, limits)
    job = uuid.uuid4()
    await sites.stands(job, JobStanding.SENDING)
    answer = await sites.sender.post(
        Operation.TUNNEL_OFFER, sites.offered(job, await sites.upload("large"), sites.first)
    )
    assert (answer.status_code, problem(answer).retry) == (413, Retry.NEVER)
    [printer] = (await sites.sender.desired()).printers
    assert printer.tunnel is not None
    assert printer.tunnel.bytes_most == len(SEALED) - 1, "its sender knows before it uploads"


@pytest.mark.parametrize("how", ["canceled", "printed"])
async def test_of_a_job_that_is_over_nothing_is_left_that_was_sealed(sites: Sites, how: str) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    if how == "printed":
        assert await sites.say(sites.first, order)
        await sites.stands(offer.job, JobStanding.COMPLETED, sites.first)
    else:
        await sites.sender.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=offer.job))
    async with sites.hub.units.reading() as unit:
        kept = (await unit.crossings.newest(sites.tenant, [JobId(offer.job)]))[JobId(offer.job)]
        assert not await unit.crossings.envelopes(sites.tenant, [kept.id])
    assert (kept.note, offer.note != "") == ("", True)
