"""Answers to orders: durable, the same again, and told until the hub has them."""

from __future__ import annotations

import uuid

import attrs
import pytest
import trio
from pull_release_rig import BEGUN, made, running

from tympan.plugin import JobState, JobStep, StoreError
from tympan_pull_release._answers import AnswerBook
from tympan_pull_release._limits import BUCKETS
from tympan_wire.hub import ReleaseWord

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]


async def test_an_order_that_is_repeated_does_nothing_a_second_time() -> None:
    async with running() as rig:
        job = await rig.print_()
        order = rig.hub.order(job.uuid)
        rig.look()
        rig.takes(await rig.state(job, JobState.QUEUED))
        await rig.until(lambda: rig.hub.words)
        # The device gave it back unprinted, and its owner keeps it: the old order must not let it go again.
        back = attrs.evolve(rig.host.jobs.known(job.uuid), evidence=b"", state=JobState.WAITING)
        await rig.host.jobs.hold(rig.host.jobs.step(back, JobStep.DEFER).uuid, by="ada")
        rig.hub.words.clear()
        rig.hub.orders = [attrs.evolve(order, fence=4)]
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert (rig.hub.words[0].fence, rig.hub.words[0].outcome) == (4, BEGUN)
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


async def test_answers_outlive_a_restart_and_a_hub_that_did_not_hear_them() -> None:
    rig = made()
    async with running(rig):
        job = await rig.print_()
        order = rig.hub.order(job.uuid)
        rig.hub.deaf = True
        rig.look()
        rig.takes(await rig.state(job, JobState.QUEUED))
        await rig.until(lambda: rig.hub.words)
    rig.hub.words.clear()
    rig.hub.deaf = False
    rig.host.ready_event = trio.Event()
    async with running(rig):
        await rig.until(lambda: rig.hub.words)
        assert {word.order for word in rig.hub.words} == {order.id}
        await rig.until(lambda: not rig.hub.orders)


async def test_a_disk_that_keeps_no_answer_is_asked_again() -> None:
    async with running() as rig:
        job = await rig.print_()
        keep, failures = rig.host.state.put, [StoreError("full"), StoreError("full")]

        async def put(key: str, value: bytes) -> None:
            if failures:
                raise failures.pop()
            await keep(key, value)

        rig.host.state.put = put  # type: ignore[method-assign]
        rig.hub.order(job.uuid)
        rig.look()
        rig.takes(await rig.state(job, JobState.QUEUED))
        await rig.until(lambda: rig.hub.words)
        assert [word.outcome for word in rig.hub.words] == [BEGUN]


@pytest.mark.parametrize("over", [False, True])
async def test_an_order_begun_before_a_restart_and_not_answered_is_answered_so(over: bool) -> None:
    rig = made()
    async with running(rig):
        job = await rig.print_()
        rig.hub.order(job.uuid)
        rig.look()
        queued = await rig.state(job, JobState.QUEUED)
    there = rig.takes(queued)  # the agent ended before it could write an answer down
    if over:
        rig.host.jobs.step(there, JobStep.COMPLETE)
    rig.host.ready_event = trio.Event()
    async with running(rig):
        await rig.until(lambda: rig.hub.words)
        assert [word.outcome for word in rig.hub.words] == [BEGUN]


async def test_two_answers_written_at_once_are_both_there_after_a_restart() -> None:
    state = made().host.state
    put = state.put

    async def slow(key: str, value: bytes) -> None:
        await trio.lowlevel.checkpoint()
        await put(key, value)

    state.put = slow  # type: ignore[method-assign]
    book = AnswerBook(state)
    words = [ReleaseWord(order=uuid.UUID(int=n * BUCKETS), fence=1, outcome=BEGUN) for n in (1, 2)]
    async with trio.open_nursery() as nursery:
        for word in words:
            nursery.start_soon(book.keep, word)
    again = AnswerBook(state)
    await again.open()
    assert [again.find(word.order) for word in words] == words
