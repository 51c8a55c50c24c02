"""The agent crashes at each step of a delivery: what the kernel is told, beside what came out on paper."""

from __future__ import annotations

import pytest
import trio
from submission_bench import Bench, deliver_all, pdf, virtual
from submission_steps import at_step, last_step

from tympan.plugin import Completed, LostTrack
from tympan.testing import FakeDelivery
from tympan_ipp_submission._evidence import Step
from tympan_sim import OPERATIONS, WITHOUT_CREATE_JOB, Profile
from tympan_wire.ipp import Operation

pytestmark = pytest.mark.anyio


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


async def test_a_crash_while_its_empty_job_is_canceled_again_prints_once() -> None:
    async with virtual() as parts:
        first = await crash_at(parts, Step.CREATED, pdf())
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(parts.recover, first)
                await parts.device.until(lambda: not parts.device.printer.active)
                scope.cancel()  # the device has heard it, and nobody lives who knows that it was us
        again = parts.delivery(pdf(), evidence=first.evidence)
        assert isinstance(await deliver_all(parts, again), Completed)
        assert len(parts.device.journal) == 1


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
