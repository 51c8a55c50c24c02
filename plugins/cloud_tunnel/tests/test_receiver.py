"""The receiving end: leases kept, lost and taken again, permits written down before anything goes, all of it erased."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import attrs
import pytest
import trio
from both_ends import (
    BEGUN,
    CONTENT,
    SERVED,
    TAKEN,
    WAITING,
    Away,
    Hub,
    Receiving,
    Sending,
    live,
    receiving,
    sending,
    until,
)

from tympan.plugin import DeviceSnapshot, Go, Hold, Jobs, JobState, JobStep, Membership, NewJob, PrinterId, StoreFull
from tympan.testing import FakeHubDownloads, FakeKeyValue
from tympan_cloud_tunnel._gate import TunnelGate
from tympan_cloud_tunnel._ledger import Ledger
from tympan_cloud_tunnel._limits import DONE_KEPT, FORGOTTEN_S, LEDGER_MOST, LINGER_S, ROOM
from tympan_cloud_tunnel._model import Entry
from tympan_relay import ForeignJobs, _copies
from tympan_relay._limits import LOOK_EVERY_S, LOOKS_AT_ONCE
from tympan_wire.hub import CrossingAnswer, CrossingState, CrossingStep

pytestmark = pytest.mark.anyio
BEGIN, GIVE_BACK = CrossingStep.BEGIN, CrossingStep.GIVE_BACK


async def offered(home: Sending, nursery: trio.Nursery, content: bytes = CONTENT) -> uuid.UUID:
    delivery = home.delivery(content)
    nursery.start_soon(home.deliver, delivery)
    await until(lambda: delivery.job.uuid in home.hub.crossings)
    return delivery.job.uuid


def entry(number: int, **fields: object) -> Entry:
    return Entry(**{"id": uuid.UUID(int=number), "fence": 1, "job": uuid.UUID(int=number), "printer": "far", **fields})  # type: ignore[arg-type]


class Slow(FakeHubDownloads):
    """A link that gives when the test lets it."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub.bytes.uploads)
        self.go = trio.Event()
        self.begun = trio.Event()
        self.starts: list[int] = []

    async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        self.starts.append(start)
        self.begun.set()
        content = self.uploads[reference]
        yield content[start : size_bytes // 2] or content[start:]
        await self.go.wait()
        if start < size_bytes // 2:
            yield content[max(start, size_bytes // 2) :]


def slow(near: Receiving, hub: Hub) -> Slow:
    found = Slow(hub)
    near.host.offered = [one for one in near.host.offered if not isinstance(one, FakeHubDownloads)] + [found]
    return found


# ---------------------------------------------------------------------- leases


async def test_while_a_document_comes_its_lease_is_kept_by_every_look() -> None:
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        near.look()
        await link.begun.wait()
        before = len(hub.looks)
        await trio.sleep(60)
        kept = [asked for _, asked in hub.looks[before:]]
        assert len(kept) >= 60 / 9, "a lease lasts nine seconds"
        assert all([one.id for one in asked.held] == [hub.crossings[job].id] for asked in kept)
        link.go.set()
        await near.state(job, JobState.QUEUED)
        nursery.cancel_scope.cancel()


async def test_a_lease_lost_while_the_document_comes_ends_the_work_and_nothing_is_begun() -> None:
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
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
        nursery.cancel_scope.cancel()


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
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
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
        nursery.cancel_scope.cancel()


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
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        near.look()
        await until(lambda: hub.steps("near") == [GIVE_BACK])
        assert hub.words[0][1].reason == "offline-report"
        assert near.found(job) is None
        nursery.cancel_scope.cancel()


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
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery, bytes(range(256)) * 2_048)
        near.look()
        await until(lambda: hub.steps("near") == [GIVE_BACK])
        monkeypatch.undo()
        hub.crossings[job].avoided.clear()
        near.look()
        await near.state(job, JobState.QUEUED)
        nursery.cancel_scope.cancel()


async def test_what_came_of_a_large_document_whose_lease_was_lost_is_erased_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_copies, "RESUMED_BYTES", 1)
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery, bytes(range(256)) * 2_048)
        near.look()
        await link.begun.wait()
        await trio.sleep(5)
        hub.ends(job, TAKEN, holder="another", fence=9)
        folder = await near.host.folder()
        await until(lambda: [path for path in folder.rglob("*") if path.is_file()])
        await trio.sleep(2 * LINGER_S)
        assert [path for path in folder.rglob("*") if path.is_file()] == []
        nursery.cancel_scope.cancel()


