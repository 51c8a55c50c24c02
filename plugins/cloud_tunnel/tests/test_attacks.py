"""A hub that lies: whatever it swaps, cuts, repeats or makes up, no page comes out that was not sent here, none twice,
and nobody gets a key whom this agent does not believe.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest
import trio
from both_ends import (
    BEGUN,
    CONTENT,
    SERVED,
    TENANT,
    WAITING,
    Hub,
    Receiving,
    Sending,
    live,
    reader,
    receiving,
    sending,
    until,
)

from tympan.plugin import Aborted, JobState, LostTrack, NewJob, Outcome, PrinterId
from tympan.testing import FakeAgentKeys, FakeDelivery, FakeHubDownloads
from tympan_cloud_tunnel._limits import LINGER_S
from tympan_relay import envelopes_for
from tympan_wire.hub import CrossingOrder, CrossingState, CrossingStep, EnvelopesWanted, MirroredJob
from tympan_wire.sealed import HEADER_BYTES, SEALED_CHUNK_BYTES, Recipient, sealed_size

pytestmark = pytest.mark.anyio
BEGIN, REFUSE, GIVE_BACK = CrossingStep.BEGIN, CrossingStep.REFUSE, CrossingStep.GIVE_BACK
LARGE = bytes(range(256)) * 1024
"""Some chunks."""


async def offered(home: Sending, nursery: trio.Nursery, content: bytes = LARGE) -> FakeDelivery:
    """A job that lies at the hub, and is followed."""
    delivery = home.delivery(content)
    nursery.start_soon(home.deliver, delivery)
    await until(lambda: delivery.job.uuid in home.hub.crossings)
    return delivery


async def answered(hub: Hub, near: Receiving, *steps: CrossingStep) -> None:
    """The receiving end says just this of what it is given."""
    near.look()
    await until(lambda: hub.steps(near.name))
    assert tuple(hub.steps(near.name)) == steps


async def nothing_comes_out(near: Receiving, job: uuid.UUID) -> None:
    """Not now, and not later."""
    await trio.sleep(2 * LINGER_S)
    found = near.found(job)
    assert found is None or found.state in (JobState.ABORTED, JobState.CANCELED)
    assert found is None or found.attempts == 0


def _cut(sealed: bytes) -> bytes:
    return sealed[: -len(sealed) // 3]


def _swapped_chunks(sealed: bytes) -> bytes:
    first, second = HEADER_BYTES, HEADER_BYTES + SEALED_CHUNK_BYTES
    end = second + SEALED_CHUNK_BYTES
    return sealed[:first] + sealed[second:end] + sealed[first:second] + sealed[end:]


def _flipped(sealed: bytes) -> bytes:
    return sealed[:5000] + bytes([sealed[5000] ^ 1]) + sealed[5001:]


def _longer(sealed: bytes) -> bytes:
    return sealed + sealed[-4096:]


@pytest.mark.parametrize(
    "spoil", [_cut, _swapped_chunks, _flipped, _longer], ids=["truncated", "reordered", "changed", "made longer"]
)
async def test_attack_a_document_that_the_hub_changed_is_refused(spoil: object) -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        reference = hub.crossings[job].offer.upload
        hub.bytes.uploads[reference] = spoil(hub.bytes.uploads[reference])  # type: ignore[operator]
        await answered(hub, near, REFUSE)
        assert (hub.crossings[job].state, hub.crossings[job].reason) == (CrossingState.ABORTED, "document-format-error")
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


async def test_attack_a_document_of_the_very_size_that_ends_early_and_goes_on_for_ever_is_refused() -> None:
    class Endless(FakeHubDownloads):
        """Says the right size, and never ends."""

        given = 0

        async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
            yield self.uploads[reference]
            while True:
                Endless.given += 1
                await trio.lowlevel.checkpoint()
                yield bytes(65_536)

    hub = Hub()
    near = receiving(hub)
    near.host.offered = [one for one in near.host.offered if not isinstance(one, FakeHubDownloads)]
    near.host.offered.append(Endless(hub.bytes.uploads))
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        await answered(hub, near, REFUSE)
        assert Endless.given == 1, "what follows the end is not read on"
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


async def test_attack_a_document_of_another_job_is_refused() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        one, other = (await offered(home, nursery)).job.uuid, (await offered(home, nursery)).job.uuid
        uploads, crossings = hub.bytes.uploads, hub.crossings
        uploads[crossings[one].offer.upload] = uploads[crossings[other].offer.upload]
        hub.ends(other, CrossingState.EXPIRED)
        await answered(hub, near, REFUSE)
        await nothing_comes_out(near, one)
        nursery.cancel_scope.cancel()


async def test_attack_the_blob_of_another_tenant_is_refused() -> None:
    hub, elsewhere = Hub(), Hub()
    near, stranger = receiving(hub), receiving(elsewhere, "stranger")
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        async with sending(elsewhere, stranger.reader) as other:
            foreign = (await offered(other, nursery)).job.uuid
        job = (await offered(home, nursery)).job.uuid
        theirs = elsewhere.crossings[foreign].offer
        hub.bytes.uploads[theirs.upload] = elsewhere.bytes.uploads[theirs.upload]

        def lie(order: CrossingOrder) -> CrossingOrder:
            return attrs.evolve(order, copy=attrs.evolve(order.copy, upload=theirs.upload, note=theirs.note))

        hub.order = lie
        await answered(hub, near, REFUSE)
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("part", ["envelope", "note"])
async def test_attack_the_envelope_or_note_of_another_job_is_refused(part: str) -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        one, other = (await offered(home, nursery)).job.uuid, (await offered(home, nursery)).job.uuid
        theirs = hub.crossings[other].offer
        hub.ends(other, CrossingState.EXPIRED)
        swapped: Any = {"envelope": theirs.envelopes[0].envelope, "note": theirs.note}[part]
        hub.order = lambda order: attrs.evolve(order, copy=attrs.evolve(order.copy, **{part: swapped}))
        await answered(hub, near, {"envelope": GIVE_BACK, "note": REFUSE}[part])
        await nothing_comes_out(near, one)
        nursery.cancel_scope.cancel()


async def test_attack_the_envelope_of_a_mirrored_job_opens_nothing_in_the_tunnel() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        delivery = await offered(home, nursery)
        job, key = delivery.job.uuid, delivery.document.key
        [mirror] = envelopes_for(key, [near.reader], document=job, context=b"tympan mirror " + TENANT.encode())
        hub.order = lambda order: attrs.evolve(order, copy=attrs.evolve(order.copy, envelope=mirror.envelope))
        await answered(hub, near, GIVE_BACK)
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


async def test_attack_the_envelope_of_another_tenant_opens_nothing() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        delivery = await offered(home, nursery)
        job = delivery.job.uuid
        [theirs] = envelopes_for(
            delivery.document.key, [near.reader], document=job, context=b"tympan tunnel another-tenant"
        )
        hub.order = lambda order: attrs.evolve(order, copy=attrs.evolve(order.copy, envelope=theirs.envelope))
        await answered(hub, near, GIVE_BACK)
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("envelope", ["", "%%%", base64.b64encode(bytes(1169)).decode()])
async def test_attack_an_order_without_a_good_envelope_is_given_back(envelope: str) -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        hub.order = lambda order: attrs.evolve(order, copy=attrs.evolve(order.copy, envelope=envelope))
        await answered(hub, near, GIVE_BACK)
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


async def test_attack_a_key_that_is_not_the_agents_own_gets_no_envelope_and_nothing_is_uploaded_for_it() -> None:
    hub, spy = Hub(), reader("near", Recipient.generate())
    near = receiving(hub)
    keys = FakeAgentKeys({"near": near.reader.recipient})
    async with sending(hub, spy, keys=keys) as home:
        found = await home.route.deliver(home.delivery())
        assert getattr(found, "reason", "") == "resources-are-not-ready"
        assert "near" in getattr(found, "detail", "")
        assert hub.bytes.uploads == {}


async def test_attack_a_reader_nobody_knows_is_left_out_and_the_others_get_theirs() -> None:
    hub = Hub()
    near = receiving(hub)
    keys = FakeAgentKeys({"near": near.reader.recipient})
    spy = reader("spy", Recipient.generate())
    async with sending(hub, spy, near.reader, keys=keys) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        assert [one.agent for one in hub.crossings[job].offer.envelopes] == ["near"]
        hub.crossings[job].missing = (spy, reader("near", Recipient.generate()))
        home.notice()
        await trio.sleep(60)
        assert [one.agent for offer in hub.offers for one in offer.envelopes] == ["near"]
        nursery.cancel_scope.cancel()


async def test_attack_whoever_has_a_key_passes_it_on_to_no_agent_it_does_not_believe() -> None:
    hub, late = Hub(), Recipient.generate()
    keys = FakeAgentKeys({"late": reader("late", late).recipient})
    near = receiving(hub, keys=keys)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        hub.order = lambda order: attrs.evolve(order, printer="nowhere")
        job = (await offered(home, nursery)).job.uuid
        envelope = hub.crossings[job].offer.envelopes[0].envelope
        spies = (reader("spy", Recipient.generate()), reader("late", Recipient.generate()))
        hub.wanted = (EnvelopesWanted(job=job, printer="far", envelope=envelope, missing=spies),)
        near.look()
        await trio.sleep(60)
        assert hub.helped == []
        assert [line for line, _ in near.host.logged].count("a waiting job's key is not passed on") == 1
        hub.wanted = (
            EnvelopesWanted(job=job, printer="far", envelope=envelope, missing=(*spies, reader("late", late))),
        )
        near.look()
        await until(lambda: hub.helped)
        assert [one.agent for one in hub.helped[0].envelopes] == ["late"]
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("printer", ["desk", "nowhere"])
async def test_attack_a_job_for_a_printer_that_is_not_served_here_is_given_back(printer: str) -> None:
    hub = Hub()
    own = attrs.evolve(SERVED, id=PrinterId("desk"), serves=False, offered=True)
    near = receiving(hub, "near", SERVED, own)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        hub.order = lambda order: attrs.evolve(order, printer=printer)
        await answered(hub, near, GIVE_BACK)
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


async def test_attack_a_job_sent_to_another_device_than_its_sender_chose_is_given_back() -> None:
    hub = Hub()
    lobby = attrs.evolve(SERVED, id=PrinterId("lobby"), name="Lobby")
    near = receiving(hub, "near", SERVED, lobby)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        hub.order = lambda order: attrs.evolve(order, printer="lobby")
        await answered(hub, near, GIVE_BACK)
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("older", [1, 7], ids=["an old fence", "a fence of the future"])
async def test_attack_an_answer_under_another_fence_lets_nothing_go(older: int) -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        hub.crossings[job].fence = 4
        hub.answer = lambda answer: attrs.evolve(answer, fence=older, taken=True)
        await answered(hub, near, BEGIN)
        hub.crossings[job].state = WAITING
        hub.crossings[job].avoided.add("near")
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


async def test_attack_an_answer_for_another_crossing_lets_nothing_go() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        hub.answer = lambda answer: attrs.evolve(answer, id=uuid.uuid4(), taken=True)
        await answered(hub, near, BEGIN)
        hub.crossings[job].state = WAITING
        hub.crossings[job].avoided.add("near")
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


async def test_attack_a_job_that_came_out_here_is_not_begun_again_however_often_it_is_ordered() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        near.look()
        await near.state(job, JobState.QUEUED)
        near.prints(job)
        hub.ends(job, WAITING, holder="")
        hub.words.clear()
        await answered(hub, near, GIVE_BACK)
        assert near.host.jobs.known(job).state is JobState.COMPLETED
        nursery.cancel_scope.cancel()


async def test_attack_a_job_of_this_very_computer_is_not_let_go_by_an_order_for_it() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        intake = near.host.jobs.open(NewJob(printer=PrinterId("far"), user="ben", hold="indefinite"))
        await intake.write(b"%PDF my own")
        mine = (await intake.commit()).uuid
        await offered(home, nursery)
        hub.order = lambda order: attrs.evolve(order, job=mine)
        await answered(hub, near, GIVE_BACK)
        assert near.host.jobs.known(mine).state is JobState.HELD
        nursery.cancel_scope.cancel()


async def test_attack_a_hub_that_denies_a_job_it_called_begun_gets_it_no_second_time() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        ends: list[Outcome] = []
        delivery = home.delivery()
        job = delivery.job.uuid

        async def deliver() -> None:
            ends.append(await home.deliver(delivery))

        nursery.start_soon(deliver)
        await until(lambda: job in hub.crossings)
        hub.ends(job, BEGUN, holder="near")
        await until(lambda: delivery.job.state is JobState.PRINTING)
        del hub.crossings[job]
        await until(lambda: ends)
        assert isinstance(ends[0], LostTrack)
        assert len(hub.offers) == 1


async def test_attack_a_standing_of_another_job_is_no_answer() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        delivery = await offered(home, nursery)
        hub.standing = lambda one: attrs.evolve(one, job=uuid.uuid4(), state=CrossingState.COMPLETED)
        await trio.sleep(300)
        assert delivery.job.state is JobState.SENDING
        nursery.cancel_scope.cancel()


async def test_attack_a_size_that_is_not_the_documents_is_refused_before_it_is_fetched() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid

        def lie(order: CrossingOrder) -> CrossingOrder:
            huge = MirroredJob(
                upload=order.copy.upload, size=sealed_size(1 << 40), envelope=order.copy.envelope, note=order.copy.note
            )
            return attrs.evolve(order, copy=huge)

        hub.order = lie
        await answered(hub, near, REFUSE)
        await nothing_comes_out(near, job)
        nursery.cancel_scope.cancel()


async def test_attack_a_very_long_name_of_an_owner_does_not_fill_what_is_kept_of_jobs() -> None:
    hub = Hub()
    near = receiving(hub)
    hub.order = lambda order: attrs.evolve(order, by="\N{GRINNING FACE}" * 1_000)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = (await offered(home, nursery)).job.uuid
        near.look()
        await near.state(job, JobState.QUEUED)
        assert len(near.host.state.values["crossings"]) < 1_000
        nursery.cancel_scope.cancel()


async def test_a_refusal_of_the_receiving_end_is_told_at_the_sending_end() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        ends: list[Outcome] = []
        delivery = home.delivery(CONTENT)

        async def deliver() -> None:
            ends.append(await home.deliver(delivery))

        nursery.start_soon(deliver)
        await until(lambda: delivery.job.uuid in hub.crossings)
        hub.bytes.uploads[hub.crossings[delivery.job.uuid].offer.upload] += b"x"
        near.look()
        await until(lambda: ends)
        [end] = ends
        assert isinstance(end, Aborted)
        assert end.reason == "document-format-error"
