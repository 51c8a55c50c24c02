"""What a held job costs in memory: its metadata, whatever its document weighs."""

from __future__ import annotations

import datetime as dt
import gc
import tracemalloc
from pathlib import Path

import trio
from crash_world import Agent, Fate, World
from pull_release_rig import pull

from tympan.plugin import JobState, NewJob

WARM = 25
"""Jobs before it is measured: what the store keeps of the newest documents, some 4 MiB whatever comes, is full then."""
JOBS = 30
DOCUMENT_BYTES = 200_000
PER_JOB_BYTES = 4_096
"""A job with a ticket of 500 bytes has some 1.6 KiB of values, places and locks."""


class Holder(Agent):
    """Holds jobs, and says what one costs."""

    cost = 0.0

    async def _submit(self, jobs: int) -> None:
        tracemalloc.start()
        try:
            await self._hold(WARM)
            before = self._in_use()
            await self._hold(jobs)
            self.cost = (self._in_use() - before) / jobs
        finally:
            tracemalloc.stop()

    async def _hold(self, count: int) -> None:
        for _ in range(count):
            intake = self.book.open(NewJob(printer=pull().id, name="report", user="ada", ticket=bytes(500)))
            await intake.write(bytes(DOCUMENT_BYTES))
            job = await intake.commit()
            while self.book.memory.known(job.uuid).state is not JobState.HELD:
                await trio.sleep(0.001)

    def _in_use(self) -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]


def test_a_held_job_costs_its_metadata_and_nothing_of_its_document(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.order([])
    holder = Holder(world, Fate(0), dt.timedelta())
    holder.run(JOBS)
    assert len([job for job in holder.book.all() if job.state is JobState.HELD]) == WARM + JOBS
    assert holder.cost < PER_JOB_BYTES, f"{holder.cost:.0f} bytes a job"