# ---------------------------------------------------------------------- permits


async def test_a_begin_whose_answer_was_lost_is_asked_again_and_answered_the_same() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        link = slow(near, hub)
        near.look()
        await link.begun.wait()
        hub.deaf.add("near")
        link.go.set()
        await until(lambda: len(hub.steps("near")) > 2)
        assert near.host.jobs.known(job).state is JobState.HELD
        hub.deaf.clear()
        await near.state(job, JobState.QUEUED)
        assert set(hub.steps("near")) == {BEGIN}
        nursery.cancel_scope.cancel()


async def test_after_a_restart_what_was_asked_for_is_asked_again_and_what_was_permitted_goes_on() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        async with live(near):
            link = slow(near, hub)
            near.look()
            await link.begun.wait()
            hub.away = Away("the network is cut")
            link.go.set()
            await near.state(job, JobState.HELD)
            await until(lambda: b'"fence"' in near.host.state.values.get("crossings", b""))
        hub.away = None
        near.gate = TunnelGate()
        near.host.ready_event = trio.Event()
        async with live(near):
            await near.state(job, JobState.QUEUED)
        assert hub.crossings[job].state is BEGUN
        nursery.cancel_scope.cancel()


async def test_the_gate_lets_a_job_go_to_its_device_alone_and_only_with_a_permit() -> None:
    near = receiving(Hub())
    intake = near.host.jobs.open(NewJob(printer=SERVED.id, hold="indefinite", shared=True, target=SERVED.id))
    job = await intake.commit()
    gate, ledger = near.gate, Ledger(near.host.state)
    assert isinstance(await gate.check(job, SERVED), Hold), "nobody said yet whose it is"
    gate.use(ledger)
    assert isinstance(await gate.check(job, SERVED), Hold)
    asked = entry(1, job=job.uuid)
    await ledger.ask(asked)
    assert isinstance(await gate.check(job, SERVED), Hold), "asked is not answered"
    await ledger.permit(asked)
    assert await gate.check(job, SERVED) == Go(vouched=True), "without its word the kernel lets no such job go"
    assert isinstance(await gate.check(attrs.evolve(job, target=PrinterId("desk")), SERVED), Hold)
    await ledger.forget(job.uuid)
    assert isinstance(await gate.check(job, SERVED), Hold)


async def test_jobs_of_this_computer_and_of_others_without_the_tunnel_pass_the_gate() -> None:
    near = receiving(Hub())
    job = near.host.jobs.open(NewJob(printer=SERVED.id)).job
    assert isinstance(await near.gate.check(job, SERVED), Go)
    near.gate.use(Ledger(near.host.state))
    assert isinstance(await near.gate.check(job, SERVED), Go)


async def test_a_permitted_job_that_was_held_again_goes_on() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        near.look()
        await near.state(job, JobState.QUEUED)
        near.host.jobs.step(near.host.jobs.known(job), JobStep.HOLD)
        await near.state(job, JobState.QUEUED)
        nursery.cancel_scope.cancel()


async def test_a_job_that_is_over_is_forgotten_but_that_it_was_begun_here_is_not() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        near.look()
        await near.state(job, JobState.QUEUED)
        near.prints(job)
        await trio.sleep(10)
        nursery.cancel_scope.cancel()
    ledger = Ledger(near.host.state)
    await ledger.open()
    assert ledger.entries == ()
    assert ledger.was_begun(job)


async def test_attack_a_job_begun_here_that_the_kernel_has_forgotten_is_not_taken_again() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        ledger = Ledger(near.host.state)
        await ledger.permit(entry(1, job=job))
        await ledger.forget(job)
        async with live(near):
            near.look()
            await until(lambda: hub.steps("near") == [GIVE_BACK])
            assert near.found(job) is None
        nursery.cancel_scope.cancel()


