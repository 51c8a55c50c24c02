"""The tunnel at the hub: offered, leased, begun by one agent alone, ended by its reports, and erased."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Iterator

import attrs
import pytest
from crossing_rig import KEY, NOTE, SEALED, Sites, new_sites
from hub_rig import AgentKey, Bench, RemoteAgent, problem

from tympan_hub.domain.errors import NoRoom, Unavailable
from tympan_hub.domain.ids import SERVICE, AgentId, JobId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.service.notices import Stream
from tympan_wire.hub import (
    CancelJob,
    CrossingCancel,
    CrossingEnvelopes,
    CrossingState,
    CrossingStep,
    JobStanding,
    MirrorEnvelope,
    Operation,
    Retry,
    StoryLine,
    UploadAbandon,
)

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


async def test_a_job_may_be_sent_before_it_is_reported_and_is_taken_once_it_is(sites: Sites) -> None:
    job = uuid.uuid4()
    stream = sites.connect(sites.first)
    offer = sites.offered(job, await sites.upload("early"), sites.first)
    assert (await sites.sender.ask(Operation.TUNNEL_OFFER, offer)).state is CrossingState.WAITING
    assert not (await sites.look(sites.first)).orders
    lines = stream.lines()
    assert [b"tunnel" in await anext(lines) for _ in range(2)] == [False, True]
    await sites.stands(job, JobStanding.SENDING)
    assert b"tunnel" in await anext(lines), "it is told once more"
    assert (await sites.take(sites.first)).job == job


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


async def test_a_job_whose_last_reader_was_revoked_tells_its_sender_who_lacks_an_envelope(sites: Sites) -> None:
    offer = await sites.offer(sites.first)
    await sites.services.agents.revoke(sites.tenant, sites.admin.actor, AgentId(sites.first.id))
    told = await sites.standing(offer.job)
    assert (told.state, [reader.agent for reader in told.missing]) == (CrossingState.WAITING, [sites.second.id])
    sites.hub.clock.forward(hours=24)
    await sites.sender.renew()
    await sites.services.failover.round()
    assert (await sites.standing(offer.job)).state is CrossingState.EXPIRED, "without a sender it expires"


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


async def test_a_job_its_sender_ended_before_anybody_began_is_printed_by_nobody(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    await sites.stands(offer.job, JobStanding.CANCELED)
    assert not await sites.say(sites.first, order)
    assert (await sites.standing(offer.job)).state is CrossingState.CANCELED


@pytest.mark.parametrize("standing", [JobStanding.COMPLETED, JobStanding.CANCELED, JobStanding.ABORTED])
async def test_an_offer_that_comes_late_of_a_job_that_is_over_is_printed_by_nobody(
    sites: Sites, standing: JobStanding
) -> None:
    job, upload = uuid.uuid4(), await sites.upload("late")
    await sites.stands(job, JobStanding.SENDING)
    await sites.stands(job, standing)
    answer = await sites.sender.post(Operation.TUNNEL_OFFER, sites.offered(job, upload, sites.first))
    assert answer.status_code == 409, "it went straight to its device before its offer came"
    assert not (await sites.look(sites.first)).orders


async def test_what_others_say_of_a_job_that_an_agent_began_is_passed_over(sites: Sites) -> None:
    offer = await sites.offer()
    await sites.stands(offer.job, JobStanding.HELD, sites.second)
    order = await sites.take(sites.first)
    await sites.stands(offer.job, JobStanding.HELD, sites.first)
    assert await sites.say(sites.first, order)
    await sites.stands(offer.job, JobStanding.PRINTING, sites.first)
    await sites.stands(offer.job, JobStanding.CANCELED, sites.second)
    await sites.stands(offer.job, JobStanding.UNKNOWN)
    job = await sites.services.jobs.get(sites.tenant, sites.admin, offer.job)
    assert (job.agent, job.standing) == (sites.first.id, Standing.PRINTING)
    assert (await sites.standing(offer.job)).state is CrossingState.BEGUN


async def test_a_late_report_of_a_copy_erased_before_the_beginning_ends_nothing(sites: Sites) -> None:
    offer = await sites.offer(sites.first)
    order = await sites.take(sites.first)
    erased_at = sites.hub.clock.now()
    held = (StoryLine(at=erased_at, what="held", standing=JobStanding.HELD),)
    sites.hub.clock.forward(seconds=5)
    assert await sites.say(sites.first, order)
    for standing in (JobStanding.CANCELED, JobStanding.EXPIRED, JobStanding.ABORTED):
        await sites.stands(offer.job, standing, sites.first, ended_at=erased_at, story=held)
        assert (await sites.standing(offer.job)).state is CrossingState.BEGUN
        job = await sites.services.jobs.get(sites.tenant, sites.admin, offer.job)
        assert job.standing is Standing.SENDING, "its row does not say that it is over either"
    await sites.stands(offer.job, JobStanding.COMPLETED, sites.first)
    assert (await sites.standing(offer.job)).state is CrossingState.COMPLETED


@pytest.mark.parametrize("let_go", [True, False])
async def test_the_end_of_what_was_begun_counts_whatever_clock_its_agent_has(sites: Sites, let_go: bool) -> None:
    offer = await sites.offer(sites.first)
    order = await sites.take(sites.first)
    sites.hub.clock.forward(seconds=5)
    assert await sites.say(sites.first, order)
    at = sites.hub.clock.now() + dt.timedelta(seconds=-4000 if let_go else 1)
    story = (StoryLine(at=at, what="released", standing=JobStanding.QUEUED if let_go else JobStanding.HELD),)
    await sites.stands(offer.job, JobStanding.CANCELED, sites.first, ended_at=at, story=story)
    assert (await sites.standing(offer.job)).state is CrossingState.CANCELED


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


async def told(stream: Stream) -> int:
    """How often an agent was told to look at the tunnel since it was asked last."""
    lines, many = stream.lines(), 0
    while not stream._lines.empty():
        many += b"tunnel" in await anext(lines)
    return many
