"""Attacks on the tunnel at the hub: by agents that may be in it, and by those of another tenant."""

from __future__ import annotations

import base64
import uuid

import attrs
import pytest
from crossing_rig import FAR, KEY, SEALED, Sites, new_sites
from hub_rig import Bench, problem

from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import SERVICE, AgentId
from tympan_hub.domain.limits.pull import ENVELOPE_BYTES, NOTE_BYTES, READERS
from tympan_hub.domain.limits.tunnel import HELD_MOST, STANDINGS_ASKED
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import TUNNEL_RECEIVE, TUNNEL_SEND, Verdict
from tympan_hub.domain.tunnel_use import TunnelChoice
from tympan_wire.hub import (
    CrossingCancel,
    CrossingEnvelopes,
    CrossingHeld,
    CrossingsQuestion,
    CrossingState,
    CrossingStep,
    CrossingWord,
    CrossingWords,
    JobStanding,
    MirrorEnvelope,
    Operation,
    TunnelRequest,
    UploadRequest,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


@pytest.mark.parametrize("step", list(CrossingStep))
async def test_a_word_under_an_old_fence_does_not_count(sites: Sites, step: CrossingStep) -> None:
    offer = await sites.offer()
    stale = await sites.take(sites.first)
    await sites.later(9)
    order = await sites.take(sites.second)
    assert not await sites.say(sites.first, stale, step)
    assert not await sites.say(sites.second, stale, step), "nor under one that was another's"
    assert await sites.say(sites.second, order)
    assert (await sites.standing(offer.job)).by == "office-2"


async def test_a_fenced_out_agents_late_begin_is_refused_also_when_the_next_one_gave_the_job_back(sites: Sites) -> None:
    await sites.offer()
    stale = await sites.take(sites.first)
    await sites.later(9)
    order = await sites.take(sites.second)
    assert await sites.say(sites.second, order, CrossingStep.GIVE_BACK)
    assert not await sites.say(sites.first, stale)
    assert (await sites.look(sites.first, stale, room=0)).gone == (stale.id,)


async def test_a_begin_under_a_guessed_fence_does_not_count(sites: Sites) -> None:
    await sites.offer()
    order = await sites.take(sites.first)
    for fence in (-1, 0, 2, 1 << 62):
        assert not await sites.say(sites.second, attrs.evolve(order, fence=fence))
        assert not await sites.say(sites.first, attrs.evolve(order, fence=fence))
    assert not await sites.say(sites.second, order), "the lease is the other one's"


async def test_an_agent_that_gave_a_job_back_cannot_begin_it_after_all(sites: Sites) -> None:
    await sites.offer()
    order = await sites.take(sites.first)
    assert await sites.say(sites.first, order, CrossingStep.GIVE_BACK)
    assert not await sites.say(sites.first, order)


async def test_an_agent_that_began_cannot_hand_a_job_that_may_be_printed_to_another_one(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    assert await sites.say(sites.first, order)
    assert not await sites.say(sites.first, order, CrossingStep.GIVE_BACK)
    assert await sites.say(sites.first, order, CrossingStep.REFUSE), "it knows nothing of it any more"
    assert (await sites.standing(offer.job)).state is CrossingState.LOST, "a person decides"
    await sites.later(60)
    assert not (await sites.look(sites.second)).orders


async def test_another_tenants_crossing_does_not_exist(sites: Sites) -> None:
    offer = await sites.offer()
    order = await sites.take(sites.first)
    foreign = await sites.hub.agent(await sites.hub.tenant("Other"), "spy")
    assert not await sites.say(foreign, order)
    assert (await sites.look(foreign, order)).gone == (order.id,)
    asked = await foreign.ask(Operation.TUNNEL_STANDINGS, CrossingsQuestion(jobs=(offer.job,)))
    assert [one.state for one in asked.standings] == [CrossingState.ABSENT]
    told = await foreign.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=offer.job))
    assert told.state is CrossingState.ABSENT
    made = CrossingEnvelopes(job=offer.job, envelopes=(MirrorEnvelope(agent=foreign.id, envelope=KEY),))
    assert (await foreign.post(Operation.TUNNEL_ENVELOPES, made)).status_code == 404
    assert await sites.say(sites.first, order), "nothing of it changed"


async def test_another_tenants_blob_is_not_told_from_one_there_is_not(sites: Sites) -> None:
    offer = await sites.offer()
    await sites.take(sites.first)
    foreign = await sites.hub.agent(await sites.hub.tenant("Other"), "spy")
    answers = [await sites.read(foreign, upload) for upload in (offer.upload, "0" * 32, "no-id")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[1].content)}


