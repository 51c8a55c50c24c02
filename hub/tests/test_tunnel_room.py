"""Room in the tunnel: how much may wait there, how long it is kept, and that its bytes go with it."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid

import pytest
from crossing_rig import SEALED, Sites, new_sites
from hub_rig import Bench, problem

from tympan_hub.domain.errors import NoRoom, Unavailable
from tympan_hub.domain.ids import JobId
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_wire.hub import CrossingCancel, CrossingState, JobStanding, Operation, Retry, UploadAbandon

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


async def test_more_than_may_wait_is_taken_later_and_what_is_too_large_never(sites: Sites) -> None:
    limits = TunnelLimits(jobs_most=1, bytes_most=len(SEALED))
    await sites.services.tunnel_limits.change(sites.tenant, sites.admin.actor, limits)
    first = await sites.offer()
    upload = await sites.upload("second")
    answer = await sites.sender.post(Operation.TUNNEL_OFFER, sites.offered(uuid.uuid4(), upload, sites.first))
    assert (answer.status_code, problem(answer).retry) == (503, Retry.LATER)
    assert int(answer.headers["Retry-After"]) > 0
    await sites.sender.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=first.job))
    taken = await sites.sender.ask(Operation.TUNNEL_OFFER, sites.offered(uuid.uuid4(), upload, sites.first))
    assert taken.state is CrossingState.WAITING
    large = sites.offered(uuid.uuid4(), await sites.upload("large", SEALED + b"x"), sites.first)
    answer = await sites.sender.post(Operation.TUNNEL_OFFER, large)
    assert (answer.status_code, problem(answer).retry) == (413, Retry.NEVER)


async def test_offers_that_come_at_once_have_no_more_room_than_there_is(sites: Sites) -> None:
    await sites.services.tunnel_limits.change(sites.tenant, sites.admin.actor, TunnelLimits(jobs_most=2))
    offers = []
    for _ in range(6):
        job = uuid.uuid4()
        await sites.stands(job, JobStanding.SENDING)
        offers.append(sites.offered(job, await sites.upload(f"tunnel {job}"), sites.first))
    bearer = sites.bearer(sites.sender)
    made = [sites.services.crossings.offer(bearer, offer) for offer in offers]
    told = await asyncio.gather(*made, return_exceptions=True)
    assert [isinstance(one, NoRoom) for one in told].count(True) == 4
    async with sites.hub.units.reading() as unit:
        assert (await unit.crossings.tally(sites.tenant)).count == 2


async def test_bytes_on_their_way_outlive_the_time_of_uploads_and_leave_nothing_behind(sites: Sites) -> None:
    limits = TunnelLimits(keep=dt.timedelta(days=14))
    await sites.services.tunnel_limits.change(sites.tenant, sites.admin.actor, limits)
    offer = await sites.offer()
    sites.hub.clock.forward(days=8)
    await sites.renewed()
    await sites.services.upload_clearance.tidy()
    assert await sites.kept(offer.upload), "a job that waits is nothing to be cleared"
    answer = await sites.sender.post(Operation.UPLOAD_ABANDON, UploadAbandon(upload=offer.upload))
    assert answer.status_code == 409
    await sites.beside(sites.first)
    assert await sites.say(sites.first, await sites.take(sites.first))
    await sites.stands(offer.job, JobStanding.COMPLETED, sites.first)
    await sites.services.upload_clearance.tidy()
    assert not await sites.kept(offer.upload)
    sites.hub.clock.forward(days=31)
    await sites.services.housekeeping.tidy()
    async with sites.hub.units.reading() as unit:
        assert not await unit.crossings.newest(sites.tenant, [JobId(offer.job)])


async def test_a_job_in_the_tunnel_outlives_the_time_its_tenant_keeps_jobs(sites: Sites) -> None:
    limits = TunnelLimits(keep=dt.timedelta(days=14))
    await sites.services.tunnel_limits.change(sites.tenant, sites.admin.actor, limits)
    await sites.services.keeping.change(sites.tenant, sites.admin.actor, jobs_days=1, titles_days=1)
    offer = await sites.offer()
    for days, there in ((2, True), (14, False)):
        sites.hub.clock.forward(days=days)
        await sites.renewed()
        await sites.services.failover.round()
        await sites.services.housekeeping.tidy()
        async with sites.hub.units.reading() as unit:
            assert bool(await unit.jobs.get(sites.tenant, JobId(offer.job))) is there


async def test_marked_bytes_of_a_hub_that_ended_meanwhile_go_with_the_next_clearance(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = await sites.offer()

    async def stopped(*_: object) -> None:
        raise Unavailable("the hub ends here")

    with monkeypatch.context() as patched:
        patched.setattr("tympan_hub.service.tunnel_ends.clear", stopped)
        answer = await sites.sender.post(Operation.TUNNEL_CANCEL, CrossingCancel(job=offer.job))
        assert answer.status_code == 503
    assert await sites.kept(offer.upload)
    await sites.services.upload_clearance.tidy()
    assert not await sites.kept(offer.upload)
    assert (await sites.standing(offer.job)).state is CrossingState.CANCELED
