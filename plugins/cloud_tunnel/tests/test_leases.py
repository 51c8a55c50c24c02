"""The receiving end's leases: kept, lost and taken again, and what came of documents meanwhile."""

from __future__ import annotations

import uuid

import attrs
import pytest
import trio
from both_ends import (
    BEGUN,
    SERVED,
    TAKEN,
    WAITING,
    Away,
    Hub,
    live,
    offered,
    receiving,
    sending,
    under_way,
    until,
)
from slow_link import slow

from tympan.plugin import DeviceSnapshot, Jobs, JobState, Membership
from tympan_cloud_tunnel._gate import TunnelGate
from tympan_cloud_tunnel._limits import LINGER_S, LOOK_MOST_S, ROOM
from tympan_relay import ForeignJobs, _copies
from tympan_wire.hub import CrossingState, CrossingStep

pytestmark = pytest.mark.anyio
BEGIN, GIVE_BACK = CrossingStep.BEGIN, CrossingStep.GIVE_BACK


async def test_while_a_document_comes_its_lease_is_kept_by_every_look() -> None:
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    async with under_way(hub, near) as job:
        near.look()
        await link.begun.wait()
        before = len(hub.looks)
        await trio.sleep(60)
        kept = [asked for _, asked in hub.looks[before:]]
        assert len(kept) >= 60 / 9, "a lease lasts nine seconds"
        assert all([one.id for one in asked.held] == [hub.crossings[job].id] for asked in kept)
        link.go.set()
        await near.state(job, JobState.QUEUED)


async def test_a_job_that_came_and_was_let_go_costs_no_look_that_brings_nothing() -> None:
    hub = Hub()
    near = receiving(hub)
    async with under_way(hub, near) as job:
        await until(lambda: hub.looks)
        before = len(hub.looks)
        near.look()
        await near.state(job, JobState.QUEUED)
        await trio.sleep(2 * LOOK_MOST_S)
        assert len(hub.looks) == before + 1


async def test_a_lease_lost_while_the_document_comes_ends_the_work_and_nothing_is_begun() -> None:
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    async with under_way(hub, near) as job:
        near.look()
        await link.begun.wait()
        hub.ends(job, TAKEN, holder="another", fence=9)
        before = len(hub.looks)
        await until(lambda: len(hub.looks) > before + 1 and hub.looks[-1][1].held == ())
        link.go.set()
        await trio.sleep(2 * LINGER_S)
        assert hub.steps("near") == []
        found = near.found(job)
        assert found is None or found.state is JobState.ABORTED


async def test_a_receiving_end_that_wakes_up_late_and_asks_under_an_old_fence_prints_nothing() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        hub.deaf.add("near")
        job = await offered(home, nursery)
        hub.deaf.clear()
        link = slow(near, hub)
        near.look()
        await link.begun.wait()
        hub.away = Away("the network is cut")
        link.go.set()
        await near.state(job, JobState.HELD)
        hub.ends(job, BEGUN, holder="another", fence=9)
        await trio.sleep(60)
        hub.away = None
        await until(lambda: hub.steps("near") == [BEGIN])
        await trio.sleep(60)
        assert near.host.jobs.known(job).state is JobState.HELD
        await trio.sleep(LINGER_S)
        assert near.host.jobs.known(job).state is JobState.CANCELED
        nursery.cancel_scope.cancel()


async def test_a_job_that_comes_again_after_its_lease_was_lost_is_not_fetched_twice() -> None:
    hub = Hub()
    near = receiving(hub)
    async with under_way(hub, near) as job:
        hub.answer = lambda answer: attrs.evolve(answer, taken=False)
        near.look()
        await until(lambda: hub.steps("near") == [BEGIN])
        await near.state(job, JobState.HELD)
        hub.answer = lambda answer: answer
        reference = hub.crossings[job].offer.upload
        hub.bytes.uploads[reference] = bytes(len(hub.bytes.uploads[reference]))
        hub.lapse(job)
        near.look()
        await near.state(job, JobState.QUEUED)


async def test_what_came_is_kept_while_the_hub_is_away_and_goes_on_once_it_is_given_again() -> None:
    hub = Hub()
    near = receiving(hub)
    async with under_way(hub, near) as job:
        hub.answer = lambda answer: attrs.evolve(answer, taken=False)
        near.look()
        await until(lambda: hub.steps("near") == [BEGIN])
        await near.state(job, JobState.HELD)
        hub.answer, hub.away = lambda answer: answer, Away("the network is cut")
        await trio.sleep(3 * LINGER_S)
        assert near.host.jobs.known(job).state is JobState.HELD, "nobody could give it to this agent again"
        hub.away = None
        hub.lapse(job)
        near.look()
        await near.state(job, JobState.QUEUED)


