"""The suite of ``Jobs`` and ``Intake``: subclass it and give the fixtures ``jobs`` and ``printer``, which exists.

The kernel's own and ``FakeJobs`` pass it; a vendor needs it only to make a host of his own.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools
import uuid

from tympan._errors import IllegalStep, NotFound
from tympan._ids import PrinterId
from tympan._ports import Completed, Jobs
from tympan._states import JobState
from tympan._values import Job, NewJob
from tympan.testing._expectations import answer, refusal

_PIECES = (b"%PDF-", b"", b"\x00" * 70_000, b"end")


class JobsSuite:
    """What every ``Jobs`` must do."""

    async def test_a_job_begins_receiving_and_is_accepted_whole(self, jobs: Jobs, printer: PrinterId) -> None:
        """Its document is what came, byte for byte."""
        intake = jobs.open(NewJob(printer=printer, name="report", user="ada", hold="indefinite", ticket=b"\x01"))
        assert intake.job.state is JobState.RECEIVING
        intake.declare("application/pdf")
        for piece in _PIECES:
            await intake.write(piece)
        job = await answer(intake.commit)
        assert job.state is not JobState.RECEIVING
        assert (job.name, job.user, job.media_type, job.ticket) == ("report", "ada", "application/pdf", b"\x01")
        assert job.size_bytes == sum(map(len, _PIECES))
        document = jobs.document(job.uuid)
        assert b"".join([piece async for piece in document.stream()]) == b"".join(_PIECES)
        assert await document.read(5, 3) == b"\x00\x00\x00"

    async def test_a_job_is_found_by_each_of_its_names(self, jobs: Jobs, printer: PrinterId) -> None:
        """Oldest first; numbers are never used twice."""
        first, second = [await _held(jobs, printer) for _ in range(2)]
        assert jobs.find(first.uuid) == jobs.get(first.number) != jobs.find(second.uuid)
        assert [job.uuid for job in jobs.all()] == [first.uuid, second.uuid]
        assert [job.uuid for job in jobs.of_printer(printer)] == [first.uuid, second.uuid]
        assert jobs.of_printer(PrinterId("nobody")) == ()
        assert first.number < second.number

    async def test_a_job_of_no_printer_or_of_nobody_is_refused(self, jobs: Jobs) -> None:
        """Nothing is made for it."""
        nobody = uuid.UUID(int=1)

        async def begin() -> None:
            jobs.open(NewJob(printer=PrinterId("nobody")))

        await refusal(begin, NotFound)
        await refusal(functools.partial(jobs.timeline, nobody), NotFound)
        await refusal(functools.partial(jobs.cancel, nobody, by="suite"), NotFound)
        assert jobs.find(nobody) is None
        assert jobs.all() == ()

    async def test_people_hold_release_and_cancel(self, jobs: Jobs, printer: PrinterId) -> None:
        """Each step is one of the table, and stands in the story."""
        job = await _held(jobs, printer)
        assert job.state is JobState.HELD
        released = await answer(functools.partial(jobs.release, job.uuid, by="suite"))
        assert released.state is JobState.QUEUED
        held = await answer(functools.partial(jobs.hold, job.uuid, by="suite"))
        assert held.state is JobState.HELD
        canceled = await answer(functools.partial(jobs.cancel, job.uuid, by="suite"))
        assert canceled.state is JobState.CANCELED
        story = [entry.state for entry in await answer(functools.partial(jobs.timeline, job.uuid))]
        assert story[-1] is JobState.CANCELED
        assert JobState.HELD in story

    async def test_jobs_come_out_in_the_order_they_are_released_in(self, jobs: Jobs, printer: PrinterId) -> None:
        """Each behind those released before it, whichever came first; with the ticket it is given then."""
        first, second = [await _held(jobs, printer) for _ in range(2)]
        later = await answer(functools.partial(jobs.release, second.uuid, by="suite", to=printer, ticket=b"\x02"))
        last = await answer(functools.partial(jobs.release, first.uuid, by="suite"))
        assert second.number < later.turn < last.turn
        assert (later.ticket, later.destination, last.destination) == (b"\x02", printer, printer)
        held = await answer(functools.partial(jobs.hold, second.uuid, by="suite"))
        assert held.target is None

    async def test_a_job_comes_out_at_release_points_alone(self, jobs: Jobs, printer: PrinterId) -> None:
        """Anywhere else it stays held."""
        job = await _held(jobs, printer)
        elsewhere = functools.partial(jobs.release, job.uuid, by="suite", to=PrinterId("nobody"))
        await refusal(elsewhere, IllegalStep)
        found = jobs.find(job.uuid)
        assert found is not None
        assert found.state is JobState.HELD

    async def test_an_illegal_step_changes_nothing(self, jobs: Jobs, printer: PrinterId) -> None:
        """A finished job stays finished."""
        job = await _held(jobs, printer)
        await refusal(functools.partial(jobs.settle, job.uuid, by="suite"), IllegalStep)
        await refusal(functools.partial(jobs.learn, job.uuid, Completed()), IllegalStep)
        await jobs.cancel(job.uuid, by="suite")
        for act in (jobs.cancel, jobs.hold, jobs.release):
            await refusal(functools.partial(act, job.uuid, by="suite"), IllegalStep)
        found = jobs.find(job.uuid)
        assert found is not None
        assert found.state is JobState.CANCELED

    async def test_an_abandoned_job_is_over(self, jobs: Jobs, printer: PrinterId) -> None:
        """What came of it is gone."""
        intake = jobs.open(NewJob(printer=printer))
        await intake.write(b"half a")
        await intake.abandon("the sender went away")
        found = jobs.find(intake.job.uuid)
        assert found is None or found.state is JobState.ABORTED


async def _held(jobs: Jobs, printer: PrinterId) -> Job:
    intake = jobs.open(NewJob(printer=printer, hold="indefinite"))
    await intake.write(b"document")
    return await intake.commit()
