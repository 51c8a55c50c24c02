"""The suite for what a spooler tells of a queue and for the jobs it is given.

A plugin's test module subclasses it and gives two fixtures::

    @pytest.mark.anyio
    class TestJobsOfOurSpooler(SpoolJobsSuite):
        @pytest.fixture
        def spooler(self) -> Spooler: ...      # of a print system with one queue

        @pytest.fixture
        def queue(self) -> str: ...            # that queue: of a device, taking PDF, printing at once

Attributes:
    prints: Set it to False where nothing can come out of the queue of the tests: then a job need only come to an end.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools
import uuid
from collections.abc import AsyncIterator

import trio

from tympan._errors import TympanError
from tympan._ports import Queue, QueueKind, Spooler, SpoolJob, SpoolJobState
from tympan.testing._expectations import answer, refusal
from tympan.testing._spooler_suite import PDF

_END_S = 60.0
"""For a job of one page to come to its end: CUPS asks some devices only each 20 s."""
_NO_NUMBER = 2_000_000


class SpoolJobsSuite:
    """What every spooler must tell and do. Subclass it and give the fixtures ``spooler`` and ``queue``."""

    prints = True

    async def test_a_queue_of_a_device_is_a_printer_with_an_identity(self, spooler: Spooler, queue: str) -> None:
        """Each listing tells the same."""
        first, second = [await _listed(spooler, queue) for _ in range(2)]
        assert first.kind is QueueKind.PRINTER
        assert first.identity, "a queue of a device was listed without an identity"
        assert (first.identity, first.revision) == (second.identity, second.revision), "nothing was changed meanwhile"

    async def test_options_have_values_and_a_default_among_them(self, spooler: Spooler, queue: str) -> None:
        """Whoever offers them can offer nothing else."""
        told = await answer(functools.partial(spooler.capabilities, queue))
        assert "application/pdf" in told.media_types
        names = [option.name for option in told.options]
        assert len(names) == len(set(names)), "an option was told twice"
        for option in told.options:
            assert option.values, f"{option.name} has no value"
            wrong = option.default and not _is_range(option.values) and option.default not in option.values
            assert not wrong, f"the default of {option.name} is none of its values: {option.default}"

    async def test_capabilities_are_the_same_when_nothing_changed(self, spooler: Spooler, queue: str) -> None:
        """Else each look would be a difference to tell."""
        first, second = [await answer(functools.partial(spooler.capabilities, queue)) for _ in range(2)]
        assert first == second

    async def test_nothing_is_told_of_a_queue_that_is_not_there(self, spooler: Spooler, queue: str) -> None:
        """Neither what it can do, nor a job of it."""
        await refusal(functools.partial(spooler.capabilities, f"no-{queue}"), TympanError)
        await refusal(functools.partial(_start, spooler, f"no-{queue}", uuid.uuid4()), TympanError)

    async def test_a_job_is_found_by_its_uuid(self, spooler: Spooler, queue: str) -> None:
        """Nothing prints of one that has no document yet."""
        mine, other = uuid.uuid4(), uuid.uuid4()
        number = await answer(functools.partial(_start, spooler, queue, mine))
        found = await answer(functools.partial(spooler.find_job, queue, mine))
        assert found is not None, "a job that was started is not found"
        assert found.number == number
        assert not found.received, "a job without a document is said to have one"
        assert not found.state.is_over
        assert await answer(functools.partial(spooler.find_job, queue, other)) is None
        await answer(functools.partial(spooler.cancel_job, queue, number))

    async def test_jobs_have_numbers_of_their_own(self, spooler: Spooler, queue: str) -> None:
        """Two with the same title are two."""
        jobs = [uuid.uuid4() for _ in range(2)]
        numbers = [await answer(functools.partial(_start, spooler, queue, job)) for job in jobs]
        found = [await answer(functools.partial(spooler.find_job, queue, job)) for job in jobs]
        assert len(set(numbers)) == 2
        assert [one.number for one in found if one] == numbers
        for number in numbers:
            await answer(functools.partial(spooler.cancel_job, queue, number))

    async def test_a_document_prints_and_the_job_is_followed_to_its_end(self, spooler: Spooler, queue: str) -> None:
        """And it is found when it is over, for as long as the system remembers."""
        mine = uuid.uuid4()
        number = await answer(functools.partial(_start, spooler, queue, mine))
        await answer(functools.partial(spooler.send_document, queue, number, _pdf()))
        seen = await _followed(spooler, queue, number)
        assert {job.number for job in seen} == {number}
        assert all(not job.state.is_over for job in seen[:-1]), "something was told after the end"
        assert seen[-1].state is SpoolJobState.COMPLETED if self.prints else seen[-1].state.is_over
        found = await answer(functools.partial(spooler.find_job, queue, mine))
        assert found is None or found.state.is_over, "a job that ended goes on"

    async def test_a_canceled_job_ends(self, spooler: Spooler, queue: str) -> None:
        """Before its document came nothing was printed; canceling again harms nothing."""
        number = await answer(functools.partial(_start, spooler, queue, uuid.uuid4()))
        for _ in range(2):
            await answer(functools.partial(spooler.cancel_job, queue, number))
        [*_, last] = await _followed(spooler, queue, number)
        assert last.state in {SpoolJobState.CANCELED, SpoolJobState.GONE}, f"a canceled job is {last.state}"

    async def test_a_job_nobody_knows_is_gone(self, spooler: Spooler, queue: str) -> None:
        """Following ends, and says that nothing is known of the end."""
        assert [job.state for job in await _followed(spooler, queue, _NO_NUMBER)] == [SpoolJobState.GONE]


async def _listed(spooler: Spooler, name: str) -> Queue:
    [queue] = [queue for queue in await answer(spooler.list_queues) if queue.name == name]
    return queue


def _is_range(values: tuple[str, ...]) -> bool:
    lower, _, upper = values[0].partition("-")
    return len(values) == 1 and lower.isdecimal() and upper.isdecimal()


async def _start(spooler: Spooler, queue: str, job: uuid.UUID) -> int:
    return await spooler.start_job(
        queue, job=job, title="Suite", user="ada", media_type="application/pdf", options={"copies": "1"}
    )


async def _pdf() -> AsyncIterator[bytes]:
    yield PDF


async def _followed(spooler: Spooler, queue: str, number: int) -> list[SpoolJob]:
    with trio.move_on_after(_END_S):
        seen = [job async for job in spooler.follow_job(queue, number)]
        assert seen, "nothing was told of a job"
        assert seen[-1].state.is_over, "following ended before the job"
        return seen
    raise AssertionError(f"job {number} has no end within {_END_S:g} s")
