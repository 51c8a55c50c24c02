"""Every fault of a virtual device: what the kernel is told, beside what came out on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import attrs
import pytest
import trio
from submission_bench import FRONT, LARGE, Bench, deliver_all, pdf, until, virtual

from tympan.plugin import Aborted, CanceledAtDevice, Completed, Deferred, LostTrack, Printer, TympanError
from tympan.testing import FakeDelivery
from tympan_ipp_submission._device import Device, NewDeviceJob, Taken
from tympan_ipp_submission._errors import DeviceAway
from tympan_ipp_submission._evidence import Evidence, Step
from tympan_net.ipp_client import IppClient
from tympan_sim import OPERATIONS, WITHOUT_CREATE_JOB, Profile
from tympan_sim._jobs import DeviceJob
from tympan_sim._printer import VirtualPrinter
from tympan_wire.ipp import Attribute, Operation, attr
from tympan_wire.ipp import JobState as DeviceState

pytestmark = pytest.mark.anyio


def last_step(delivery: FakeDelivery) -> Step | None:
    evidence = Evidence.decode(delivery.evidence)
    return evidence.step if evidence else None


class Trail(list[tuple[str, str, bytes]]):
    """A trail that does something as soon as a line of evidence is written."""

    def __init__(self, steps: tuple[Step, ...], act: Callable[[], object]) -> None:
        self.steps = steps
        self.act = act

    def append(self, line: tuple[str, str, bytes]) -> None:
        super().append(line)
        evidence = Evidence.decode(line[2])
        if evidence is not None and evidence.step in self.steps:
            self.steps = ()
            self.act()


def at_step(delivery: FakeDelivery, steps: tuple[Step, ...], act: Callable[[], object]) -> None:
    delivery.trail = Trail(steps, act)


# ------------------------------------------------------------------ nothing may leave


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("offline", "offline-report"),
        ("paper-out", "media-empty-error"),
        ("not-accepting", "printer-not-accepting-jobs"),
        ("busy", "printer-busy"),
        ("garbage", "other-error"),
        ("garbage:truncated", "other-error"),
        ("garbage:request-id", "other-error"),
        ("garbage:http-500", "other-error"),
    ],
)
async def test_a_device_that_cannot_print_now_lets_the_job_wait(fault: str, reason: str) -> None:
    async with virtual() as parts:
        parts.device.order(fault)
        delivery = parts.delivery(pdf())
        outcome = await parts.deliver(delivery)
        assert isinstance(outcome, Deferred) and outcome.reason == reason and outcome.detail
        assert delivery.evidence == b"" and parts.device.journal == ()
        parts.device.clear()
        assert isinstance(await parts.deliver(delivery), Completed)
        assert len(parts.device.journal) == 1


async def test_a_device_that_hangs_lets_the_job_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_ipp_submission._device.LOOK_TIMEOUT_S", 0.3)
    async with virtual() as parts:
        parts.device.order("hang")
        delivery = parts.delivery(pdf())
        outcome = await parts.deliver(delivery)
        assert isinstance(outcome, Deferred) and outcome.reason == "offline-report"
        assert delivery.evidence == b"" and parts.device.journal == ()


async def test_a_canceled_job_is_not_sent() -> None:
    async with virtual() as parts:
        delivery = parts.delivery(pdf())
        delivery.canceled.set()
        assert isinstance(await parts.deliver(delivery), CanceledAtDevice)
        assert parts.device.jobs == ()


# ------------------------------------------------------------------ while it prints


@pytest.mark.parametrize("fault", ["jam:2", "slow:2000000", "delay:0.02"])
async def test_a_job_that_is_held_up_completes(fault: str) -> None:
    async with virtual(Profile(pages_per_s=200)) as parts:
        parts.device.order(fault)
        delivery = parts.delivery(pdf("04-landscape-color-duplex-1.7.pdf"))
        async with trio.open_nursery() as nursery:
            if fault.startswith("jam"):
                nursery.start_soon(_mend_once_seen, parts, delivery, "media-jam-error")
            outcome = await parts.deliver(delivery)
        assert outcome == Completed(impressions=3)
        assert [(record.pages, record.ended) for record in parts.device.journal] == [(3, "completed")]


async def _mend_once_seen(parts: Bench, delivery: FakeDelivery, reason: str) -> None:
    await until(lambda: reason in delivery.reasons)
    parts.device.clear()


async def test_paper_out_while_printing_is_shown_and_waited_for() -> None:
    # Slow enough that the device is still printing when it is asked next, two seconds later at most.
    async with virtual(Profile(pages_per_s=25)) as parts:
        delivery = parts.delivery(pdf("02-a4-100p-10color.pdf"))

        async def empty_then_fill() -> None:
            await until(lambda: any(job.printed > 3 for job in parts.device.jobs))
            parts.device.order("paper-out")
            await _mend_once_seen(parts, delivery, "media-empty-error")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(empty_then_fill)
            assert await parts.deliver(delivery) == Completed(impressions=100)
        assert len(parts.device.journal) == 1
        told = [line for kind, line, _ in delivery.trail if kind == "note" and line.startswith("the device")]
        stopped = "the device does not go on The device is out of paper; load some and it goes on by itself."
        assert told == [stopped, "the device goes on"]


async def test_a_line_that_cannot_be_written_does_not_lose_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    async with virtual(Profile(pages_per_s=50)) as parts:
        parts.device.order("jam:2")
        delivery = parts.delivery(pdf("04-landscape-color-duplex-1.7.pdf"))

        async def full(what: str, **_: str) -> None:
            await trio.lowlevel.checkpoint()
            raise TympanError("no space is left")

        monkeypatch.setattr(type(delivery), "note", staticmethod(full))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_mend_once_seen, parts, delivery, "media-jam-error")
            assert await parts.deliver(delivery) == Completed(impressions=3)
        assert len(parts.device.journal) == 1


async def test_a_cancel_reaches_the_device() -> None:
    async with virtual(Profile(pages_per_s=20)) as parts:
        delivery = parts.delivery(pdf("02-a4-100p-10color.pdf"))

        async def cancel() -> None:
            await until(lambda: any(job.printed > 1 for job in parts.device.jobs))
            delivery.canceled.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(cancel)
            assert isinstance(await parts.deliver(delivery), CanceledAtDevice)
        assert [record.ended for record in parts.device.journal] == ["canceled"]
        assert parts.device.printer.active == ()


async def test_a_cancel_in_the_middle_of_the_document_leaves_nothing_at_the_device() -> None:
    async with virtual() as parts:
        parts.device.order("slow:200000")
        delivery = parts.delivery(LARGE)

        async def cancel() -> None:
            await until(lambda: any(job.receiving for job in parts.device.jobs))
            delivery.canceled.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(cancel)
            assert isinstance(await parts.deliver(delivery), CanceledAtDevice)
        assert parts.device.journal == () and parts.device.printer.active == ()


async def test_a_job_canceled_at_the_device_is_not_sent_again() -> None:
    async with virtual(Profile(pages_per_s=20)) as parts:
        delivery = parts.delivery(pdf("02-a4-100p-10color.pdf"))

        async def cancel() -> None:
            await until(lambda: any(job.printed > 1 for job in parts.device.jobs))
            parts.device.printer.cancel(parts.device.jobs[0])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(cancel)
            assert isinstance(await parts.deliver(delivery), CanceledAtDevice)
        assert len(parts.device.jobs) == 1


# ------------------------------------------------------------------ the device gives up


async def test_an_abort_after_pages_is_the_end() -> None:
    async with virtual(Profile(pages_per_s=200)) as parts:
        parts.device.order("abort:2")
        outcome = await deliver_all(parts, parts.delivery(pdf("04-landscape-color-duplex-1.7.pdf")))
        assert isinstance(outcome, Aborted) and "1 page sides" in outcome.detail
        assert [record.impressions for record in parts.device.journal] == [1]


async def test_an_abort_without_a_counted_page_is_the_end_too() -> None:
    """Some devices count only at the end, so that a zero says nothing about the paper."""
    async with virtual(Profile(pages_per_s=200)) as parts:
        assert isinstance(await parts.deliver(parts.delivery(pdf())), Completed)
        parts.device.order("abort:1")
        assert isinstance(await deliver_all(parts, parts.delivery(pdf())), Aborted)
        assert len(parts.device.jobs) == 2


async def abort_waiting(parts: Bench, times: int) -> None:
    """The device aborts jobs it has not begun to print, behind one that takes long."""
    printer = parts.device.printer
    for count in range(times):
        await until(lambda: any(job.ready and job.name == "letter" for job in printer.active))
        printer.end(
            next(job for job in printer.active if job.name == "letter"), DeviceState.ABORTED, "aborted-by-system"
        )
        if count == times - 1:
            for job in printer.active:
                printer.cancel(job)


async def occupied(parts: Bench) -> None:
    """Lets a long job print, so that the next one waits."""
    async with IppClient(parts.device.uri, user="bob") as client:
        await client.print_job(pdf("02-a4-100p-10color.pdf"), "application/pdf", [attr.name_("job-name", "long")])
    await until(lambda: any(job.printed for job in parts.device.jobs))


async def test_an_abort_before_processing_is_tried_again() -> None:
    async with virtual(Profile(pages_per_s=5)) as parts:
        await occupied(parts)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(abort_waiting, parts, 1)
            assert isinstance(await deliver_all(parts, parts.delivery(pdf())), Completed)
        assert [record.name for record in parts.device.journal if record.ended == "completed"] == ["letter"]


async def test_a_device_that_always_gives_up_is_believed_after_three_times() -> None:
    async with virtual(Profile(pages_per_s=5)) as parts:
        await occupied(parts)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(abort_waiting, parts, 3)
            outcome = await deliver_all(parts, parts.delivery(pdf()))
        assert isinstance(outcome, Aborted) and "3 times" in outcome.detail
        assert len(parts.device.jobs) == 4


# ------------------------------------------------------------------ broken connections


@pytest.mark.parametrize("at_byte", [0, 1, 100_000, 2_000_000])
async def test_a_connection_dropped_in_the_document_prints_once(at_byte: int) -> None:
    async with virtual() as parts:
        parts.device.order(f"drop:{at_byte}")
        delivery = parts.delivery(LARGE)
        assert isinstance(await deliver_all(parts, delivery), Completed)
        assert [record.bytes for record in parts.device.journal] == [len(LARGE)]


@pytest.mark.parametrize("operations", [OPERATIONS, WITHOUT_CREATE_JOB])
async def test_a_lost_answer_prints_once(operations: frozenset[Operation]) -> None:
    async with virtual(Profile(operations=operations)) as parts:
        delivery = parts.delivery(pdf())
        at_step(delivery, (Step.CREATED, Step.PRINTING), lambda: parts.device.order("drop-answer"))
        assert isinstance(await deliver_all(parts, delivery), Completed)
        assert len(parts.device.journal) == 1


@pytest.mark.parametrize("name", ["", "報告書" * 60, "two\nlines\0"])
async def test_a_lost_answer_prints_once_whatever_the_name(name: str) -> None:
    async with virtual(Profile(operations=WITHOUT_CREATE_JOB)) as parts:
        delivery = parts.delivery(pdf(), name=name)
        at_step(delivery, (Step.PRINTING,), lambda: parts.device.order("drop-answer"))
        assert isinstance(await deliver_all(parts, delivery), Completed)
        assert len(parts.device.journal) == 1


@pytest.mark.parametrize(
    ("shown", "ending"), [("Print Job", LostTrack), ("quarterly rep", Completed), ("quarterly_report_2026", Completed)]
)
async def test_a_device_that_makes_its_own_names_prints_once(
    shown: str, ending: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = VirtualPrinter.create

    def renamed(printer: VirtualPrinter, *, name: str, user: str, ticket: tuple[Attribute, ...]) -> DeviceJob:
        return real(printer, name=shown, user=user, ticket=ticket)

    monkeypatch.setattr(VirtualPrinter, "create", renamed)
    async with virtual(Profile(operations=WITHOUT_CREATE_JOB)) as parts:
        delivery = parts.delivery(pdf(), name="quarterly report 2026")
        at_step(delivery, (Step.PRINTING,), lambda: parts.device.order("drop-answer"))
        assert isinstance(await deliver_all(parts, delivery), ending)
        assert len(parts.device.journal) == 1


async def test_an_absence_found_late_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device is away until it has forgotten the job it printed: the age counts from then, not from the break."""
    began = 1_000_000.0
    clock = [began]
    async with virtual(Profile(operations=WITHOUT_CREATE_JOB)) as parts:
        monkeypatch.setattr(parts.host, "now", lambda: dt.datetime.fromtimestamp(clock[0], dt.UTC))
        monkeypatch.setattr("tympan_ipp_submission._limits.AWAY_POLL_S", 0.1)
        delivery = parts.delivery(pdf())
        at_step(delivery, (Step.PRINTING,), lambda: parts.device.order("drop-answer"))

        async def forget_while_away() -> None:
            await until(lambda: bool(parts.device.journal))
            parts.device.order("offline")
            await until(lambda: "offline-report" in delivery.reasons)
            clock[0] = began + 100
            parts.device.order("forget")
            parts.device.clear()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(forget_while_away)
            assert isinstance(await parts.deliver(delivery), LostTrack)
        assert len(parts.device.journal) == 1


