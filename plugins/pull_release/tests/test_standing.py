"""How long an order stands: void when it is not begun in time, and the job held again."""

from __future__ import annotations

import attrs
import pytest
import trio
from pull_release_rig import BEGUN, POINT, REFUSED, made, running

from tympan.plugin import JobState, JobStep

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]


async def test_an_order_not_begun_in_time_is_void_and_the_job_is_held_again() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, within_s=1)
        rig.look()
        queued = await rig.state(job, JobState.QUEUED)
        waiting = rig.host.jobs.step(queued, JobStep.DEFER)
        rig.host.jobs.replace(attrs.evolve(waiting, reason="offline-report", detail="the device does not answer"))
        held = await rig.state(job, JobState.HELD)
        assert held.target is None
        assert held.retry_at == job.retry_at, "it expires when it would have"
        await rig.until(lambda: rig.hub.words)
        [word] = rig.hub.words
        assert (word.outcome, word.reason) == (REFUSED, "offline-report")
        assert "held again" in word.detail
        assert not rig.permits.allows(job.uuid, POINT.id)


async def test_a_job_the_device_may_have_is_not_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, within_s=1)
        rig.look()
        rig.takes(await rig.state(job, JobState.QUEUED))
        await trio.sleep(1.2)
        assert rig.host.jobs.known(job.uuid).state is JobState.PRINTING
        assert [word.outcome for word in rig.hub.words] == [BEGUN]


async def test_a_job_being_tried_at_this_moment_is_taken_back_when_that_failed() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, within_s=1)
        rig.look()
        sending = rig.host.jobs.step(await rig.state(job, JobState.QUEUED), JobStep.CLAIM)
        await trio.sleep(1.2)
        assert rig.hub.words == []
        rig.host.jobs.step(sending, JobStep.DEFER)
        await rig.state(job, JobState.HELD)
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is REFUSED


async def test_a_job_behind_others_at_its_device_has_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as rig:
        first, second = await rig.print_(), await rig.print_()
        for job in (first, second):
            rig.hub.order(job.uuid, within_s=1)
        rig.look()
        taken = rig.takes(await rig.state(first, JobState.QUEUED))
        await rig.state(second, JobState.QUEUED)
        await trio.sleep(1.2)
        behind = rig.host.jobs.known(second.uuid)
        assert behind.state is JobState.QUEUED
        assert rig.permits.allows(second.uuid, POINT.id)
        rig.host.jobs.step(rig.host.jobs.known(taken.uuid), JobStep.COMPLETE)
        rig.takes(behind)
        await rig.until(lambda: len(rig.hub.words) == 2)
        assert {word.outcome for word in rig.hub.words} == {BEGUN}


async def test_an_order_that_was_told_late_is_refused() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, within_s=0)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is REFUSED
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


async def test_a_job_held_by_its_owner_meanwhile_stays_held() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid)
        rig.look()
        await rig.state(job, JobState.QUEUED)
        await rig.host.jobs.hold(job.uuid, by="ada")
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is REFUSED
        assert not rig.permits.allows(job.uuid, POINT.id)


async def test_a_job_that_was_on_its_way_when_the_agent_stopped_goes_on_when_the_hub_says_it_again() -> None:
    rig = made()
    async with running(rig):
        job = await rig.print_()
        rig.hub.order(job.uuid)
        rig.look()
        await rig.state(job, JobState.QUEUED)
    assert not rig.permits.allows(job.uuid, POINT.id), "nothing is permitted while the plugin does not run"
    rig.host.ready_event = trio.Event()
    async with running(rig):
        await rig.until(lambda: rig.permits.allows(job.uuid, POINT.id))
        rig.takes(rig.host.jobs.known(job.uuid))
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is BEGUN