async def test_an_agent_without_an_envelope_or_a_lease_reads_no_byte(sites: Sites) -> None:
    offer = await sites.offer(sites.first)
    assert (await sites.read(sites.second, offer.upload)).status_code == 404
    assert (await sites.read(sites.first, offer.upload)).status_code == 404, "an envelope alone is no lease"
    assert (await sites.read(sites.sender, offer.upload)).status_code == 404
    await sites.take(sites.first)
    assert (await sites.read(sites.first, offer.upload)).status_code == 206
    assert (await sites.read(sites.second, offer.upload)).status_code == 404


async def test_a_fenced_out_agent_reads_no_byte_any_more(sites: Sites) -> None:
    offer = await sites.offer()
    await sites.take(sites.first)
    await sites.later(9)
    await sites.take(sites.second)
    assert (await sites.read(sites.first, offer.upload)).status_code == 404
    assert (await sites.read(sites.second, offer.upload)).status_code == 206


async def test_a_repeated_offer_with_other_bytes_is_refused(sites: Sites) -> None:
    offer = await sites.offer()
    other = await sites.upload("other", SEALED[::-1])
    answer = await sites.sender.post(Operation.TUNNEL_OFFER, attrs.evolve(offer, upload=other))
    assert answer.status_code == 409, problem(answer)
    assert (await sites.take(sites.first)).copy.upload == offer.upload


async def test_a_repeated_offer_changes_neither_note_nor_envelopes_there_are(sites: Sites) -> None:
    offer = await sites.offer()
    forged = base64.b64encode(b"forged").decode()
    envelopes = tuple(attrs.evolve(each, envelope=forged) for each in offer.envelopes)
    await sites.sender.ask(Operation.TUNNEL_OFFER, attrs.evolve(offer, note=forged, envelopes=envelopes))
    copy = (await sites.take(sites.first)).copy
    assert forged not in (copy.note, copy.envelope)


@pytest.mark.parametrize("wrong", ["printer", "upload", "unfinished", "job", "direct"])
async def test_what_is_offered_belongs_to_who_offers_it(sites: Sites, wrong: str) -> None:
    job, upload, printer = uuid.uuid4(), await sites.upload("mine"), FAR
    match wrong:
        case "printer":
            other = await sites.hub.tenant("Other")
            theirs = (await sites.hub.person(other)).actor
            made = await sites.services.printers.add(other, theirs, name="Theirs", uri="ipp://their.example/ipp")
            printer = made.id
        case "upload":
            upload = await sites.upload("theirs", agent=sites.first)
        case "unfinished":
            wanted = UploadRequest(name="half", size=9, part_bytes=1 << 16, user="ada")
            upload = (await sites.services.uploads.begin(sites.bearer(sites.sender).uploader, wanted)).upload
        case "job":
            await sites.stands(job, JobStanding.HELD, sites.second)
        case "direct":
            await sites.services.tunnel_use.choose(sites.tenant, sites.admin.actor, FAR, TunnelChoice())
    offer = attrs.evolve(sites.offered(job, upload, sites.first), printer=printer)
    answer = await sites.sender.post(Operation.TUNNEL_OFFER, offer)
    status = {"printer": 404, "upload": 404, "unfinished": 404, "job": 409, "direct": 403}
    assert answer.status_code == status[wrong], problem(answer)


async def test_another_agents_job_cannot_be_offered_in_its_place(sites: Sites) -> None:
    offer = await sites.offer()
    stolen = sites.offered(offer.job, await sites.upload("other", agent=sites.second), sites.second)
    assert (await sites.second.post(Operation.TUNNEL_OFFER, stolen)).status_code == 409
    told = await sites.second.ask(Operation.TUNNEL_CANCEL, CrossingCancel(job=offer.job))
    assert told.state is CrossingState.ABSENT, "nor canceled"
    assert (await sites.standing(offer.job)).state is CrossingState.WAITING


async def test_a_job_that_turns_out_to_be_another_agents_is_given_to_nobody(sites: Sites) -> None:
    """Whoever guesses the id of a job offers it before its own agent reported it."""
    job = uuid.uuid4()
    await sites.sender.ask(Operation.TUNNEL_OFFER, sites.offered(job, await sites.upload("early"), sites.first))
    await sites.stands(job, JobStanding.HELD, sites.second)
    assert not (await sites.look(sites.first)).orders
    known = await sites.services.jobs.get(sites.tenant, sites.admin, job)
    assert known.agent == sites.second.id


async def test_envelopes_for_agents_that_may_not_print_there_are_not_taken(sites: Sites) -> None:
    stranger = await sites.hub.agent(sites.tenant, "stranger")
    foreign = await sites.hub.agent(await sites.hub.tenant("Other"), "spy")
    offer = await sites.offer(sites.first, stranger, foreign)
    assert not (await sites.look(stranger)).orders
    made = CrossingEnvelopes(job=offer.job, envelopes=(MirrorEnvelope(agent=stranger.id, envelope=KEY),))
    await sites.first.ask(Operation.TUNNEL_ENVELOPES, made)
    assert not (await sites.look(stranger)).orders
    assert [reader.agent for reader in (await sites.standing(offer.job)).missing] == [sites.second.id]