async def test_a_device_with_endless_names_gets_no_endless_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Device.create_job

    async def endless(device: Device, job: NewDeviceJob) -> Taken:
        taken = await real(device, job)
        return attrs.evolve(taken, report=attrs.evolve(taken.report, uri="ipp://x/" + "y" * 30_000))

    monkeypatch.setattr(Device, "create_job", endless)
    async with virtual() as parts:
        assert isinstance(await deliver_all(parts, parts.delivery(pdf())), Completed)
        assert len(parts.device.jobs) == 1


# ------------------------------------------------------------------ a device that stays away


async def printing(parts: Bench, delivery: FakeDelivery, act: Callable[[], object]) -> object:
    """Delivers, and does something once the device prints and has said that it took the document."""

    async def then() -> None:
        await until(lambda: last_step(delivery) is Step.SENT and any(job.printed > 1 for job in parts.device.jobs))
        act()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(then)
        return await parts.deliver(delivery)


async def test_a_canceled_job_is_let_go_when_its_device_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_ipp_submission._limits.AWAY_POLL_S", 0.1)
    async with virtual(Profile(pages_per_s=20)) as parts:
        delivery = parts.delivery(pdf("02-a4-100p-10color.pdf"))

        def leave() -> None:
            parts.device.order("offline")
            delivery.canceled.set()

        outcome = await printing(parts, delivery, leave)
        assert isinstance(outcome, LostTrack) and "could not be told" in outcome.detail
        assert "offline-report" in delivery.reasons


