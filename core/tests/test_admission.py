"""Admission over a real store: gates that hold, fail, think, are missing or come late; pull printers; expiry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from kernel_rig import PRINTER, QUICK, Rig, ScriptedGate, ScriptedRoute, rig

from tympan._errors import IllegalStep
from tympan._events import PortsChanged
from tympan._ids import PluginId, PrinterId
from tympan._ports import Claimed, Delivery, Go, Hold, LostTrack, NotMine, Outcome, SendAgain
from tympan._states import JobState
from tympan._values import Job, NewJob, Printer, PrinterMode

pytestmark = pytest.mark.anyio


async def until(true: Callable[[], bool]) -> None:
    with trio.fail_after(10):
        while not true():
            await trio.sleep(0.01)


async def test_a_gate_holds_and_a_broken_gate_lets_nothing_pass_until_it_works_again(tmp_path: Path) -> None:
    gate = ScriptedGate(Hold(reason="job-held-for-release", detail="show your card"))
    route = ScriptedRoute()
    async with rig(tmp_path, route, gate, limits=attrs.evolve(QUICK, expiry_s=0.05)) as kernel:
        held = await kernel.until(await kernel.submit(), JobState.HELD)
        assert held.detail == "show your card"
        gate.answer = RuntimeError("boom")
        job = await kernel.submit()
        with trio.fail_after(10):
            while "is asked again" not in kernel.book.memory.known(job.uuid).detail:
                await trio.sleep(0.01)
        assert (kernel.book.memory.known(job.uuid).state, route.delivered) == (JobState.RECEIVED, [])
        gate.answer = Go()
        await kernel.until(job, JobState.COMPLETED)
        assert {where for _, where, _ in kernel.charged} == {"gate"}
    assert route.delivered == [job.number]


class SlowGate(ScriptedGate):
    """A gate that thinks until it is told to answer."""

    def __init__(self, answer: Go | Hold) -> None:
        super().__init__(answer)
        self.asked = trio.Event()
        self.think = trio.Event()

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        self.asked.set()
        await self.think.wait()
        return await super().check(job, printer)


@pytest.mark.parametrize("answer", [Go(), Hold(reason="job-held-for-release", detail="show your card")])
async def test_a_job_canceled_while_a_gate_decides_stays_canceled(tmp_path: Path, answer: Go | Hold) -> None:
    gate, route = SlowGate(answer), ScriptedRoute()
    async with rig(tmp_path, route, gate) as kernel:
        job = await kernel.submit()
        await gate.asked.wait()
        await kernel.book.cancel(job.uuid, by="ada")
        gate.think.set()
        await kernel.until(await kernel.submit(), JobState.COMPLETED, JobState.HELD)
        assert kernel.book.memory.known(job.uuid).state is JobState.CANCELED
    assert job.number not in route.delivered


async def test_a_job_held_by_its_user_while_a_gate_decides_stays_held(tmp_path: Path) -> None:
    gate, route = SlowGate(Go()), ScriptedRoute()
    async with rig(tmp_path, route, gate) as kernel:
        job = await kernel.submit()
        await gate.asked.wait()
        await kernel.book.hold(job.uuid, by="ada")
        gate.think.set()
        await kernel.until(await kernel.submit(), JobState.COMPLETED)
        assert kernel.book.memory.known(job.uuid).state is JobState.HELD
    assert job.number not in route.delivered


async def test_after_a_restart_no_job_passes_before_the_gates_had_their_chance(tmp_path: Path) -> None:
    gate = SlowGate(Go())
    async with rig(tmp_path, ScriptedRoute(), gate) as kernel:
        job = await kernel.submit()
        await gate.asked.wait()
    route = ScriptedRoute()
    async with rig(tmp_path, route, plugins_started=False) as kernel:
        gate = SlowGate(Hold(reason="job-held-for-release", detail="show your card"))
        gate.think.set()
        kernel.offered.append((PluginId("other"), gate))
        kernel.dispatcher.gates_known()
        await kernel.until(job, JobState.HELD)
    assert route.delivered == []


async def test_a_pull_printer_holds_every_job_when_no_gate_decides(tmp_path: Path) -> None:
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        kernel.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
        job = await kernel.until(await kernel.submit(), JobState.HELD)
        assert route.delivered == []
        await kernel.book.release(job.uuid, by="ada")
        await kernel.until(job, JobState.COMPLETED)


async def test_a_gate_that_is_on_and_does_not_run_holds_everything_back(tmp_path: Path) -> None:
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        kernel.absent_gates.append(PluginId("pull_release"))
        job = await kernel.submit()
        assert (job.state, route.delivered) == (JobState.RECEIVED, [])
        assert "pull_release decides about it" in kernel.book.memory.known(job.uuid).detail
        kernel.absent_gates.clear()
        kernel.bus.publish(PortsChanged())
        await kernel.until(job, JobState.COMPLETED)


async def test_a_gate_for_pull_printers_that_does_not_run_keeps_no_other_job_waiting(tmp_path: Path) -> None:
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        kernel.absent_pull_gates.append(PluginId("pull_release"))
        await kernel.until(await kernel.submit(), JobState.COMPLETED)
        kernel.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
        job = await kernel.submit()
        assert job.state is JobState.RECEIVED
        assert "pull_release decides about it" in kernel.book.memory.known(job.uuid).detail


async def test_a_job_nobody_releases_expires_and_is_never_printed(tmp_path: Path) -> None:
    end = dt.datetime.now(dt.UTC) + dt.timedelta(milliseconds=50)
    route = ScriptedRoute()
    gate = ScriptedGate(Hold(reason="job-held-for-release", detail="show your card", until=end))
    async with rig(tmp_path, route, gate, limits=attrs.evolve(QUICK, expiry_s=0.02)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.EXPIRED)
    assert (route.delivered, job.detail) == ([], "nobody released it in time")


async def test_a_gate_that_names_an_end_without_a_zone_fails_and_the_kernel_goes_on(tmp_path: Path) -> None:
    class Careless(ScriptedGate):
        async def check(self, job: Job, printer: Printer) -> Go | Hold:
            end = dt.datetime(2026, 1, 2)
            return Hold(reason="job-held-for-release", detail="show your card", until=end)

    gate = Careless(Go())
    async with rig(tmp_path, ScriptedRoute(), gate, limits=attrs.evolve(QUICK, expiry_s=0.02)) as kernel:
        job = await kernel.submit()
        await until(lambda: len(kernel.charged) >= 3)
        assert kernel.book.memory.known(job.uuid).state is JobState.RECEIVED


async def test_no_release_passes_a_gate_that_holds_fails_or_does_not_run(tmp_path: Path) -> None:
    gate, route = ScriptedGate(Hold(reason="job-held-for-release", detail="show your card")), ScriptedRoute()
    async with rig(tmp_path, route, gate) as kernel:
        job = await kernel.submit(hold="indefinite")  # a user's own hold must be no way around the gate
        with pytest.raises(IllegalStep, match="show your card"):
            await kernel.book.release(job.uuid, by="ada")
        gate.answer = RuntimeError("boom")
        with pytest.raises(IllegalStep, match="could not decide"):
            await kernel.book.release(job.uuid, by="ada")
        gate.answer = Go()
        kernel.absent_gates.append(PluginId("pull_release"))
        with pytest.raises(IllegalStep, match="is not running"):
            await kernel.book.release(job.uuid, by="ada")
        assert kernel.book.memory.known(job.uuid).state is JobState.HELD
        kernel.absent_gates.clear()
        await kernel.book.release(job.uuid, by="ada")
        await kernel.until(job, JobState.COMPLETED)


@pytest.mark.parametrize("gated", [True, False])
async def test_a_job_whose_printer_is_gone_passes_no_gate_until_it_is_back(tmp_path: Path, gated: bool) -> None:
    route, gate = ScriptedRoute(), ScriptedGate(Hold(reason="job-held-for-release", detail="show your card"))
    pull = attrs.evolve(PRINTER, mode=PrinterMode.PULL)
    async with rig(tmp_path, plugins_started=False) as kernel:
        kernel.printers.add(pull)
        job = await kernel.submit()
    async with rig(tmp_path, route, *([gate] if gated else []), plugins_started=False) as kernel:
        kernel.printers.remove(PRINTER.id)
        kernel.dispatcher.gates_known()
        assert (kernel.book.memory.known(job.uuid).state, kernel.book.memory.known(job.uuid).detail) == (
            JobState.RECEIVED, "the printer front is not defined any more; add it again or cancel",
        )  # fmt: skip
        kernel.printers.add(pull)
        await kernel.until(job, JobState.HELD)
        kernel.printers.remove(PRINTER.id)
        with pytest.raises(IllegalStep, match="not defined any more"):
            await kernel.book.release(job.uuid, by="ada")
    assert route.delivered == []


HALL = attrs.evolve(PRINTER, id=PrinterId("hall"), name="Hall", offered=False, releases=True)


async def released(kernel: Rig, gate: ScriptedGate) -> Job:
    """A job of a pull printer, released to the hall under a gate that let it go."""
    kernel.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
    kernel.printers.add(HALL)
    job = await kernel.until(await kernel.submit(), JobState.HELD)
    gate.answer = Go()
    return await kernel.book.release(job.uuid, by="ada", to=HALL.id)


async def test_a_release_that_is_void_by_the_time_it_is_tried_prints_nothing(tmp_path: Path) -> None:
    end = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    held = Hold(reason="job-held-for-release", detail="show your card", until=end)
    gate, route = ScriptedGate(held), ScriptedRoute(mine=False)
    async with rig(tmp_path, route, gate) as kernel:
        job = await kernel.until(await released(kernel, gate), JobState.WAITING)  # no route takes it yet
        gate.answer = held
        route.mine = True
        kernel.bus.publish(PortsChanged())
        again = await kernel.until(job, JobState.HELD)
    assert (route.delivered, again.target, again.retry_at, again.reason) == ([], None, end, "job-held-for-release")


async def test_a_release_is_not_carried_out_after_a_restart_before_its_gate_runs(tmp_path: Path) -> None:
    gate, route = ScriptedGate(Hold(reason="job-held-for-release", detail="show your card")), ScriptedRoute(mine=False)
    async with rig(tmp_path, route, gate) as kernel:
        job = await kernel.until(await released(kernel, gate), JobState.WAITING)
    route.mine = True
    async with rig(tmp_path, route, plugins_started=False) as kernel:
        kernel.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
        kernel.printers.add(HALL)
        kernel.absent_gates.append(PluginId("pull_release"))
        kernel.dispatcher.gates_known()
        kernel.bus.publish(PortsChanged())
        await until(lambda: "pull_release decides about it" in kernel.book.memory.known(job.uuid).detail)
        assert route.delivered == []
        kernel.absent_gates.clear()
        gate.answer = Hold(reason="job-held-for-release", detail="show your card")
        kernel.offered.append((PluginId("other"), gate))
        kernel.bus.publish(PortsChanged())
        await kernel.until(job, JobState.HELD)
    assert route.delivered == []


async def test_a_gate_that_fails_keeps_a_released_job_waiting(tmp_path: Path) -> None:
    gate, route = ScriptedGate(Hold(reason="job-held-for-release", detail="show your card")), ScriptedRoute(mine=False)
    async with rig(tmp_path, route, gate) as kernel:
        job = await kernel.until(await released(kernel, gate), JobState.WAITING)
        gate.answer, route.mine = RuntimeError("boom"), True
        kernel.bus.publish(PortsChanged())
        await until(lambda: "could not decide" in kernel.book.memory.known(job.uuid).detail)
        assert route.delivered == []
        gate.answer = Go()
        kernel.bus.publish(PortsChanged())
        await kernel.until(job, JobState.COMPLETED)


async def test_what_the_device_never_had_meets_its_gate_again_before_it_is_sent_again(tmp_path: Path) -> None:
    async def stuck(delivery: Delivery) -> Outcome:
        await delivery.checkpoint(b"job 7", what="asks the device")
        await trio.sleep_forever()

    async def never_had(delivery: Delivery) -> SendAgain:
        return SendAgain(why="the device never had it")

    held = Hold(reason="job-held-for-release", detail="show your card")
    gate, route = ScriptedGate(held), ScriptedRoute(stuck, never_had)
    async with rig(tmp_path, route, gate) as kernel:
        job = await released(kernel, gate)
        await until(lambda: bool(kernel.book.memory.known(job.uuid).evidence))
    gate.answer = held
    async with rig(tmp_path, route, gate, plugins_started=False) as kernel:
        kernel.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
        kernel.printers.add(HALL)
        kernel.dispatcher.gates_known()
        kernel.bus.publish(PortsChanged())
        await kernel.until(job, JobState.HELD)
    assert (len(route.recovered), len(route.delivered)) == (1, 1)


async def test_a_released_job_whose_gate_does_not_run_lets_others_of_its_device_go_first(tmp_path: Path) -> None:
    gate, route = ScriptedGate(Hold(reason="job-held-for-release", detail="show your card")), ScriptedRoute(mine=False)
    async with rig(tmp_path, route, gate) as kernel:
        job = await kernel.until(await released(kernel, gate), JobState.WAITING)
        intake = kernel.book.open(NewJob(printer=HALL.id, name="letter", user="ben"))
        behind = await kernel.until(await intake.commit(), JobState.QUEUED)
        kernel.absent_gates.append(PluginId("pull_release"))
        route.mine = True
        kernel.bus.publish(PortsChanged())
        await kernel.until(behind, JobState.COMPLETED)
        assert kernel.book.memory.known(job.uuid).state is JobState.WAITING
        assert "pull_release decides about it" in kernel.book.memory.known(job.uuid).detail
        kernel.absent_gates.clear()
        kernel.bus.publish(PortsChanged())
        await kernel.until(job, JobState.COMPLETED)
    assert route.delivered == [behind.number, job.number]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_release_is_void_once_no_gate_is_there_to_ask(tmp_path: Path, restarted: bool) -> None:
    """What releases jobs was switched off: nobody can tell how old the release is."""
    gate, route = ScriptedGate(Hold(reason="job-held-for-release", detail="show your card")), ScriptedRoute(mine=False)
    async with rig(tmp_path, route, gate) as kernel:
        job = await kernel.until(await released(kernel, gate), JobState.WAITING)
        route.mine = True
        if not restarted:
            kernel.offered[:] = [(owner, port) for owner, port in kernel.offered if port is not gate]
            kernel.bus.publish(PortsChanged())
            await kernel.until(job, JobState.HELD)
    async with rig(tmp_path, route, plugins_started=False) as kernel:
        kernel.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
        kernel.printers.add(HALL)
        kernel.dispatcher.gates_known()
        kernel.bus.publish(PortsChanged())
        again = await kernel.until(job, JobState.HELD)
    assert (route.delivered, again.target, again.reason) == ([], None, "job-held-for-release")
    assert again.retry_at is not None, "it expires"


async def test_a_job_released_while_others_expire_does_not_expire_with_them(tmp_path: Path) -> None:
    end = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    gate, route = ScriptedGate(Hold(reason="job-held-for-release", detail="x", until=end)), ScriptedRoute(mine=False)
    writing, written = trio.Event(), trio.Event()
    async with rig(tmp_path, route, gate, limits=attrs.evolve(QUICK, expiry_s=0.02)) as kernel:
        kernel.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
        kernel.printers.add(HALL)
        first = await kernel.until(await kernel.submit(), JobState.HELD)
        second = await kernel.until(await kernel.submit(), JobState.HELD)
        save = kernel.book.moves._store.save

        async def slow(job: Job, *rest: Any) -> None:
            if job.state is JobState.EXPIRED and job.uuid == first.uuid:
                writing.set()
                await written.wait()
            await save(job, *rest)

        kernel.book.moves._store.save = slow  # type: ignore[assignment]
        kernel.book.moves.now = lambda: end + dt.timedelta(hours=1)
        await writing.wait()
        gate.answer = Go()
        await kernel.book.release(second.uuid, by="ada", to=HALL.id)
        await kernel.until(second, JobState.WAITING)
        written.set()
        await kernel.until(first, JobState.EXPIRED)
        route.mine = True
        kernel.bus.publish(PortsChanged())
        await kernel.until(second, JobState.COMPLETED)


# ---------------------------------------------------------------------- jobs that another machine sent


async def sent_from_elsewhere(kernel: Rig) -> Job:
    new = NewJob(printer=PRINTER.id, name="salaries", user="bob (elsewhere)", hold="indefinite", shared=True)
    intake = kernel.book.open(new)
    await intake.write(b"document")
    return await kernel.until(await intake.commit(), JobState.HELD)


async def test_attack_with_the_tunnel_off_nobody_here_can_let_a_job_go_that_another_computer_sent(
    tmp_path: Path,
) -> None:
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        job = await sent_from_elsewhere(kernel)
        for to in (None, PRINTER.id):
            with pytest.raises(IllegalStep, match="another computer sent it"):
                await kernel.book.release(job.uuid, by="an administrator", to=to)
        kernel.offered.append((PluginId("other"), ScriptedGate(Go())))
        with pytest.raises(IllegalStep, match="another computer sent it"):
            await kernel.book.release(job.uuid, by="an administrator")
        assert (kernel.book.memory.known(job.uuid).state, route.delivered) == (JobState.HELD, [])
        kernel.offered.append((PluginId("other"), ScriptedGate(Go(vouched=True))))
        await kernel.book.release(job.uuid, by="the hub", to=PRINTER.id)
        await kernel.until(job, JobState.COMPLETED)


async def test_a_job_that_another_computer_sent_is_held_again_when_the_tunnel_is_switched_off_before_it_left(
    tmp_path: Path,
) -> None:
    class NotYet(ScriptedRoute):
        """Takes it the second time, and before that the tunnel is gone."""

        async def claim(self, job: Job, printer: Printer) -> Claimed | NotMine:
            claimed = await super().claim(job, printer)
            kernel.offered[:] = [(owner, port) for owner, port in kernel.offered if port is route]
            self.mine = True
            return claimed

    route = NotYet(mine=False)
    async with rig(tmp_path, route, ScriptedGate(Go(vouched=True))) as kernel:
        job = await sent_from_elsewhere(kernel)
        await kernel.book.release(job.uuid, by="the hub", to=PRINTER.id)
        await until(lambda: route.mine)
        held = await kernel.until(job, JobState.HELD)
        assert "another computer sent it" in held.detail
    assert route.delivered == []


async def test_attack_a_job_that_another_computer_sent_and_whose_end_is_unknown_is_not_printed_again_from_here(
    tmp_path: Path,
) -> None:
    async def loses_it(delivery: Delivery) -> Outcome:
        return LostTrack(detail="who knows")

    gate, route = ScriptedGate(Go(vouched=True)), ScriptedRoute(loses_it)
    async with rig(tmp_path, route, gate) as kernel:
        job = await sent_from_elsewhere(kernel)
        await kernel.book.release(job.uuid, by="the hub", to=PRINTER.id)
        await kernel.until(job, JobState.UNKNOWN)
        gate.answer = Go()
        with pytest.raises(IllegalStep, match="another computer sent it"):
            await kernel.book.release(job.uuid, by="an administrator")
    assert route.delivered == [job.number]


async def test_a_job_that_another_computer_sent_expires_where_nobody_lets_it_go_and_nothing_of_it_stays(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path, ScriptedRoute(), limits=attrs.evolve(QUICK, expiry_s=0.05)) as kernel:
        held = await sent_from_elsewhere(kernel)
        assert held.retry_at is not None
        kernel.book.moves.now = lambda: held.retry_at or held.created_at
        over = await kernel.until(held, JobState.EXPIRED)
        await until(lambda: not kernel.book.moves.has_document(over))
