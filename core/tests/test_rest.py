"""An agent that is asked to rest: it takes jobs and begins no delivery, for a while."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
import trio
from kernel_rig import ScriptedRoute, print_it, rig

from tympan._limits import DEFAULTS
from tympan._ports import Delivery, Outcome
from tympan._states import JobState

pytestmark = pytest.mark.anyio


async def test_while_it_rests_jobs_are_taken_and_wait_and_then_they_go(tmp_path: Path) -> None:
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        assert kernel.dispatcher.rest(0.5) == 0
        job = await kernel.submit()
        await trio.sleep(0.1)
        waiting = kernel.book.find(job.uuid)
        assert waiting is not None and waiting.state in (JobState.RECEIVED, JobState.QUEUED)
        assert route.delivered == []
        await kernel.until(job, JobState.COMPLETED)


async def test_deliveries_under_way_are_counted_and_go_on(tmp_path: Path) -> None:
    begun, let_go = trio.Event(), trio.Event()

    async def slowly(delivery: Delivery) -> Outcome:
        begun.set()
        await let_go.wait()
        return await print_it(delivery)

    async with rig(tmp_path, ScriptedRoute(on_deliver=slowly)) as kernel:
        job = await kernel.submit()
        with trio.fail_after(5):
            await begun.wait()
        assert kernel.dispatcher.rest(0.2) == 1
        let_go.set()
        await kernel.until(job, JobState.COMPLETED)
        assert kernel.dispatcher.rest(0.0) == 0


def test_an_updater_that_died_lets_deliveries_begin_again_within_a_minute() -> None:
    assert attrs.asdict(DEFAULTS)["rest_s"] <= 60
