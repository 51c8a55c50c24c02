"""Devices that keep to the protocol in their own way: what is printed, and what the kernel is told."""

from __future__ import annotations

import pytest
import trio
from submission_bench import LARGE, deliver_all, pdf, ticket, until, virtual
from submission_oddity import OddDevice, odd, tls_only

from tympan.plugin import Aborted, Completed, LostTrack
from tympan_ipp_submission._errors import DeviceRefused
from tympan_sim import OPERATIONS, WITHOUT_CREATE_JOB, Profile
from tympan_wire.ipp import Operation, attr

pytestmark = pytest.mark.anyio

BOTH_WAYS = pytest.mark.parametrize("operations", [OPERATIONS, WITHOUT_CREATE_JOB], ids=["create-job", "print-job"])


@BOTH_WAYS
async def test_a_device_that_hangs_up_on_a_second_request_prints(operations: frozenset[Operation]) -> None:
    device = OddDevice(hangs_up=True, operations=operations)
    async with odd(device) as parts:
        assert isinstance(await deliver_all(parts, parts.delivery(pdf()), tries=3), Completed)
    assert device.documents == [pdf()]


@BOTH_WAYS
@pytest.mark.parametrize("http_400", [False, True], ids=["ipp", "http"])
async def test_a_device_of_ipp_1_1_prints(operations: frozenset[Operation], http_400: bool) -> None:
    device = OddDevice(newest=(1, 1), http_400=http_400, operations=operations)
    async with odd(device) as parts:
        assert isinstance(await parts.deliver(parts.delivery(pdf())), Completed)
    assert device.documents == [pdf()]


@pytest.mark.parametrize("operation", [Operation.CREATE_JOB, Operation.PRINT_JOB])
async def test_a_version_refused_for_a_job_alone_is_lowered(operation: Operation) -> None:
    operations = OPERATIONS if operation is Operation.CREATE_JOB else WITHOUT_CREATE_JOB
    device = OddDevice(picky=frozenset({operation}), operations=operations)
    async with odd(device) as parts:
        assert isinstance(await parts.deliver(parts.delivery(pdf())), Completed)
    assert device.documents[-1] == pdf()


@pytest.mark.parametrize("listed", [OPERATIONS, frozenset[Operation]()], ids=["listed", "nothing-listed"])
@pytest.mark.parametrize("undone", [Operation.CREATE_JOB, Operation.SEND_DOCUMENT])
async def test_a_device_that_makes_no_jobs_after_all_gets_the_job_in_one_piece(
    listed: frozenset[Operation], undone: Operation
) -> None:
    device = OddDevice(undone=frozenset({undone}), operations=listed)
    async with odd(device) as parts:
        assert isinstance(await parts.deliver(parts.delivery(pdf())), Completed)
    assert device.documents == [pdf()]


async def test_a_device_that_takes_jobs_in_no_way_is_given_up() -> None:
    device = OddDevice(undone=frozenset({Operation.CREATE_JOB, Operation.PRINT_JOB}))
    async with odd(device) as parts:
        outcome = await parts.deliver(parts.delivery(pdf()))
    assert isinstance(outcome, Aborted) and "operation-not-supported" in outcome.detail


async def test_a_job_the_device_holds_back_says_so() -> None:
    async with virtual(Profile(pages_per_s=60)) as parts:
        before, ours = parts.delivery(pdf("02-a4-100p-10color.pdf")), parts.delivery(pdf(), name="ours")
        panel = parts.device.printer
        async with trio.open_nursery() as nursery:
            nursery.start_soon(parts.deliver, before)
            await until(lambda: any(job.printed for job in panel.jobs))
            nursery.start_soon(parts.deliver, ours)
            await until(lambda: any(job.name == "ours" and job.closed for job in panel.jobs))
            panel.hold(panel.jobs[-1])
            await until(lambda: "job-hold-until-specified" in ours.reasons)
            panel.release(panel.jobs[-1])
        assert [record.name for record in parts.device.journal] == ["letter", "ours"]


async def test_a_device_that_answers_over_tls_only_is_asked_so_and_pinned() -> None:
    async with tls_only() as parts:
        delivery = parts.delivery(pdf())
        assert isinstance(await parts.deliver(delivery), Completed)
        assert len(parts.printer.fingerprint) == 64 and b'"uri": "ipps://' in delivery.evidence
        assert len(parts.device.journal) == 1


async def test_a_version_that_was_not_the_trouble_is_kept() -> None:
    async with odd(OddDevice(newest=(1, 0))) as parts:
        device = await (await parts.fleet.line(parts.printer.id)).device()
        with pytest.raises(DeviceRefused):
            await device.facts(("printer-state",))
        assert device.speak_older()


@BOTH_WAYS
async def test_an_early_yes_to_a_part_of_a_document_is_no_completed_job(operations: frozenset[Operation]) -> None:
    device = OddDevice(yes_after=100_000, operations=operations)
    async with odd(device) as parts:
        outcome = await parts.deliver(parts.delivery(LARGE))
    assert isinstance(outcome, LostTrack) and "not all of it" in outcome.detail
    assert len(device.documents[0]) < len(LARGE)


async def test_a_released_job_is_not_held_again_by_its_device() -> None:
    async with virtual() as parts:
        delivery = parts.delivery(pdf(), ticket=ticket(attr.keyword("job-hold-until", "indefinite")))
        outcome = await parts.deliver(delivery)
        assert isinstance(outcome, Completed), outcome
        assert any("job-hold-until" in str(line) for line in delivery.trail)


async def test_a_format_listed_with_its_parameters_is_sent_under_that_name() -> None:
    listed = "text/plain; charset=utf-8"
    async with virtual(Profile(formats=(listed, "application/pdf"))) as parts:
        outcome = await parts.deliver(parts.delivery(b"a letter\n", media_type="text/plain"))
        assert isinstance(outcome, Completed), outcome
        assert [job.format for job in parts.device.jobs] == [listed]