async def test_attack_a_hub_that_offers_for_ever_what_was_given_back_is_asked_no_more_often() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        ledger = Ledger(near.host.state)
        await ledger.permit(entry(1, job=job))
        await ledger.forget(job)

        def again(said: CrossingAnswer) -> CrossingAnswer:
            hub.crossings[job].avoided.clear()
            return said

        hub.answer = again
        async with live(near):
            near.look()
            with trio.move_on_after(10 * LOOK_EVERY_S):
                await until(lambda: len(hub.looks) > LOOKS_AT_ONCE + 20)
            assert hub.steps("near")[:2] == [GIVE_BACK, GIVE_BACK], "it was offered again"
            assert len(hub.looks) <= LOOKS_AT_ONCE + 20
        nursery.cancel_scope.cancel()


async def test_a_job_whose_end_is_unknown_takes_no_room_in_the_ledger_and_has_no_permit_any_more() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        near.look()
        await near.state(job, JobState.QUEUED)
        near.takes(job)
        lost = near.host.jobs.step(near.host.jobs.known(job), JobStep.LOSE_TRACK)
        ledger = Ledger(near.host.state)
        await trio.sleep(10)
        await ledger.open()
        assert ledger.entries == ()
        assert isinstance(await near.gate.check(lost, SERVED), Hold)
        nursery.cancel_scope.cancel()


async def test_a_job_canceled_here_while_the_hub_says_yes_is_told_to_it_as_one_whose_end_nobody_knows() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        link = slow(near, hub)
        near.look()
        await link.begun.wait()
        hub.deaf.add("near")
        link.go.set()
        await until(lambda: hub.crossings[job].state is BEGUN)
        await near.host.jobs.cancel(job, by="somebody here")
        await trio.sleep(5)
        hub.deaf.clear()
        await trio.sleep(FORGOTTEN_S / 2)
        assert hub.crossings[job].state is BEGUN, "its report may be on its way"
        await trio.sleep(FORGOTTEN_S)
        assert hub.crossings[job].state is CrossingState.LOST
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("step", ["permit", "forget"])
async def test_a_disk_that_takes_nothing_for_a_while_ends_nothing_of_the_receiving_end(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub()
    near = receiving(hub)
    good = getattr(Ledger, step)
    full_until = 60.0

    async def full(ledger: Ledger, what: object) -> None:
        if trio.current_time() < full_until:
            raise StoreFull("the disk is full")
        await good(ledger, what)

    full_until += trio.current_time()
    monkeypatch.setattr(Ledger, step, full)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
        near.look()
        await near.state(job, JobState.QUEUED)
        near.prints(job)
        await trio.sleep(120)
        ledger = Ledger(near.host.state)
        await ledger.open()
        assert ledger.entries == ()
        assert near.host.logged
        nursery.cancel_scope.cancel()


# ---------------------------------------------------------------------- the ledger


async def test_the_ledger_says_after_a_restart_what_it_said_before() -> None:
    state = FakeKeyValue()
    ledger = Ledger(state)
    await ledger.ask(entry(1))
    await ledger.permit(entry(2))
    again = Ledger(state)
    await again.open()
    assert again.entries == (entry(1), entry(2, begun=True))
    assert again.allows(uuid.UUID(int=2), PrinterId("far"))
    assert not again.allows(uuid.UUID(int=1), PrinterId("far"))


async def test_a_full_ledger_has_room_for_no_more_and_fits_where_it_is_kept() -> None:
    state = FakeKeyValue()
    ledger = Ledger(state)
    for number in range(1, DONE_KEPT + 10):
        await ledger.permit(entry(number, printer="p" * 63, by="Ada Lovelace of the analytical department"))
        if number >= LEDGER_MOST:
            await ledger.forget(uuid.UUID(int=number))
    for number in range(1_000, 1_000 + LEDGER_MOST):
        if not ledger.full:
            await ledger.ask(entry(number, printer="p" * 63, by="Ada Lovelace of the analytical department"))
    assert ledger.full
    assert not ledger.was_begun(uuid.UUID(int=1))
    assert ledger.was_begun(uuid.UUID(int=DONE_KEPT))


async def test_a_ledger_that_cannot_be_read_permits_nothing() -> None:
    state = FakeKeyValue()
    state.values["crossings"] = b"junk"
    ledger = Ledger(state)
    await ledger.open()
    assert ledger.entries == ()


# ---------------------------------------------------------------------- belonging


async def test_a_computer_that_leaves_its_hub_fetches_nothing_more_and_keeps_nothing_unbegun() -> None:
    hub = Hub()
    near = receiving(hub)
    link = slow(near, hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        job = await offered(home, nursery)
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
        nursery.cancel_scope.cancel()