async def test_a_job_that_was_erased_here_is_taken_in_again_when_the_other_receiver_dies() -> None:
    hub = Hub()
    near = receiving(hub)
    async with under_way(hub, near) as job:
        hub.answer = lambda answer: attrs.evolve(answer, taken=False)
        near.look()
        await until(lambda: hub.steps("near") == [BEGIN])
        hub.ends(job, TAKEN, holder="another", fence=9)
        await near.state(job, JobState.HELD)
        await trio.sleep(2 * LINGER_S)
        assert near.host.jobs.known(job).state is JobState.CANCELED
        hub.answer = lambda answer: answer
        hub.lapse(job)
        near.look()
        await near.state(job, JobState.QUEUED)
        assert hub.steps("near") == [BEGIN, BEGIN]


async def test_no_more_is_taken_at_once_than_there_is_room_for() -> None:
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        jobs = [await offered(home, nursery) for _ in range(ROOM + 2)]
        near.look()
        await trio.sleep(60)
        assert [hub.crossings[job].state for job in jobs].count(TAKEN) == ROOM
        link.go.set()
        for job in jobs:
            await near.state(job, JobState.QUEUED)
        nursery.cancel_scope.cancel()


async def test_a_job_for_a_device_that_does_not_answer_here_is_given_back_before_anything_is_fetched() -> None:
    hub = Hub()
    near = receiving(hub)
    near.host.printers.observe(SERVED.id, DeviceSnapshot(reachable=False, observed_at=near.host.now()))
    async with under_way(hub, near) as job:
        near.look()
        await until(lambda: hub.steps("near") == [GIVE_BACK])
        assert hub.words[0][1].reason == "offline-report"
        assert near.found(job) is None


async def test_a_large_document_that_was_cut_off_is_gone_on_with_by_the_next_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_copies, "RESUMED_BYTES", 1)
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    large = bytes(range(256)) * 2_048
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery, large)
        async with live(near):
            near.look()
            await link.begun.wait()
            await trio.sleep(5)
        hub.lapse(job)
        link.go.set()
        near.gate = TunnelGate()
        near.host.ready_event = trio.Event()
        async with live(near):
            near.look()
            await near.state(job, JobState.QUEUED)
        assert link.starts[0] == 0
        assert link.starts[1] > 0, "what was here is not fetched again"
        assert near.host.jobs.contents[job] == large
        nursery.cancel_scope.cancel()


async def test_what_this_computers_disk_spoiled_of_a_large_document_is_fetched_anew_and_refuses_the_job_to_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_copies, "RESUMED_BYTES", 1)
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    large = bytes(range(256)) * 2_048
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery, large)
        async with live(near):
            near.look()
            await link.begun.wait()
            await trio.sleep(5)
        [half] = list((await near.host.folder()).rglob("*.part"))
        half.write_bytes(bytes(half.stat().st_size))
        hub.lapse(job)
        link.go.set()
        near.gate, near.host.ready_event = TunnelGate(), trio.Event()
        async with live(near):
            near.look()
            await near.state(job, JobState.QUEUED)
        assert hub.steps("near") == [BEGIN]
        assert near.host.jobs.contents[job] == large
        nursery.cancel_scope.cancel()


async def test_a_whole_copy_that_this_computers_disk_spoiled_is_given_back_and_not_refused_for_everybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_copies, "RESUMED_BYTES", 1)
    hub = Hub()
    near = receiving(hub)
    add = ForeignJobs.add

    async def spoiled(foreign: ForeignJobs, job: uuid.UUID, jobs: Jobs) -> None:
        [whole] = list((await near.host.folder()).rglob("*.sealed"))
        whole.write_bytes(bytes(whole.stat().st_size))
        await add(foreign, job, jobs)

    monkeypatch.setattr(ForeignJobs, "add", spoiled)
    async with under_way(hub, near, bytes(range(256)) * 2_048) as job:
        near.look()
        await until(lambda: hub.steps("near") == [GIVE_BACK])
        monkeypatch.undo()
        hub.crossings[job].avoided.clear()
        near.look()
        await near.state(job, JobState.QUEUED)


async def test_what_came_of_a_large_document_whose_lease_was_lost_is_erased_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_copies, "RESUMED_BYTES", 1)
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    async with under_way(hub, near, bytes(range(256)) * 2_048) as job:
        near.look()
        await link.begun.wait()
        await trio.sleep(5)
        hub.ends(job, TAKEN, holder="another", fence=9)
        folder = await near.host.folder()
        await until(lambda: [path for path in folder.rglob("*") if path.is_file()])
        await trio.sleep(2 * LINGER_S)
        assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_a_computer_that_leaves_its_hub_fetches_nothing_more_and_keeps_nothing_unbegun() -> None:
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    async with under_way(hub, near) as job:
        near.look()
        await link.begun.wait()
        [membership] = near.host.ports(Membership)  # type: ignore[type-abstract]
        await membership.leave()
        link.go.set()
        before = len(hub.looks)
        await trio.sleep(2 * LINGER_S)
        assert len(hub.looks) == before
        found = near.found(job)
        assert found is None or found.state in (JobState.ABORTED, JobState.CANCELED)
        assert hub.crossings[job].state in (WAITING, TAKEN, CrossingState.EXPIRED)
