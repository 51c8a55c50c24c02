"""Permits of the receiving end: asked for, written down before anything goes, and forgotten once all is over."""

from __future__ import annotations

import attrs
import pytest
import trio
from both_ends import (
    BEGUN,
    SERVED,
    Away,
    Hub,
    entry,
    live,
    offered,
    receiving,
    sending,
    under_way,
    until,
)
from slow_link import slow

from tympan.plugin import Go, Hold, JobState, JobStep, NewJob, PrinterId, StoreFull
from tympan_cloud_tunnel._gate import TunnelGate
from tympan_cloud_tunnel._ledger import Ledger
from tympan_cloud_tunnel._limits import FORGOTTEN_S
from tympan_relay._limits import LOOK_EVERY_S, LOOKS_AT_ONCE
from tympan_wire.hub import CrossingAnswer, CrossingState, CrossingStep

pytestmark = pytest.mark.anyio
BEGIN, GIVE_BACK = CrossingStep.BEGIN, CrossingStep.GIVE_BACK


async def test_a_begin_whose_answer_was_lost_is_asked_again_and_answered_the_same() -> None:
    hub = Hub()
    near = receiving(hub)
    async with under_way(hub, near) as job:
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
    async with under_way(hub, near) as job:
        near.look()
        await near.state(job, JobState.QUEUED)
        near.host.jobs.step(near.host.jobs.known(job), JobStep.HOLD)
        await near.state(job, JobState.QUEUED)


async def test_a_job_that_is_over_is_forgotten_but_that_it_was_begun_here_is_not() -> None:
    hub = Hub()
    near = receiving(hub)
    async with under_way(hub, near) as job:
        near.look()
        await near.state(job, JobState.QUEUED)
        near.prints(job)
        await trio.sleep(10)
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
            near.look()
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
    async with under_way(hub, near) as job:
        near.look()
        await near.state(job, JobState.QUEUED)
        near.takes(job)
        lost = near.host.jobs.step(near.host.jobs.known(job), JobStep.LOSE_TRACK)
        ledger = Ledger(near.host.state)
        await trio.sleep(10)
        await ledger.open()
        assert ledger.entries == ()
        assert isinstance(await near.gate.check(lost, SERVED), Hold)


async def test_a_job_canceled_here_while_the_hub_says_yes_is_told_to_it_as_one_whose_end_nobody_knows() -> None:
    hub = Hub()
    near = receiving(hub)
    async with under_way(hub, near) as job:
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
    async with under_way(hub, near) as job:
        near.look()
        await near.state(job, JobState.QUEUED)
        near.prints(job)
        await trio.sleep(120)
        ledger = Ledger(near.host.state)
        await ledger.open()
        assert ledger.entries == ()
        assert near.host.logged
