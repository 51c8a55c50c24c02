"""Pull printers take every job and hold it; devices where held jobs come out are no printers for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from tympan.plugin import JobState, JobStep, Printer, PrinterMode, PrinterReach, printer_id
from tympan_wire.ipp import GroupTag, Operation, PrinterState, Status, attr
from tympan_wire.ipp import JobState as Ipp

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Counter

PULL = Printer(id=printer_id("front-desk"), name="Front Desk", uri="", mode=PrinterMode.PULL)


@pytest.mark.anyio
@pytest.mark.parametrize("seen", [False, True])
async def test_a_pull_printer_of_many_devices_is_idle_whatever_one_of_them_does(counter: Counter, seen: bool) -> None:
    counter.host.printers.add(PULL)
    if seen:
        counter.see(reason="media-empty-error", media_types=("application/pdf",))
    await counter.ask(Operation.PRINT_JOB, attr.mime("document-format", "application/pdf"), document=[b"%PDF-"])
    counter.advance(counter.only_job(), JobStep.CLAIM)
    group = (await counter.ask(Operation.GET_PRINTER_ATTRIBUTES)).first(GroupTag.PRINTER)
    assert group.integer("printer-state") == PrinterState.IDLE
    assert group.strings("printer-state-reasons") == ("none",)
    assert group.boolean("printer-is-accepting-jobs")


@pytest.mark.anyio
async def test_a_held_job_is_pending_held_with_its_reason_so_that_cups_lets_the_queue_go_on(counter: Counter) -> None:
    counter.host.printers.add(PULL)
    counter.see(media_types=("application/pdf",))
    hold = attr.keyword("job-hold-until", "indefinite")
    document = attr.mime("document-format", "application/pdf")
    await counter.ask(Operation.PRINT_JOB, document, ticket=(hold,), document=[b"%PDF-"])
    job = counter.only_job()
    counter.host.jobs.replace(attrs.evolve(job, reason="job-held-for-release", detail="Release it at a device."))
    assert job.state is JobState.HELD
    answer = await counter.ask(Operation.GET_JOB_ATTRIBUTES, job=job.number)
    group = answer.first(GroupTag.JOB)
    assert group.integer("job-state") == Ipp.PENDING_HELD
    assert group.strings("job-state-reasons") == ("job-hold-until-specified", "job-held-for-release")


@pytest.mark.anyio
async def test_what_is_only_a_release_point_is_no_printer_for_programs(counter: Counter) -> None:
    counter.host.printers.add(attrs.evolve(PULL, uri="ipp://device.example/", mode=PrinterMode.PUSH, offered=False))
    for operation in (Operation.GET_PRINTER_ATTRIBUTES, Operation.VALIDATE_JOB, Operation.PRINT_JOB):
        assert (await counter.ask(operation)).code == Status.CLIENT_ERROR_NOT_FOUND
    assert counter.host.jobs.all() == ()
    assert (await counter.get("/ipp/print/front-desk")).status == 404


@pytest.mark.anyio
@pytest.mark.parametrize("reach", [PrinterReach.TUNNEL, PrinterReach.FALLBACK])
async def test_a_printer_whose_jobs_go_through_the_hub_is_idle_while_its_device_is_out_of_reach(
    counter: Counter, reach: PrinterReach
) -> None:
    counter.host.printers.add(attrs.evolve(PULL, uri="ipp://device.example/", mode=PrinterMode.PUSH, reach=reach))
    counter.see(reachable=False, reason="offline-report")
    group = (await counter.ask(Operation.GET_PRINTER_ATTRIBUTES)).first(GroupTag.PRINTER)
    assert group.integer("printer-state") == PrinterState.IDLE
    assert group.strings("printer-state-reasons") == ("none",)
