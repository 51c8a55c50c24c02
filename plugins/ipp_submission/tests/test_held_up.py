"""A device that cannot print now, is held up, or gives up: what the kernel is told, beside what came out on paper."""

from __future__ import annotations

import attrs
import pytest
import trio
from submission_bench import FRONT, LARGE, Bench, deliver_all, pdf, until, virtual

from tympan.plugin import (
    Aborted,
    CanceledAtDevice,
    Claimed,
    Completed,
    Deferred,
    DeviceSnapshot,
    Printer,
    PrinterReach,
    TympanError,
)
from tympan.testing import FakeDelivery
from tympan_net.ipp_client import IppClient
from tympan_sim import Profile
from tympan_wire.ipp import JobState as DeviceState
from tympan_wire.ipp import attr

pytestmark = pytest.mark.anyio


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


async def test_a_printer_without_ipp_is_not_claimed() -> None:
    async with virtual() as parts:
        job = parts.delivery(pdf()).job
        answer = await parts.route.claim(job, Printer(id=FRONT, name="x", uri="socket://127.0.0.1:9100"))
        assert "socket" in getattr(answer, "reason", "")


async def test_what_goes_through_the_hub_is_not_claimed_and_what_came_through_it_is() -> None:
    async with virtual() as parts:
        job = parts.delivery(pdf()).job
        here = parts.host.printers.get(FRONT)
        assert here is not None
        far = attrs.evolve(here, reach=PrinterReach.TUNNEL)
        assert "through the hub" in getattr(await parts.route.claim(job, far), "reason", "")
        assert isinstance(await parts.route.claim(attrs.evolve(job, shared=True), far), Claimed)
        assert isinstance(await parts.route.claim(job, attrs.evolve(here, serves=True)), Claimed)


async def test_a_device_with_the_hub_to_fall_back_on_is_claimed_while_it_answers() -> None:
    async with virtual() as parts:
        job = parts.delivery(pdf()).job
        here = parts.host.printers.get(FRONT)
        assert here is not None
        either = attrs.evolve(here, reach=PrinterReach.FALLBACK)
        seen = DeviceSnapshot(reachable=True, observed_at=parts.host.now())
        parts.host.printers.observe(FRONT, seen)
        assert isinstance(await parts.route.claim(job, either), Claimed)
        parts.host.printers.observe(FRONT, attrs.evolve(seen, reachable=False))
        assert "does not answer" in getattr(await parts.route.claim(job, either), "reason", "")
        assert isinstance(await parts.route.claim(attrs.evolve(job, shared=True), either), Claimed)


async def test_a_device_that_an_attempt_did_not_reach_is_away_at_once_where_the_hub_is_fallen_back_on() -> None:
    async with virtual() as parts:
        here = parts.host.printers.get(FRONT)
        assert here is not None
        either = attrs.evolve(here, reach=PrinterReach.FALLBACK)
        parts.host.printers.observe(FRONT, DeviceSnapshot(reachable=True, observed_at=parts.host.now()))
        parts.device.order("offline")
        delivery = parts.delivery(pdf())
        delivery.printer = either
        assert isinstance(await parts.route.claim(delivery.job, either), Claimed)
        outcome = await parts.deliver(delivery)
        assert isinstance(outcome, Deferred) and outcome.reason == "offline-report"
        assert "does not answer" in getattr(await parts.route.claim(delivery.job, either), "reason", "")
