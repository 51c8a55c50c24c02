"""Jobs that were given up for lost, and whose printing computer is heard of after all."""

from __future__ import annotations

from uuid import UUID

import attrs
import pytest
import trio
from both_ends import Hub, Sending, receiving, sending, until

from tympan.plugin import Job, JobState
from tympan_cloud_tunnel._limits import LATE_ASKED, LATE_S
from tympan_cloud_tunnel._model import Evidence, Step
from tympan_wire.hub import CrossingState

pytestmark = pytest.mark.anyio


async def lost(home: Sending, hub: Hub) -> Job:
    """A job that a computer began with, and was not heard of again."""
    delivery = home.delivery()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(home.deliver, delivery)
        await until(lambda: delivery.job.uuid in hub.crossings)
        hub.ends(delivery.job.uuid, CrossingState.LOST)
        home.notice()
    kept = attrs.evolve(delivery.job, state=JobState.UNKNOWN, evidence=delivery.evidence)
    home.host.jobs.replace(kept)
    return kept


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (CrossingState.COMPLETED, JobState.COMPLETED),
        (CrossingState.ABORTED, JobState.ABORTED),
        (CrossingState.CANCELED, JobState.CANCELED),
    ],
)
async def test_a_job_whose_end_was_unknown_ends_as_it_truly_did(told: CrossingState, state: JobState) -> None:
    hub = Hub()
    async with sending(hub, receiving(hub).reader) as home:
        job = await lost(home, hub)
        assert home.host.jobs.known(job.uuid).state is JobState.UNKNOWN
        hub.ends(job.uuid, told)
        home.notice()
        await until(lambda: home.host.jobs.known(job.uuid).state is state)


async def test_a_lost_notice_is_made_up_for() -> None:
    hub = Hub()
    async with sending(hub, receiving(hub).reader) as home:
        job = await lost(home, hub)
        hub.ends(job.uuid, CrossingState.COMPLETED)
        await until(lambda: home.host.jobs.known(job.uuid).state is JobState.COMPLETED, LATE_S * 2)


async def test_many_jobs_the_hub_forgot_do_not_stand_before_one_that_was_heard_of() -> None:
    hub = Hub()
    async with sending(hub, receiving(hub).reader) as home:
        model, begun = home.delivery().job, Evidence(step=Step.BEGUN).encoded()
        for number in range(LATE_ASKED):
            forgotten = attrs.evolve(model, uuid=UUID(int=number), number=1000 + number, state=JobState.UNKNOWN)
            home.host.jobs.replace(attrs.evolve(forgotten, evidence=begun))
        job = await lost(home, hub)
        hub.ends(job.uuid, CrossingState.COMPLETED)
        home.notice()
        await until(lambda: home.host.jobs.known(job.uuid).state is JobState.COMPLETED)


TELLS_NO_END = (CrossingState.LOST, CrossingState.EXPIRED, CrossingState.ABSENT, CrossingState.WAITING)


@pytest.mark.parametrize("said", TELLS_NO_END)
async def test_what_tells_no_end_leaves_the_job_to_a_person(said: CrossingState) -> None:
    hub = Hub()
    async with sending(hub, receiving(hub).reader) as home:
        job = await lost(home, hub)
        hub.ends(job.uuid, said)
        asked = len(home.host.logged)
        home.notice()
        await trio.sleep(LATE_S * 2)
        assert home.host.jobs.known(job.uuid).state is JobState.UNKNOWN
        assert len(home.host.logged) == asked


async def test_a_job_that_nobody_began_is_not_ended_by_the_hubs_word() -> None:
    hub = Hub()
    async with sending(hub, receiving(hub).reader) as home:
        job = await lost(home, hub)
        home.host.jobs.replace(attrs.evolve(job, evidence=Evidence(step=Step.OFFERED).encoded()))
        hub.ends(job.uuid, CrossingState.COMPLETED)
        home.notice()
        await trio.sleep(LATE_S * 2)
        assert home.host.jobs.known(job.uuid).state is JobState.UNKNOWN