async def test_a_device_that_breaks_off_while_told_to_cancel_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_ipp_submission._limits.CANCEL_TIMEOUT_S", 0.1)
    real, told = Device.cancel_job, []

    async def breaks_off(device: Device, job_id: int, user: str) -> None:
        told.append(job_id)
        if len(told) == 1:
            raise DeviceAway("It closed the connection.")
        await real(device, job_id, user)

    monkeypatch.setattr(Device, "cancel_job", breaks_off)
    async with virtual(Profile(pages_per_s=20)) as parts:
        delivery = parts.delivery(pdf("02-a4-100p-10color.pdf"))
        outcome = await printing(parts, delivery, delivery.canceled.set)
    assert isinstance(outcome, CanceledAtDevice)
    assert len(told) == 2


async def test_a_job_of_a_removed_printer_is_let_go() -> None:
    async with virtual(Profile(pages_per_s=20)) as parts:
        delivery = parts.delivery(pdf("02-a4-100p-10color.pdf"))
        outcome = await printing(parts, delivery, lambda: parts.host.printers.remove(FRONT))
        assert isinstance(outcome, LostTrack) and "removed" in outcome.detail
        again = FakeDelivery(
            job=delivery.job, printer=delivery.printer, document=delivery.document, evidence=delivery.evidence
        )
        assert isinstance(await parts.recover(again), LostTrack)


