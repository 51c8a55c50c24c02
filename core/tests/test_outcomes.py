"""How attempts end: odd outcomes, jobs nothing tells at the device, disks that refuse, routes that are gone."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from kernel_rig import ScriptedRoute, print_it, rig

from tympan._errors import NotFound, StoreUnwritable
from tympan._ids import PluginId
from tympan._ports import CanceledAtDevice, Claimed, Completed, Deferred, Delivery, Outcome
from tympan._states import JobState
from tympan._store import Store
from tympan._values import Job, Printer

pytestmark = pytest.mark.anyio
ROUTE = PluginId("route")
Deliver = Callable[[Delivery], Awaitable[Outcome]]


async def away(delivery: Delivery) -> Outcome:
    return Deferred(reason="offline-report", detail="the device is away")


async def begin_and_stay(delivery: Delivery) -> Outcome:
    await delivery.checkpoint(b"device job 7", what="the device took it")
    await trio.sleep_forever()
    raise AssertionError("nobody stopped it")


async def done(delivery: Delivery) -> Outcome:
    return Completed()


# ---------------------------------------------------------------------------------------------- nothing to find it by


async def sent_and_stays(delivery: Delivery) -> Outcome:
    await delivery.sent(b"")
    await trio.sleep_forever()
    raise AssertionError("nobody stopped it")


async def sent_and_fails(delivery: Delivery) -> Outcome:
    await delivery.sent(b"")
    raise RuntimeError("boom")


async def sent_and_deferred(delivery: Delivery) -> Outcome:
    await delivery.sent(b"")
    return await away(delivery)


@pytest.mark.parametrize("deliver", [sent_and_fails, sent_and_deferred])
async def test_a_job_sent_without_evidence_is_never_sent_again(tmp_path: Path, deliver: Deliver) -> None:
    route = ScriptedRoute(deliver)
    async with rig(tmp_path, route) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.UNKNOWN, JobState.WAITING)
    assert (job.state, route.delivered) == (JobState.UNKNOWN, [job.number])
    assert "nothing was written down" in job.detail


async def test_a_job_sent_without_evidence_is_unknown_when_its_plugin_is_stopped(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute(sent_and_stays)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.PRINTING)
        await kernel.dispatcher.revoke(ROUTE)
        assert kernel.book.memory.known(job.uuid).state is JobState.UNKNOWN


async def test_a_job_sent_without_evidence_is_unknown_after_a_crash(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute(sent_and_stays)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.PRINTING)
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        await kernel.until(job, JobState.UNKNOWN)
    assert route.delivered == []


# ---------------------------------------------------------------------------------------------- outcomes that cannot be


async def endless_wait(delivery: Delivery) -> Outcome:
    return Deferred(reason="none", detail="", retry_after_s=math.nan)


async def odd_count(delivery: Delivery) -> Outcome:
    outcome = Completed()
    object.__setattr__(outcome, "impressions", {1, 2})
    return outcome


@pytest.mark.parametrize("bad", [endless_wait, odd_count])
async def test_an_outcome_that_cannot_be_written_down_is_charged_and_asked_for_again(
    tmp_path: Path, bad: Deliver
) -> None:
    async def deliver(delivery: Delivery) -> Outcome:
        return await (bad(delivery) if delivery.job.attempts == 1 else print_it(delivery))

    async with rig(tmp_path, ScriptedRoute(deliver)) as kernel:
        await kernel.until(await kernel.submit(), JobState.COMPLETED)
    assert [(plugin, where) for plugin, where, _ in kernel.charged] == [(ROUTE, "deliver")]


LONG = "x" * 5_000_000


@pytest.mark.parametrize("outcome", [Completed(detail=LONG), CanceledAtDevice(detail=LONG)])
async def test_words_of_any_length_are_cut_and_not_refused(tmp_path: Path, outcome: Outcome) -> None:
    async def deliver(delivery: Delivery) -> Outcome:
        return outcome

    async with rig(tmp_path, ScriptedRoute(deliver)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.COMPLETED, JobState.CANCELED)
        story = await kernel.book.timeline(job.uuid)
    assert (len(job.detail), max(len(entry.why) for entry in story)) == (1023, 1023)
    assert kernel.charged == []


async def test_an_error_about_something_else_that_is_missing_does_not_give_the_job_up(tmp_path: Path) -> None:
    async def deliver(delivery: Delivery) -> Outcome:
        if delivery.job.attempts == 1:
            raise NotFound("there is no printer 'back'")
        return await print_it(delivery)

    async with rig(tmp_path, ScriptedRoute(deliver)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.COMPLETED, JobState.ABORTED)
    assert job.state is JobState.COMPLETED


# ---------------------------------------------------------------------------------------------- disk and plugins


async def test_a_job_whose_taking_up_the_disk_refused_is_taken_up_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rig(tmp_path, ScriptedRoute(begin_and_stay)) as kernel:
        job = await kernel.submit()
        with trio.fail_after(10):
            while not kernel.book.memory.known(job.uuid).evidence:
                await trio.sleep(0.005)
    save, refusals = Store.save, [StoreUnwritable("not now"), StoreUnwritable("not yet")]

    async def refuse(self: Store, *arguments: Any, **named: Any) -> None:
        if refusals:
            raise refusals.pop()
        await save(self, *arguments, **named)

    monkeypatch.setattr(Store, "save", refuse)
    async with rig(tmp_path, ScriptedRoute(on_recover=done)) as kernel:
        await kernel.until(job, JobState.COMPLETED)
    assert refusals == []


async def test_before_plugins_were_tried_a_wait_is_no_part_of_the_story(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute(away)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.WAITING)
    async with rig(tmp_path, plugins_started=False) as kernel:
        with trio.fail_after(10):
            while kernel.book.memory.known(job.uuid).detail != "plugins are being started":
                await trio.sleep(0.005)
        assert (await kernel.book.timeline(job.uuid))[-1].why == "the device is away"


@pytest.mark.parametrize("gone", [True, False])
async def test_a_canceled_job_ends_unknown_only_when_its_route_will_not_come_back(tmp_path: Path, gone: bool) -> None:
    async with rig(tmp_path, ScriptedRoute(begin_and_stay)) as kernel:
        job = await kernel.submit()
        with trio.fail_after(10):
            while not kernel.book.memory.known(job.uuid).evidence:
                await trio.sleep(0.005)
        kernel.offered.clear()
        kernel.gone += [ROUTE] if gone else []
        await kernel.dispatcher.revoke(ROUTE)
        await kernel.book.cancel(job.uuid, by="ada")
        told = "cannot be told to stop" if gone else "only it can tell"
        with trio.fail_after(10):
            while told not in kernel.book.memory.known(job.uuid).detail:
                await trio.sleep(0.005)
        assert kernel.book.memory.known(job.uuid).state is (JobState.UNKNOWN if gone else JobState.WAITING)


class ThinkingRoute(ScriptedRoute):
    """A route that thinks about its claim until it is told to answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let = trio.Event(), trio.Event()

    async def claim(self, job: Job, printer: Printer) -> Claimed:
        self.asked.set()
        await self.let.wait()
        return Claimed()


async def test_a_route_stopped_while_it_was_asked_delivers_nothing(tmp_path: Path) -> None:
    route = ThinkingRoute()
    async with rig(tmp_path, route) as kernel:
        job = await kernel.submit()
        await route.asked.wait()
        kernel.offered.clear()
        assert await kernel.dispatcher.revoke(ROUTE) == 0
        route.let.set()
        waiting = await kernel.until(job, JobState.WAITING, JobState.COMPLETED)
    assert (waiting.detail, route.delivered) == ("route: was stopped", [])


async def test_a_job_canceled_while_a_route_was_asked_is_no_trouble_and_is_forgotten(tmp_path: Path) -> None:
    route = ThinkingRoute()
    async with rig(tmp_path, route) as kernel:
        job = await kernel.submit()
        await route.asked.wait()
        await kernel.book.cancel(job.uuid, by="ada")
        following = await kernel.submit()
        route.let.set()
        await kernel.until(following, JobState.COMPLETED)
        assert kernel.dispatcher._outcomes.due(job.uuid) == 0.0
    assert (route.delivered, kernel.said) == ([following.number], [])
