"""Inspection over a real store: who is asked, when, and what a restart makes up for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
import trio.testing
from kernel_rig import QUICK, Rig, ScriptedRoute, rig

from tympan._ids import PluginId
from tympan._ports import Document
from tympan._states import JobState
from tympan._values import Job, Statistics

pytestmark = pytest.mark.anyio
AT_ONCE = attrs.evolve(QUICK, inspection_delay_s=0.0)


class CountingInspector:
    """Counts one page, and how often it was asked."""

    media_types: Any = frozenset({"application/octet-stream"})

    def __init__(self) -> None:
        self.asked = 0
        self.let = trio.Event()
        self.let.set()

    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        self.asked += 1
        await self.let.wait()
        return Statistics(format="text/plain", pages=1)


async def counted(kernel: Rig, job: Job) -> Statistics:
    with trio.fail_after(10):
        while (found := kernel.book.memory.known(job.uuid).statistics) is None:
            await trio.sleep(0.005)
    return found


@pytest.mark.parametrize("state", [JobState.RECEIVED, JobState.COMPLETED])
async def test_what_a_restart_cut_off_is_counted_afterwards(tmp_path: Path, state: JobState) -> None:
    route = [ScriptedRoute()] if state is JobState.COMPLETED else []
    waiting = CountingInspector()
    waiting.let = trio.Event()
    async with rig(tmp_path, waiting, *route, plugins_started=bool(route)) as kernel:
        job = await kernel.until(await kernel.submit(), state)
    inspector = CountingInspector()
    async with rig(tmp_path, ScriptedRoute(), limits=AT_ONCE, plugins_started=False) as kernel:
        await trio.testing.wait_all_tasks_blocked()
        kernel.offered.append((PluginId("stats"), inspector))  # plugins start after jobs were taken up
        kernel.dispatcher.gates_known()
        assert (await counted(kernel, job)).pages == 1
    async with rig(tmp_path, inspector, limits=AT_ONCE) as kernel:
        await trio.testing.wait_all_tasks_blocked()
        assert inspector.asked == 1


async def test_an_inspector_stopped_while_a_job_waited_for_it_is_not_asked(tmp_path: Path) -> None:
    inspector = CountingInspector()
    inspector.let = trio.Event()
    async with rig(tmp_path, inspector, limits=AT_ONCE, plugins_started=True) as kernel:
        first, second = await kernel.submit(), await kernel.submit()
        with trio.fail_after(10):
            while not inspector.asked:
                await trio.sleep(0.005)
        kernel.offered.clear()
        inspector.let.set()
        asked = [job for job in (first, second) if await _settled(kernel, job)]
        assert (inspector.asked, len(asked)) == (1, 1)


async def _settled(kernel: Rig, job: Job) -> bool:
    while job.uuid in kernel.dispatcher._inspection._busy:
        await trio.sleep(0.005)
    return kernel.book.memory.known(job.uuid).statistics is not None


class Puzzling(CountingInspector):
    """An inspector that does not know what it reads."""

    media_types: Any = None


async def test_an_inspector_that_does_not_know_what_it_reads_is_charged_and_stops_nothing(tmp_path: Path) -> None:
    puzzling, counting = Puzzling(), CountingInspector()
    async with rig(tmp_path, ScriptedRoute(), puzzling, counting, limits=AT_ONCE) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.COMPLETED)
        assert (await counted(kernel, job)).pages == 1
    assert {where for _, where, _ in kernel.charged} == {"media_types"}
