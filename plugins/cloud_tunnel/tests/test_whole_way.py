"""A job from one computer to a device that another one reaches, through a hub that has ciphertext and nothing else."""

from __future__ import annotations

import pytest
import trio
from both_ends import BEGUN, CONTENT, Hub, live, receiving, sending, until

from tympan.plugin import Completed, JobState, Outcome
from tympan_wire.hub import CrossingState, CrossingStep

pytestmark = pytest.mark.anyio


async def test_a_job_goes_sealed_through_the_hub_and_comes_out_at_the_other_end() -> None:
    hub = Hub()
    near = receiving(hub)
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        delivery = home.delivery()
        job, ends = delivery.job.uuid, list[Outcome]()

        async def deliver() -> None:
            ends.append(await home.deliver(delivery))

        nursery.start_soon(deliver)
        await until(lambda: job in hub.crossings)
        near.look()
        queued = await near.state(job, JobState.QUEUED)
        assert hub.crossings[job].state is BEGUN
        assert near.host.jobs.contents[job] == CONTENT
        assert (queued.user, queued.name, queued.ticket) == ("ada (elsewhere)", "Secret plans", b"ticket")
        assert queued.shared
        assert queued.target == "far"
        near.prints(job)
        await until(lambda: ends)
        assert ends == [Completed(impressions=3, detail="Printed by near.")]
        stored = b"".join(hub.bytes.uploads.values()) + repr(hub.offers).encode()
        assert b"the plans" not in stored
        assert b"Secret" not in stored


async def test_of_two_near_the_device_one_prints_and_the_other_erases_nothing_it_never_had() -> None:
    hub = Hub()
    one, two = receiving(hub, "one"), receiving(hub, "two")
    async with live(one, two), sending(hub, one.reader, two.reader) as home, trio.open_nursery() as nursery:
        delivery = home.delivery()
        job = delivery.job.uuid
        nursery.start_soon(home.deliver, delivery)
        await until(lambda: job in hub.crossings)
        one.look()
        two.look()
        await until(lambda: hub.crossings[job].state is BEGUN)
        holder = one if hub.crossings[job].holder == "one" else two
        await holder.state(job, JobState.QUEUED)
        assert (two if holder is one else one).found(job) is None
        assert hub.steps("one") + hub.steps("two") == [CrossingStep.BEGIN]
        holder.prints(job)
        await until(lambda: hub.crossings[job].state is CrossingState.COMPLETED)
        nursery.cancel_scope.cancel()
