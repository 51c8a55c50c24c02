"""Connections that break, and devices that stay away: what the kernel is told, beside what came out on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import attrs
import pytest
import trio
from submission_bench import FRONT, LARGE, Bench, deliver_all, pdf, until, virtual
from submission_steps import at_step, last_step

from tympan.plugin import CanceledAtDevice, Completed, Deferred, LostTrack
from tympan.testing import FakeDelivery
from tympan_ipp_submission._device import Device, NewDeviceJob, Taken
from tympan_ipp_submission._errors import DeviceAway
from tympan_ipp_submission._evidence import Step
from tympan_sim import OPERATIONS, WITHOUT_CREATE_JOB, Profile
from tympan_sim._jobs import DeviceJob
from tympan_sim._printer import VirtualPrinter
from tympan_wire.ipp import Attribute, Operation

pytestmark = pytest.mark.anyio


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
