"""Jobs in memory: their names, the limit of those that are over, and uuids that are used again."""

from __future__ import annotations

import datetime as dt
import uuid

import attrs
import pytest
import trio
import trio.testing

from tympan._bus import Bus
from tympan._errors import BadInput, IllegalStep, NotFound
from tympan._ids import printer_id
from tympan._job_memory import JobMemory
from tympan._limits import Limits
from tympan._states import JobState
from tympan._values import Job

FRONT = printer_id("front")
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def job(number: int, state: JobState = JobState.QUEUED, name: int | None = None, *, shared: bool = False) -> Job:
    return Job(
        uuid=uuid.UUID(int=name or number), number=number, printer=FRONT, created_at=NOW, state=state, shared=shared
    )


def remembering(*jobs: Job, most: int = 9) -> JobMemory:
    memory = JobMemory(Bus(), Limits(recent_jobs=most))
    for each in jobs:
        memory.insert(each)
    return memory


def end(memory: JobMemory, one: Job, state: JobState = JobState.COMPLETED) -> Job:
    over = memory.replace(attrs.evolve(one, state=state))
    memory.retire(over.uuid, erased=True)
    return over


def test_a_job_is_found_by_each_of_its_names_until_it_makes_room() -> None:
    first, second = job(1), job(2)
    memory = remembering(first, second, most=1)
    over = end(memory, first)
    assert (memory.get(1), memory.find(over.uuid), memory.of_printer(FRONT)) == (over, over, (over, second))
    end(memory, second)
    assert (memory.get(1), memory.find(over.uuid)) == (None, None)
    assert [each.number for each in memory.of_printer(FRONT)] == [2]
    with pytest.raises(NotFound):
        memory.known(over.uuid)


def test_those_that_are_over_are_not_counted_and_may_not_be_changed() -> None:
    memory = remembering(first := job(1), job(2))
    end(memory, first)
    assert memory.open_count == 1
    with pytest.raises(IllegalStep, match="completed already"):
        memory.going(first.uuid)


def test_one_whose_document_is_kept_makes_no_room_before_it_is_erased() -> None:
    memory = remembering(kept := job(1), job(2), job(3), most=1)
    memory.retire(memory.replace(attrs.evolve(kept, state=JobState.COMPLETED)).uuid, erased=False)
    end(memory, job(2))
    end(memory, job(3))
    assert [each.number for each in memory.all()] == [1, 3]
    memory.make_room(kept.uuid)
    assert [each.number for each in memory.all()] == [1], "it was erased last"


def test_a_uuid_that_came_to_nothing_is_free_once_and_any_other_is_not() -> None:
    memory = remembering(job(1, JobState.RECEIVING), job(2))
    gone = end(memory, job(1), JobState.ABORTED)
    with pytest.raises(BadInput, match="already"):
        memory.free_uuid(gone.uuid, shared=False)
    memory.leave_uuid(gone.uuid)
    memory.free_uuid(gone.uuid, shared=False)
    assert (memory.find(gone.uuid), memory.open_count) == (None, 1)
    with pytest.raises(BadInput, match="already"):
        memory.free_uuid(job(2).uuid, shared=True)


def test_a_uuid_is_not_free_while_a_document_is_kept_under_it() -> None:
    memory = remembering(held := job(1, JobState.HELD, shared=True))
    memory.retire(memory.replace(attrs.evolve(held, state=JobState.CANCELED)).uuid, erased=False)
    with pytest.raises(BadInput, match="already"):
        memory.free_uuid(held.uuid, shared=True)
    memory.make_room(held.uuid)
    memory.free_uuid(held.uuid, shared=True)
    assert memory.find(held.uuid) is None


def test_one_that_was_to_stand_in_the_place_of_another_leaves_it_as_it_was() -> None:
    memory = remembering(job(1, JobState.HELD, shared=True))
    before = end(memory, job(1, shared=True), JobState.CANCELED)
    memory.free_uuid(before.uuid, shared=True)
    memory.insert(job(2, JobState.RECEIVING, name=1, shared=True))
    assert memory.instead_of(before.uuid) == before
    memory.forget_unaccepted(before.uuid)
    assert (memory.known(before.uuid), memory.get(2), memory.open_count) == (before, None, 0)


def test_one_that_is_accepted_takes_the_place_for_good() -> None:
    memory = remembering(job(1, JobState.HELD, shared=True))
    before = end(memory, job(1, shared=True), JobState.CANCELED)
    memory.free_uuid(before.uuid, shared=True)
    memory.insert(again := job(2, JobState.RECEIVING, name=1, shared=True))
    memory.accepted(attrs.evolve(again, state=JobState.HELD), lines=2)
    assert (memory.instead_of(before.uuid), memory.count_line(before.uuid)) == (None, 3)


@pytest.mark.anyio
async def test_a_change_that_is_being_written_is_waited_for() -> None:
    memory, waited = remembering(one := job(1)), trio.Event()

    async def wait() -> None:
        await memory.settled(one.uuid)
        waited.set()

    async with trio.open_nursery() as nursery:
        async with memory.lock(one.uuid):
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            assert not waited.is_set()
        await waited.wait()
