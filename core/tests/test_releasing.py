"""Jobs released to another device than their printer's own: order, restarts, and what must never come out."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
import trio
import trio.lowlevel
from kernel_rig import PRINTER, QUICK, Rig, ScriptedGate, ScriptedRoute, at_once, print_it, rig

from tympan._errors import BadInput, IllegalStep, NotFound
from tympan._events import PrintersChanged
from tympan._ids import PluginId, PrinterId, printer_id
from tympan._ports import Claimed, Deferred, Delivery, Gate, Go, Hold, LostTrack, Outcome, Unfit
from tympan._states import JobState
from tympan._turns import Turns
from tympan._values import Job, NewJob, Printer, PrinterMode

pytestmark = pytest.mark.anyio

PULL = attrs.evolve(PRINTER, uri="", mode=PrinterMode.PULL)
HALL = Printer(id=printer_id("hall"), name="Hall", uri="ipp://hall.example/", offered=False, releases=True)
YARD = attrs.evolve(HALL, id=printer_id("yard"), name="Yard", uri="ipp://yard.example/")
FREE = attrs.evolve(HALL, id=printer_id("free"), name="Free", releases=False, offered=True)


@attrs.define(eq=False)
class Devices:
    """Notes what comes out where; a device that is away defers."""

    came_out: list[tuple[PrinterId, int]] = attrs.field(factory=list)
    away: set[PrinterId] = attrs.field(factory=set)
    unfit: set[PrinterId] = attrs.field(factory=set)

    async def deliver(self, delivery: Delivery) -> Outcome:
        where = delivery.printer.id
        if where in self.away:
            return Deferred(reason="offline-report", detail="away", retry_after_s=30)
        if where in self.unfit:
            return Unfit(reason="unsupported-attributes-or-values", detail="It has no A3.")
        self.came_out.append((where, delivery.job.number))
        return await print_it(delivery)

    @property
    def route(self) -> ScriptedRoute:
        return ScriptedRoute(self.deliver)


def pulled(kernel: Rig) -> Rig:
    """With a pull printer and devices, and a gate that lets go what is released where a test brings none."""
    if not kernel.owned(Gate):
        kernel.offered.append((PluginId("gate"), ScriptedGate(Go())))
    for printer in (PULL, HALL, YARD, FREE):
        kernel.printers.add(printer)
    return kernel


async def held(kernel: Rig, count: int = 1) -> list[Job]:
    return [await kernel.until(await kernel.submit(), JobState.HELD) for _ in range(count)]


async def test_jobs_of_one_pull_printer_come_out_where_and_in_the_order_they_were_released(tmp_path: Path) -> None:
    devices = Devices(away={HALL.id})
    async with rig(tmp_path, devices.route) as kernel:
        jobs = await held(pulled(kernel), 6)
        assert devices.came_out == []
        for job in (jobs[4], jobs[0], jobs[2]):
            await kernel.book.release(job.uuid, by="ada", to=HALL.id)
        await kernel.book.release(jobs[1].uuid, by="ben", to=YARD.id)
        await kernel.until(jobs[1], JobState.COMPLETED)  # one device that is away keeps no other waiting
        devices.away.clear()
        kernel.bus.publish(PrintersChanged())
        for job in (jobs[4], jobs[0], jobs[2]):
            await kernel.until(job, JobState.COMPLETED)
    where = [(HALL.id, jobs[at].number) for at in (4, 0, 2)]
    assert devices.came_out == [(YARD.id, jobs[1].number), *where]


async def test_where_a_job_was_released_to_survives_a_restart_and_so_does_the_order(tmp_path: Path) -> None:
    devices = Devices(away={HALL.id})
    async with rig(tmp_path, devices.route) as kernel:
        jobs = await held(pulled(kernel), 3)
        for job in reversed(jobs):
            await kernel.book.release(job.uuid, by="ada", to=HALL.id)
    devices.away.clear()
    async with rig(tmp_path, devices.route) as kernel:
        pulled(kernel)
        kernel.bus.publish(PrintersChanged())
        for job in jobs:
            await kernel.until(job, JobState.COMPLETED)
    assert devices.came_out == [(HALL.id, job.number) for job in reversed(jobs)]


async def test_a_restart_asks_the_device_a_job_was_released_to(tmp_path: Path) -> None:
    async def never(delivery: Delivery) -> Outcome:
        await delivery.checkpoint(b"job 7", what="the device took it")
        await delivery.sent(b"job 7")
        await trio.sleep_forever()
        raise AssertionError

    async with rig(tmp_path, ScriptedRoute(never)) as kernel:
        [job] = await held(pulled(kernel))
        await kernel.book.release(job.uuid, by="ada", to=HALL.id)
        await kernel.until(job, JobState.PRINTING)
    asked: list[PrinterId] = []

    async def done(delivery: Delivery) -> Outcome:
        asked.append(delivery.printer.id)
        return await print_it(delivery)

    async with rig(tmp_path, ScriptedRoute(on_recover=done)) as kernel:
        pulled(kernel)
        kernel.bus.publish(PrintersChanged())
        await kernel.until(job, JobState.COMPLETED)
    assert asked == [HALL.id]


@pytest.mark.parametrize("to", [None, PULL.id, FREE.id, PrinterId("nowhere")])
async def test_a_job_comes_out_at_no_device_that_is_none_of_its_release_points(
    tmp_path: Path, to: PrinterId | None
) -> None:
    devices = Devices()
    async with rig(tmp_path, devices.route) as kernel:
        [job] = await held(pulled(kernel))
        with pytest.raises(IllegalStep):
            await kernel.book.release(job.uuid, by="ada", to=to)
        assert kernel.book.memory.known(job.uuid).state is JobState.HELD
    assert devices.came_out == []


async def test_no_job_begins_at_a_device_where_neither_programs_nor_held_jobs_come_out(tmp_path: Path) -> None:
    async with rig(tmp_path) as kernel:
        pulled(kernel).printers.add(attrs.evolve(HALL, releases=False))
        with pytest.raises(NotFound):
            kernel.book.open(NewJob(printer=HALL.id))


async def test_a_hold_takes_back_where_a_job_was_released_to(tmp_path: Path) -> None:
    devices = Devices(away={HALL.id})
    until = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    async with rig(tmp_path, devices.route) as kernel:
        [job] = await held(pulled(kernel))
        await kernel.book.release(job.uuid, by="ada", to=HALL.id)
        await kernel.until(job, JobState.WAITING)
        terms = Hold(reason="job-held-for-release", detail="not begun in time", until=until)
        back = await kernel.book.hold(job.uuid, by="the hub", terms=terms)
        assert (back.target, back.reason, back.retry_at) == (None, "job-held-for-release", until)
        await kernel.book.release(job.uuid, by="ada", to=YARD.id)
        await kernel.until(job, JobState.COMPLETED)
    assert devices.came_out == [(YARD.id, job.number)]


async def test_a_job_that_a_device_may_have_is_not_held_again(tmp_path: Path) -> None:
    async def begun(delivery: Delivery) -> Outcome:
        await delivery.checkpoint(b"job 7", what="the device took it")
        return Deferred(reason="offline-report", detail="away", retry_after_s=30)

    async with rig(tmp_path, ScriptedRoute(begun)) as kernel:
        [job] = await held(pulled(kernel))
        await kernel.book.release(job.uuid, by="ada", to=HALL.id)
        await kernel.until(job, JobState.WAITING)
        with pytest.raises(IllegalStep, match="may have the job"):
            await kernel.book.hold(job.uuid, by="the hub")
        assert kernel.book.memory.known(job.uuid).target == HALL.id


async def test_a_job_its_device_cannot_print_is_held_for_another_and_its_device_goes_on(tmp_path: Path) -> None:
    devices = Devices(unfit={HALL.id})
    async with rig(tmp_path, devices.route) as kernel:
        [job] = await held(pulled(kernel))
        await kernel.book.release(job.uuid, by="ada", to=HALL.id)
        back = await kernel.until(job, JobState.HELD)
        while kernel.book.memory.known(job.uuid).claim is not None:
            await trio.lowlevel.checkpoint()
        assert (back.target, back.reason, back.detail) == (None, "unsupported-attributes-or-values", "It has no A3.")
        assert back.retry_at is not None
        await kernel.book.release(job.uuid, by="ada", to=YARD.id)
        await kernel.until(job, JobState.COMPLETED)
    assert devices.came_out == [(YARD.id, job.number)]
    assert kernel.charged == []


async def test_a_job_of_a_push_printer_that_its_device_cannot_print_is_over(tmp_path: Path) -> None:
    devices = Devices(unfit={PRINTER.id})
    async with rig(tmp_path, devices.route) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.ABORTED)
    assert (job.reason, job.detail) == ("unsupported-attributes-or-values", "It has no A3.")


@pytest.mark.parametrize(
    "change",
    [
        lambda kernel: kernel.printers.remove(PULL.id),
        lambda kernel: kernel.printers.add(attrs.evolve(HALL, releases=False)),
    ],
    ids=["the pull printer is gone", "the device is no release point any more"],
)
async def test_a_job_that_lost_its_way_is_held_and_stands_in_nobodys_way(
    tmp_path: Path, change: Callable[[Rig], None]
) -> None:
    devices = Devices(away={HALL.id})
    async with rig(tmp_path, devices.route) as kernel:
        [job] = await held(pulled(kernel))
        await kernel.book.release(job.uuid, by="ada", to=HALL.id)
        await kernel.until(job, JobState.WAITING)
        devices.away.clear()
        change(kernel)
        kernel.dispatcher.wake(HALL.id, job.uuid)
        back = await kernel.until(job, JobState.HELD)
        assert (back.target, back.reason) == (None, "job-held-for-release")
        assert back.retry_at is not None
    assert devices.came_out == []


async def test_a_users_own_hold_is_no_way_around_the_rules_of_a_pull_printer(tmp_path: Path) -> None:
    until = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    gate = ScriptedGate(Hold(reason="job-held-for-release", detail="release it", until=until))
    async with rig(tmp_path, ScriptedRoute(), gate) as kernel:
        job = await kernel.until(await pulled(kernel).submit(hold="indefinite"), JobState.HELD)
        assert (job.reason, job.retry_at) == ("job-held-for-release", until)


async def test_no_gates_go_lets_a_pull_printers_job_out_unreleased(tmp_path: Path) -> None:
    route = ScriptedRoute()
    async with rig(tmp_path, route, ScriptedGate(Go())) as kernel:
        kernel.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
        job = await kernel.until(await kernel.submit(), JobState.HELD)
        await trio.testing.wait_all_tasks_blocked()
        assert (route.delivered, kernel.book.memory.known(job.uuid).reason) == ([], "job-held-for-release")
        await kernel.book.release(job.uuid, by="ada")
        await kernel.until(job, JobState.COMPLETED)


async def test_a_ticket_too_large_releases_nothing(tmp_path: Path) -> None:
    async with rig(tmp_path, limits=attrs.evolve(QUICK, ticket_bytes=1024)) as kernel:
        [job] = await held(pulled(kernel))
        with pytest.raises(BadInput):
            await kernel.book.release(job.uuid, by="ada", to=HALL.id, ticket=bytes(1025))
        assert kernel.book.memory.known(job.uuid).state is JobState.HELD


async def test_a_release_that_waited_for_a_gate_prints_no_job_that_was_printed_meanwhile(tmp_path: Path) -> None:
    devices = Devices()
    async with rig(tmp_path, devices.route, gate := ScriptedGate(Go())) as kernel:
        [job] = await held(pulled(kernel))

        async def meanwhile() -> None:
            gate.first = at_once
            await kernel.book.let_go(job.uuid, by="ben", to=YARD.id)
            await kernel.until(job, JobState.COMPLETED)

        gate.first = meanwhile
        with pytest.raises(IllegalStep):
            await kernel.book.release(job.uuid, by="ada", to=HALL.id)
    assert devices.came_out == [(YARD.id, job.number)]


@attrs.define(eq=False)
class Asked(ScriptedRoute):
    """A route that thinks about jobs for some printers until it is told to go on."""

    thinks: dict[PrinterId, trio.Event] = attrs.field(factory=dict)
    about: list[PrinterId] = attrs.field(factory=list)

    async def claim(self, job: Job, printer: Printer) -> Claimed:
        self.about.append(printer.id)
        if printer.id in self.thinks:
            await self.thinks[printer.id].wait()
        return Claimed()


async def until(true: Callable[[], object]) -> None:
    with trio.fail_after(10):
        while not true():
            await trio.sleep(0.005)


async def test_a_job_released_elsewhere_while_its_route_is_asked_comes_out_there_alone(tmp_path: Path) -> None:
    devices, thinks = Devices(), {HALL.id: trio.Event(), YARD.id: trio.Event()}
    route = Asked(devices.deliver, thinks=thinks)
    async with rig(tmp_path, route) as kernel:
        [job] = await held(pulled(kernel))
        await kernel.book.release(job.uuid, by="ada", to=HALL.id)
        await until(lambda: HALL.id in route.about)
        await kernel.book.hold(job.uuid, by="ada")
        await kernel.book.release(job.uuid, by="ada", to=YARD.id)
        thinks[HALL.id].set()
        await until(lambda: HALL.id not in kernel.dispatcher._workers)
        thinks[YARD.id].set()
        await kernel.until(job, JobState.COMPLETED)
    assert devices.came_out == [(YARD.id, job.number)]


async def test_a_job_released_elsewhere_while_too_many_are_served_comes_out_there_alone(tmp_path: Path) -> None:
    devices, free = Devices(), trio.Event()

    async def deliver(delivery: Delivery) -> Outcome:
        if not devices.came_out:
            await free.wait()
        return await devices.deliver(delivery)

    async with rig(tmp_path, ScriptedRoute(deliver), limits=attrs.evolve(QUICK, deliveries=1)) as kernel:
        first, job = await held(pulled(kernel), 2)
        await kernel.book.release(first.uuid, by="ben", to=YARD.id)
        await kernel.until(first, JobState.SENDING)
        await kernel.book.release(job.uuid, by="ada", to=HALL.id)
        await until(lambda: kernel.dispatcher._slots.statistics().tasks_waiting)
        await kernel.book.hold(job.uuid, by="ada")
        await kernel.book.release(job.uuid, by="ada", to=YARD.id)
        free.set()
        await kernel.until(job, JobState.COMPLETED)
    assert devices.came_out == [(YARD.id, first.number), (YARD.id, job.number)]


async def test_a_job_of_unknown_end_meets_its_gate_before_it_is_printed_again_where_it_was(tmp_path: Path) -> None:
    async def lost(delivery: Delivery) -> Outcome:
        return LostTrack(detail="the device was switched off")

    gate, route = ScriptedGate(Go()), ScriptedRoute(lost)
    async with rig(tmp_path, route, gate) as kernel:
        jobs = await held(pulled(kernel), 2)
        for job in jobs:
            await kernel.book.release(job.uuid, by="ada", to=HALL.id)
            await kernel.until(job, JobState.UNKNOWN)
        devices = Devices()
        route.on_deliver = devices.deliver
        await kernel.book.release(jobs[0].uuid, by="ada")
        await kernel.until(jobs[0], JobState.COMPLETED)
        gate.answer = Hold(reason="job-held-for-release", detail="show your card")
        await kernel.book.release(jobs[1].uuid, by="ada")
        await kernel.until(jobs[1], JobState.HELD)
    assert devices.came_out == [(HALL.id, jobs[0].number)]


def test_turns_keep_no_more_places_than_jobs_however_often_they_are_tried() -> None:
    turns, at = Turns(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    job = Job(uuid=uuid.UUID(int=1), number=1, printer=HALL.id, created_at=at, state=JobState.QUEUED)
    for state in (JobState.QUEUED, JobState.SENDING, JobState.WAITING) * 50:
        turns.note(attrs.evolve(job, state=state))
    assert turns.next(HALL.id) == job.uuid
    assert len(turns._in_heaps) == 1
    turns.note(attrs.evolve(job, target=YARD.id, turn=9))
    assert (turns.next(HALL.id), turns.next(YARD.id)) == (None, job.uuid)
    turns.forget(job.uuid)
    assert turns.next(YARD.id) is None
    assert (turns._heaps, turns._in_heaps, turns._places) == ({}, set(), {})


def test_a_job_set_aside_lets_others_go_and_has_its_turn_again() -> None:
    turns, at = Turns(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    first, second = (
        Job(uuid=uuid.UUID(int=n), number=n, printer=HALL.id, created_at=at, state=JobState.WAITING) for n in (1, 2)
    )
    turns.note(first)
    turns.note(second)
    turns.set_aside(first.uuid)
    turns.note(first)
    assert turns.next(HALL.id) == second.uuid
    assert turns.bring_back() == {first.uuid}
    turns.note(first)
    assert turns.next(HALL.id) == first.uuid
    turns.set_aside(first.uuid)
    turns.note(attrs.evolve(first, state=JobState.HELD))
    turns.note(first)  # released anew: nothing of before counts
    assert (turns.next(HALL.id), turns.bring_back()) == (first.uuid, frozenset())


async def test_a_job_that_another_machine_sent_is_over_where_its_device_can_never_print_it(tmp_path: Path) -> None:
    devices = Devices(unfit={HALL.id})
    async with rig(tmp_path, devices.route, ScriptedGate(Go(vouched=True))) as kernel:
        pulled(kernel)
        new = NewJob(printer=HALL.id, hold="indefinite", target=HALL.id, shared=True)
        intake = kernel.book.open(new)
        await intake.write(b"page")
        job = await kernel.until(await intake.commit(), JobState.HELD)
        await kernel.book.release(job.uuid, by="the hub", to=HALL.id)
        over = await kernel.until(job, JobState.ABORTED)
    assert over.reason == "unsupported-attributes-or-values"
    assert devices.came_out == []
