"""The suite of outboxes. Fixtures: ``outbox`` (empty), with ``jobs`` it watches and ``printer``, one they know.

A vendor needs it only to make a host of his own; the kernel's own and the fake pass the same one.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools
import uuid

from tympan._errors import BadInput, NotFound
from tympan._ids import PrinterId
from tympan._ports import Jobs, Outbox
from tympan._states import JobState
from tympan._values import Job, NewJob
from tympan.testing._expectations import answer, refusal

_ENTRY_BYTES = 4 << 20


class OutboxSuite:
    """What every outbox must do."""

    async def test_entries_come_in_their_order_until_they_are_removed(self, outbox: Outbox) -> None:
        """Looking removes nothing; removing what is gone harms nothing."""
        for payload in (b"one", b"", b"three"):
            await answer(functools.partial(outbox.add, payload))
        found = await answer(lambda: outbox.peek(2))
        assert [entry.payload for entry in found] == [b"one", b""]
        assert [entry.job for entry in found] == [None, None]
        for _ in range(2):
            await answer(lambda: outbox.remove(*(entry.id for entry in found)))
        assert [entry.payload for entry in await answer(lambda: outbox.peek(9))] == [b"three"]

    async def test_a_slot_has_one_entry_the_newest(self, outbox: Outbox) -> None:
        """It has a new number, so removing what was told removes nothing that was not."""
        await answer(lambda: outbox.add(b"old", slot="agent"))
        [old] = await answer(lambda: outbox.peek(9))
        await answer(lambda: outbox.add(b"other", slot="device"))
        await answer(lambda: outbox.add(b"new", slot="agent"))
        assert [entry.payload for entry in await answer(lambda: outbox.peek(9))] == [b"other", b"new"]
        await answer(lambda: outbox.remove(old.id))
        found = await answer(lambda: outbox.peek(9))
        assert [entry.payload for entry in found] == [b"other", b"new"]
        assert sorted({old.id, *(entry.id for entry in found)}) == [old.id, *(entry.id for entry in found)]

    async def test_what_is_too_large_is_refused(self, outbox: Outbox) -> None:
        """It would never be told."""
        await refusal(lambda: outbox.add(bytes(_ENTRY_BYTES + 1)), BadInput)
        assert await answer(lambda: outbox.peek(1)) == ()

    async def test_a_job_has_one_entry_while_jobs_are_watched(
        self, outbox: Outbox, jobs: Jobs, printer: PrinterId
    ) -> None:
        """Its newest change."""
        await _held(jobs, printer)
        assert await answer(lambda: outbox.peek(9)) == ()
        await answer(lambda: outbox.watch_jobs(on=True))
        job = await _held(jobs, printer)
        [held] = await answer(lambda: outbox.peek(9))
        await answer(lambda: jobs.cancel(job.uuid, by="the suite"))
        [canceled] = await answer(lambda: outbox.peek(9))
        assert (held.job, held.payload, canceled.job) == (job.uuid, b"", job.uuid)
        assert canceled.id > held.id
        await answer(lambda: outbox.remove(canceled.id))
        await answer(lambda: outbox.mark(job.uuid))
        assert [entry.job for entry in await answer(lambda: outbox.peek(9))] == [job.uuid]

    async def test_a_job_is_told_with_its_story(self, outbox: Outbox, jobs: Jobs, printer: PrinterId) -> None:
        """As it rests on disk."""
        await answer(lambda: outbox.watch_jobs(on=True))
        job = await _held(jobs, printer)
        found = await answer(lambda: outbox.record(job.uuid))
        assert found.job.uuid == job.uuid
        assert found.job.state is JobState.HELD
        assert found.timeline == await answer(lambda: jobs.timeline(job.uuid))
        await refusal(lambda: outbox.record(uuid.UUID(int=1)), NotFound)

    async def test_watching_no_more_forgets_all(self, outbox: Outbox, jobs: Jobs, printer: PrinterId) -> None:
        """Nobody is to be told any more."""
        await answer(lambda: outbox.watch_jobs(on=True))
        job = await _held(jobs, printer)
        await answer(lambda: outbox.add(b"own"))
        await answer(lambda: outbox.watch_jobs(on=False))
        await answer(lambda: outbox.mark(job.uuid))
        assert await answer(lambda: outbox.peek(9)) == ()


async def _held(jobs: Jobs, printer: PrinterId) -> Job:
    intake = jobs.open(NewJob(printer=printer, name="suite", hold="indefinite"))
    await answer(lambda: intake.write(b"page"))
    return await answer(intake.commit)