async def test_an_agent_without_the_key_makes_no_envelopes(sites: Sites) -> None:
    offer = await sites.offer(sites.first)
    made = CrossingEnvelopes(job=offer.job, envelopes=(MirrorEnvelope(agent=sites.second.id, envelope=KEY),))
    assert (await sites.second.post(Operation.TUNNEL_ENVELOPES, made)).status_code == 404
    assert not (await sites.look(sites.second)).orders


async def test_an_envelope_there_is_cannot_be_replaced_by_another_agent(sites: Sites) -> None:
    offer = await sites.offer()
    forged = base64.b64encode(b"forged").decode()
    made = CrossingEnvelopes(job=offer.job, envelopes=(MirrorEnvelope(agent=sites.second.id, envelope=forged),))
    await sites.first.ask(Operation.TUNNEL_ENVELOPES, made)
    assert (await sites.take(sites.second)).copy.envelope == KEY


@pytest.mark.parametrize("scope", ["service owner", "tenant", "group"])
async def test_whom_policy_keeps_from_it_is_given_nothing_although_it_has_an_envelope(sites: Sites, scope: str) -> None:
    await sites.offer()
    switch = sites.services.policy.switch
    if scope == "service owner":
        await switch(SERVICE, CONSOLE, TUNNEL_RECEIVE, Verdict.OFF)
    else:
        await switch(SERVICE, CONSOLE, TUNNEL_RECEIVE, Verdict.USER)
        group: Group | None = None
        if scope == "group":
            group = await sites.services.groups.add(sites.tenant, sites.admin.actor, name="Kept out")
            await sites.services.groups.join_agent(sites.tenant, sites.admin.actor, group.id, AgentId(sites.first.id))
        out = group.id if group else None
        await switch(sites.tenant, sites.admin.actor, TUNNEL_RECEIVE, Verdict.OFF, group=out)
        await sites.first.desired()
    assert not (await sites.look(sites.first)).orders


async def test_an_agent_sends_nothing_once_the_service_owner_switched_the_tunnel_off(sites: Sites) -> None:
    offer = sites.offered(uuid.uuid4(), await sites.upload("more"), sites.first)
    await sites.services.policy.switch(SERVICE, CONSOLE, TUNNEL_SEND, Verdict.OFF)
    assert (await sites.sender.post(Operation.TUNNEL_OFFER, offer)).status_code == 403


async def test_more_than_anybody_needs_is_refused_whole(sites: Sites) -> None:
    many = tuple(CrossingHeld(id=uuid.uuid4(), fence=1) for _ in range(HELD_MOST + 1))
    assert (await sites.first.post(Operation.TUNNEL, TunnelRequest(held=many))).status_code == 400
    words = tuple(CrossingWord(id=one.id, fence=1, step=CrossingStep.BEGIN) for one in many)
    assert (await sites.first.post(Operation.TUNNEL_WORDS, CrossingWords(words=words))).status_code == 400
    jobs = tuple(uuid.uuid4() for _ in range(STANDINGS_ASKED + 1))
    assert (await sites.sender.post(Operation.TUNNEL_STANDINGS, CrossingsQuestion(jobs=jobs))).status_code == 400
    offer = sites.offered(uuid.uuid4(), await sites.upload("mine"))
    wide = MirrorEnvelope(agent=sites.first.id, envelope="A" * (ENVELOPE_BYTES + 4))
    for wrong in (
        attrs.evolve(offer, note="A" * (NOTE_BYTES + 4)),
        attrs.evolve(offer, note="no base64!"),
        attrs.evolve(offer, envelopes=(wide,)),
        attrs.evolve(offer, envelopes=(MirrorEnvelope(agent=sites.first.id, envelope=KEY),) * (READERS + 1)),
    ):
        assert (await sites.sender.post(Operation.TUNNEL_OFFER, wrong)).status_code == 400
    assert not (await sites.look(sites.first, room=1 << 40)).orders
    assert not (await sites.look(sites.first, room=-1)).orders


async def test_an_agent_that_was_given_up_for_lost_and_asks_to_begin_once_more_may_not(sites: Sites) -> None:
    """Its answer was lost a day ago, and a person was told to decide: who printed it again has it once."""
    offer = await sites.offer()
    order = await sites.take(sites.first)
    assert await sites.say(sites.first, order)
    sites.hub.clock.forward(hours=25)
    await sites.services.failover.settle()
    await sites.renewed()
    assert (await sites.standing(offer.job)).state is CrossingState.LOST
    assert not await sites.say(sites.first, order)
    await sites.stands(offer.job, JobStanding.CANCELED, sites.first)
    assert (await sites.standing(offer.job)).state is CrossingState.CANCELED, "it says that it printed nothing"
