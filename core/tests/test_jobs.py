"""The book of jobs: receiving, holding, and what stays until it is erased."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from kernel_rig import PRINTER, QUICK, Rig, ScriptedRoute, rig

from tympan._errors import BadInput, IllegalStep, StoreUnwritable
from tympan._ids import PluginId
from tympan._ports import Deferred, Delivery, Document, Go, Hold, Outcome
from tympan._rows import UNTOLD, job_row
from tympan._states import JobState
from tympan._store import Store
from tympan._values import Claim, Job, NewJob, Printer, Statistics

pytestmark = pytest.mark.anyio


async def away(delivery: Delivery) -> Outcome:
    return Deferred(reason="offline-report", detail="the device is away")


async def test_a_job_canceled_before_its_document_stays_canceled_whatever_the_sender_says_next(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        intake = kernel.book.open(NewJob(printer=PRINTER.id))
        await kernel.book.cancel(intake.job.uuid, by="ada")
        with pytest.raises(IllegalStep):
            intake.declare("text/plain")
        assert kernel.book.memory.known(intake.job.uuid).state is JobState.CANCELED
        await intake.abandon("canceled")


async def test_a_uuid_belongs_to_one_job(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute(away)) as kernel:
        job = await kernel.submit()
        with pytest.raises(BadInput, match="already"):
            kernel.book.open(NewJob(printer=PRINTER.id, uuid=job.uuid))
        assert kernel.book.memory.known(job.uuid).number == job.number


async def test_the_next_try_of_a_waiting_job_is_not_the_end_of_a_held_one(tmp_path: Path) -> None:
    patient = attrs.evolve(QUICK, retry_first_s=60.0, retry_last_s=60.0)  # else it may be tried again before it is held
    async with rig(tmp_path, ScriptedRoute(away), limits=patient) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.WAITING)
        assert job.retry_at is not None
        held = await kernel.book.hold(job.uuid, by="ada")
        assert (held.state, held.retry_at) == (JobState.HELD, None)


class HoldingGate:
    """Holds every job until a moment, or until its owner showed a card."""

    def __init__(self, until: dt.datetime) -> None:
        self._until = until
        self.shown = False

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        return Go() if self.shown else Hold(reason="job-held-for-release", detail="show your card", until=self._until)


async def test_the_end_of_a_gate_s_hold_is_over_once_the_job_is_released(tmp_path: Path) -> None:
    gate = HoldingGate(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    async with rig(tmp_path, gate) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.HELD)
        assert job.retry_at is not None
        gate.shown = True
        assert (await kernel.book.release(job.uuid, by="ada")).retry_at is None


# ---------------------------------------------------------------------------------------------- erasing


class PatientInspector:
    """Reads nothing until it is let."""

    media_types = frozenset({"application/octet-stream"})

    def __init__(self) -> None:
        self.let = trio.Event()

    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        await self.let.wait()
        return Statistics(format="text/plain", pages=1)


async def until_erased(kernel: Rig, count: int) -> None:
    with trio.fail_after(10):
        while documents(kernel) != count:
            await trio.sleep(0.01)


def documents(kernel: Rig) -> int:
    count: int = kernel.book.moves._store._database.read("SELECT count(*) FROM documents")[0][0]
    return count


async def test_every_document_is_erased_however_many_jobs_end_before_their_inspection(tmp_path: Path) -> None:
    inspector = PatientInspector()
    few = attrs.evolve(QUICK, recent_jobs=2, inspection_delay_s=0.0)
    async with rig(tmp_path, ScriptedRoute(), inspector, limits=few) as kernel:
        jobs = [await kernel.submit() for _ in range(6)]
        for job in jobs:
            await kernel.until(job, JobState.COMPLETED)
        assert documents(kernel) == 6
        inspector.let.set()
        await until_erased(kernel, 0)
        with trio.fail_after(10):  # the disk has it before the book hears of it
            while len(kernel.book.all()) != 2:
                await trio.sleep(0.01)
        kept = await kernel.book.moves._store.load_all()
        assert [job.statistics is not None for job in kept] == [True] * 6


async def test_documents_left_by_a_crash_are_erased_however_many_jobs_ended_after(tmp_path: Path) -> None:
    few = attrs.evolve(QUICK, recent_jobs=2, inspection_delay_s=0.0)
    async with rig(tmp_path, ScriptedRoute(), PatientInspector(), limits=few) as kernel:
        for job in [await kernel.submit() for _ in range(5)]:
            await kernel.until(job, JobState.COMPLETED)
    async with rig(tmp_path, ScriptedRoute(), limits=few) as kernel:
        await until_erased(kernel, 0)


async def test_a_file_that_cannot_be_removed_is_removed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unlink, refusals = Store._unlink, [StoreUnwritable("not now")]

    def refuse(self: Store, file: Path) -> None:
        if refusals:
            raise refusals.pop()
        unlink(self, file)

    monkeypatch.setattr(Store, "_unlink", refuse)
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        await kernel.until(await kernel.submit(bytes(600_000)), JobState.COMPLETED)
        with trio.fail_after(10):
            while list((tmp_path / "documents").iterdir()):
                await trio.sleep(0.01)
    assert refusals == []


async def test_a_job_canceled_before_its_commit_leaves_no_file(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        intake = kernel.book.open(NewJob(printer=PRINTER.id))
        await intake.write(bytes(600_000))
        with trio.fail_after(10):
            while not list((tmp_path / "documents").iterdir()):
                await trio.sleep(0.005)
        await kernel.book.cancel(intake.job.uuid, by="ada")
        with pytest.raises(IllegalStep):
            await intake.commit()
        assert list((tmp_path / "documents").iterdir()) == []
        assert kernel.book.memory.known(intake.job.uuid).state is JobState.CANCELED


async def test_a_job_whose_receiving_failed_may_be_begun_anew_under_its_uuid(tmp_path: Path) -> None:
    name = uuid.uuid4()
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        for _ in range(3):
            intake = kernel.book.open(NewJob(printer=PRINTER.id, uuid=name))
            await intake.write(b"half of it")
            await intake.abandon("the link broke")
            assert kernel.book.memory.known(name).state is JobState.ABORTED
        job = await kernel.until(await kernel.submit(uuid=name), JobState.COMPLETED)
        assert [one.uuid for one in kernel.book.all()].count(name) == 1
        with pytest.raises(BadInput, match="already"):
            kernel.book.open(NewJob(printer=PRINTER.id, uuid=job.uuid))


async def come_again(kernel: Rig, name: uuid.UUID, *, shared: bool = True) -> Job:
    intake = kernel.book.open(NewJob(printer=PRINTER.id, uuid=name, hold="indefinite", shared=shared))
    await intake.write(b"sealed by another machine")
    return await intake.commit()


async def erased(kernel: Rig, job: Job) -> None:
    with trio.fail_after(30):
        while kernel.book.moves.has_document(job) or job.uuid not in kernel.book.memory._over:
            await trio.sleep(0.01)


async def test_a_job_of_another_machine_that_was_erased_before_it_was_let_go_on_may_come_again(tmp_path: Path) -> None:
    name = uuid.uuid4()
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        first = await come_again(kernel, name)
        await kernel.book.cancel(name, by="the hub")
        await erased(kernel, first)
        with pytest.raises(BadInput, match="already"):
            await come_again(kernel, name, shared=False)
        await kernel.book.open(NewJob(printer=PRINTER.id, uuid=name, shared=True)).abandon("the link broke")
        second = await come_again(kernel, name)
        assert (second.state, second.number > first.number) == (JobState.HELD, True)
        assert [line.what for line in await kernel.book.timeline(name)] == ["received", "held"], "its story is its own"
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        assert [job.number for job in kernel.book.all()] == [second.number]
        with pytest.raises(BadInput, match="already"):
            await come_again(kernel, name)


async def test_one_that_comes_again_and_cannot_be_kept_leaves_what_was_there_and_may_come_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = uuid.uuid4()

    async def full(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    async with rig(tmp_path, ScriptedRoute()) as kernel:
        first = await come_again(kernel, name)
        await kernel.book.cancel(name, by="the hub")
        await erased(kernel, first)
        with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
            patch.setattr(kernel.book.moves._store, "accept", full)
            await come_again(kernel, name)
        assert kernel.book.memory.known(name).state is JobState.CANCELED
        assert kernel.book.memory.known(name).number == first.number
        assert (await come_again(kernel, name)).state is JobState.HELD


async def test_what_may_come_again_is_erased_already_when_the_agent_starts_anew(tmp_path: Path) -> None:
    name = uuid.uuid4()
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        first = await come_again(kernel, name)
        await kernel.book.cancel(name, by="the hub")
        await erased(kernel, first)
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        assert (await come_again(kernel, name)).state is JobState.HELD


@pytest.mark.parametrize(
    "touched",
    [
        {"shared": False},
        {"turn": 7},
        {"attempts": 1},
        {"evidence": b"a byte may have left"},
        {"claim": Claim(route=PluginId("any"), attempt=1, fence=1)},
        {"state": JobState.COMPLETED},
        {"state": JobState.ABORTED},
        {"state": JobState.UNKNOWN},
        {"state": JobState.HELD},
    ],
)
def test_a_job_that_was_let_go_on_or_may_have_left_never_comes_again(touched: dict[str, Any]) -> None:
    over = Job(
        uuid=uuid.uuid4(),
        number=1,
        printer=PRINTER.id,
        created_at=dt.datetime.now(dt.UTC),
        shared=True,
        state=JobState.CANCELED,
    )
    assert over.came_to_nothing
    assert not attrs.evolve(over, **touched).came_to_nothing


async def test_a_foreign_title_is_not_told_where_jobs_are_listed(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        intake = kernel.book.open(NewJob(printer=PRINTER.id, name="Notice to quit", hold="indefinite", foreign=True))
        await intake.write(b"sealed by another machine")
        job = await intake.commit()
        assert job_row(job)["name"] == UNTOLD
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        assert job_row(kernel.book.memory.known(job.uuid))["name"] == UNTOLD, "after a restart neither"