async def test_a_lost_number_leaves_no_empty_job_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Device.create_job

    async def lost(device: Device, job: NewDeviceJob) -> Taken:
        await real(device, job)
        raise DeviceAway("The connection broke.")

    async with virtual() as parts:
        monkeypatch.setattr(Device, "create_job", lost)
        delivery = parts.delivery(pdf())
        outcome = await parts.deliver(delivery)
        assert isinstance(outcome, Deferred) and delivery.evidence == b""
        assert len(parts.device.jobs) == 1 and parts.device.printer.active == ()
        monkeypatch.setattr(Device, "create_job", real)
        assert isinstance(await deliver_all(parts, delivery), Completed)
        assert len(parts.device.journal) == 1


async def test_power_lost_while_printing_is_left_to_a_person() -> None:
    async with virtual(Profile(pages_per_s=20)) as parts:
        delivery = parts.delivery(pdf("02-a4-100p-10color.pdf"))

        async def cut() -> None:
            await until(lambda: any(job.printed > 1 for job in parts.device.jobs))
            parts.device.order("power:600")
            await until(lambda: "offline-report" in delivery.reasons)
            parts.device.clear()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(cut)
            outcome = await parts.deliver(delivery)
        assert isinstance(outcome, LostTrack)
        assert "offline-report" in delivery.reasons
        assert [record.ended for record in parts.device.journal] == ["power-lost"]


async def test_a_number_given_anew_after_a_power_loss_is_not_taken_for_ours() -> None:
    async with virtual() as parts:
        first = parts.delivery(pdf(), name="ours")
        assert isinstance(await parts.deliver(first), Completed)
        parts.device.order("power:0.05")
        await until(lambda: parts.device.reachable and not parts.device.jobs)
        await until(lambda: parts.device.reachable)
        assert isinstance(await deliver_all(parts, parts.delivery(pdf(), name="other")), Completed)
        again = parts.delivery(pdf(), name="ours", evidence=first.evidence)
        assert isinstance(await parts.recover(again), LostTrack)


# ------------------------------------------------------------------ after a crash of the agent


async def crash_at(parts: Bench, step: Step, content: bytes) -> FakeDelivery:
    """Delivers until evidence of a step stands, and stops dead there."""
    delivery = parts.delivery(content)
    with trio.CancelScope() as scope:
        at_step(delivery, (step,), scope.cancel)
        await parts.deliver(delivery)
    assert last_step(delivery) is step
    return parts.delivery(content, evidence=delivery.evidence)


@pytest.mark.parametrize("operations", [OPERATIONS, WITHOUT_CREATE_JOB])
async def test_a_crash_before_the_document_prints_once(operations: frozenset[Operation]) -> None:
    step = Step.CREATING if operations is OPERATIONS else Step.PRINTING
    async with virtual(Profile(operations=operations)) as parts:
        delivery = await crash_at(parts, step, pdf())
        outcome = await deliver_all(parts, delivery)
        assert isinstance(outcome, Completed)
        assert len(parts.device.journal) == 1


async def test_a_crash_with_a_number_in_hand_prints_once() -> None:
    async with virtual() as parts:
        delivery = await crash_at(parts, Step.CREATED, pdf())
        assert isinstance(await deliver_all(parts, delivery), Completed)
        assert len(parts.device.journal) == 1
        assert parts.device.printer.active == ()


async def test_a_crash_after_the_document_finds_the_job_again() -> None:
    async with virtual(Profile(pages_per_s=100)) as parts:
        delivery = await crash_at(parts, Step.SENT, pdf("02-a4-100p-10color.pdf"))
        assert await deliver_all(parts, delivery) == Completed(impressions=100)
        assert len(parts.device.journal) == 1
        assert delivery.trail[0][0] == "sent"


async def test_a_job_the_device_forgot_is_left_to_a_person() -> None:
    async with virtual() as parts:
        delivery = await crash_at(parts, Step.SENT, pdf())
        await parts.device.until_printed()
        parts.device.order("forget")
        assert isinstance(await parts.recover(delivery), LostTrack)
        assert len(parts.device.journal) == 1


async def test_evidence_that_cannot_be_read_is_left_to_a_person() -> None:
    async with virtual() as parts:
        assert isinstance(await parts.recover(parts.delivery(pdf(), evidence=b"?")), LostTrack)


async def test_a_printer_without_ipp_is_not_claimed() -> None:
    async with virtual() as parts:
        job = parts.delivery(pdf()).job
        answer = await parts.route.claim(job, Printer(id=FRONT, name="x", uri="socket://127.0.0.1:9100"))
        assert "socket" in getattr(answer, "reason", "")
