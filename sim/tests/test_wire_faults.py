"""Virtual printers over real sockets: each fault as a client meets it."""

import json
from pathlib import Path
from typing import Any

import pytest
import trio
from wire_steps import DEADLINE_S, PDF, job_state, last, polled, until

from tympan_sim import FaultUnreadable, Profile, run_printers
from tympan_wire.ipp import GroupTag, IppProtocolError, JobState, Operation, PrinterState, Status, attr, decode, encode

pytestmark = pytest.mark.anyio


async def test_paper_out_stops_and_goes_on(printers: Any, caller: Any) -> None:
    async with printers(faults=["paper-out"]) as site:
        call = caller(site[0].uri)
        await call.print(PDF)
        await until(site[0], lambda: last(site[0]) is JobState.PROCESSING_STOPPED)
        shown = (await call.ask(Operation.GET_PRINTER_ATTRIBUTES)).first(GroupTag.PRINTER)
        assert shown.integer("printer-state") == PrinterState.STOPPED
        assert "media-empty-error" in shown.strings("printer-state-reasons")
        assert site[0].journal == ()
        site[0].clear()
        (record,) = await site[0].until_printed()
        assert record.ended == "completed"


async def test_a_jam_at_page_three_then_cancelled_leaves_two_pages_on_paper(printers: Any, caller: Any) -> None:
    async with printers(faults=["jam:3"]) as site:
        call = caller(site[0].uri)
        await call.print(PDF)
        await until(site[0], lambda: last(site[0]) is JobState.PROCESSING_STOPPED)
        await call.ask(Operation.CANCEL_JOB, attr.integer("job-id", 1))
        (record,) = await site[0].until_printed()
        assert (record.ended, record.impressions, record.pages) == ("canceled", 2, 4)
        site[0].clear()
        await call.print(PDF)
        assert (await site[0].until_printed(2))[1].impressions == 4


async def test_a_page_that_lingers_is_told_as_printing_until_it_is_cleared(printers: Any, caller: Any) -> None:
    async with printers(faults=["linger:3"]) as site:
        await caller(site[0].uri).print(PDF)
        await until(site[0], lambda: bool(site[0].jobs and site[0].jobs[-1].printed == 2))
        assert last(site[0]) is JobState.PROCESSING
        site[0].order("paper-out")
        await until(site[0], lambda: last(site[0]) is JobState.PROCESSING_STOPPED)
        site[0].clear()
        (record,) = await site[0].until_printed()
        assert (record.ended, record.impressions) == ("completed", 4)


async def test_an_abort_leaves_what_was_printed_and_nothing_before_page_one(
    printers: Any, caller: Any, tmp_path: Path
) -> None:
    async with printers(Profile(name="lab"), directory=tmp_path, faults=["abort:1", "abort:4"]) as site:
        call = caller(site[0].uri)
        await call.print(PDF)
        await until(site[0], lambda: last(site[0]) is JobState.ABORTED)
        assert site[0].journal == ()
        await call.print(PDF)
        (record,) = await site[0].until_printed()
        assert (record.ended, record.impressions, record.job_id) == ("aborted", 3, 2)
        assert await job_state(call, 2) == JobState.ABORTED
        assert [path.name for path in (tmp_path / "lab").glob("*.pdf")] == [Path(record.file).name]
        assert not list((tmp_path / "lab" / "incoming").iterdir())


async def test_a_power_cut_in_the_middle_of_a_job(printers: Any, caller: Any) -> None:
    async with printers(Profile(pages_per_s=50.0)) as site:
        call = caller(site[0].uri)
        await call.print(b"%PDF-1.4 " + b"/Type /Page " * 1000)
        await polled(lambda: bool(site[0].jobs and site[0].jobs[0].printed))
        site[0].order("power:600")
        await until(site[0], lambda: not site[0].printer.powered)
        assert (await call.post(encode(call.message(Operation.GET_JOBS)))).status == 0
        site[0].clear()
        await until(site[0], lambda: site[0].printer.powered)
        assert not (await call.ask(Operation.GET_JOBS, attr.keyword("which-jobs", "all"))).groups_of(GroupTag.JOB)
        (record,) = await site[0].until_printed()
        assert record.ended == "power-lost"
        assert 0 < record.impressions < 1000
        assert (await call.print(PDF)).first(GroupTag.JOB).integer("job-id") == 1


async def test_a_power_cut_breaks_an_upload_and_its_job_never_prints(
    printers: Any, caller: Any, tmp_path: Path
) -> None:
    async with printers(directory=tmp_path, faults=["slow:500000*1"]) as site:
        call = caller(site[0].uri)
        answers = []

        async def upload() -> None:
            answers.append(await call.post(encode(call.message(Operation.PRINT_JOB)) + PDF + bytes(5_000_000)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(upload)
            await until(site[0], lambda: bool(site[0].jobs))
            site[0].order("power:0")
        assert answers[0].status == 0
        assert (await call.print(PDF)).first(GroupTag.JOB).integer("job-id") == 1
        (record,) = await site[0].until_printed()
        assert record.bytes == len(PDF)
        assert not list((tmp_path / "printer" / "incoming").iterdir())


async def test_forget_loses_finished_jobs_only(printers: Any, caller: Any) -> None:
    async with printers() as site:
        call = caller(site[0].uri)
        await call.print(PDF)
        await site[0].until_printed()
        await call.ask(Operation.CREATE_JOB)
        site[0].order("forget")
        gone = await call.ask(Operation.GET_JOB_ATTRIBUTES, attr.integer("job-id", 1))
        assert gone.code == Status.CLIENT_ERROR_NOT_FOUND
        assert [job.id for job in site[0].jobs] == [2]
        assert len(site[0].journal) == 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("busy*1", Status.SERVER_ERROR_BUSY),
        ("not-accepting*1", Status.SERVER_ERROR_NOT_ACCEPTING_JOBS),
        ("reject:application/pdf*1", Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
    ],
)
async def test_refusals_to_order(printers: Any, caller: Any, fault: str, status: Status) -> None:
    async with printers(faults=[fault]) as site:
        call = caller(site[0].uri)
        assert (await call.print(PDF)).code == status
        assert site[0].jobs == ()
        assert (await call.print(PDF)).code == Status.SUCCESSFUL_OK


async def test_garbage_of_every_shape(printers: Any, caller: Any) -> None:
    async with printers() as site:
        call = caller(site[0].uri)
        question = encode(call.message(Operation.GET_PRINTER_ATTRIBUTES, request_id=7))
        site[0].order("garbage:http-500*1")
        assert (await call.post(question)).status == 500
        site[0].order("garbage:truncated*1")
        truncated = await call.post(question)
        with pytest.raises(IppProtocolError):
            decode(truncated.body)
        site[0].order("garbage:request-id*1")
        assert (await call.post(question)).ipp.request_id != 7
        site[0].order("garbage*1")
        noise = await call.post(question)
        site[0].order("garbage*1")
        assert noise.status == 200
        assert noise.body != (await call.post(question)).body
        assert (await call.post(question)).ipp.request_id == 7


async def test_a_hung_caller_waits_until_the_fault_is_cleared(printers: Any, caller: Any) -> None:
    async with printers(faults=["hang"]) as site:
        call = caller(site[0].uri)
        done = trio.Event()

        async def ask() -> None:
            assert (await call.post(encode(call.message(Operation.GET_JOBS)))).status == 0
            done.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            with trio.move_on_after(0.3):
                await done.wait()
            assert not done.is_set()
            site[0].clear()
            with trio.fail_after(DEADLINE_S):
                await done.wait()
        assert (await call.ask(Operation.GET_JOBS)).code == Status.SUCCESSFUL_OK


async def test_delay_and_slow_hold_the_caller_back(printers: Any, caller: Any) -> None:
    async with printers(faults=["delay:0.2*1", "slow:100000*1"]) as site:
        begun = trio.current_time()
        await caller(site[0].uri).print(PDF + bytes(30_000))
        assert trio.current_time() - begun >= 0.2 + 0.3
        await site[0].until_printed()


async def test_a_drop_at_byte_n_prints_nothing(printers: Any, caller: Any, tmp_path: Path) -> None:
    async with printers(directory=tmp_path, faults=["drop:10000"]) as site:
        call = caller(site[0].uri)
        assert (await call.print(PDF)).code == Status.SUCCESSFUL_OK  # shorter than the place of the break
        body = encode(call.message(Operation.PRINT_JOB)) + PDF + bytes(2_000_000)
        assert (await call.post(body)).status == 0
        await until(site[0], lambda: last(site[0]) is JobState.ABORTED)
        assert (await call.post(body)).ipp.code == Status.SUCCESSFUL_OK
        records = await site[0].until_printed(2)
        assert [record.job_id for record in records] == [1, 3]
        assert not list((tmp_path / "printer" / "incoming").iterdir())


async def test_a_dropped_answer_prints_all_the_same(printers: Any, caller: Any) -> None:
    async with printers(faults=["drop-answer"]) as site:
        call = caller(site[0].uri)
        assert (await call.post(encode(call.message(Operation.PRINT_JOB)) + PDF)).status == 0
        (record,) = await site[0].until_printed()
        assert record.ended == "completed"


async def test_offline_on_the_shared_listener_breaks_connections_but_not_the_control_page(
    printers: Any, caller: Any
) -> None:
    async with printers() as site:
        call = caller(site[0].uri)
        site[0].order("offline")
        assert (await call.post(encode(call.message(Operation.GET_JOBS)))).status == 0
        assert (await call.post(b"", path="/sim/printers", method="GET")).status == 200
        site[0].clear()
        assert (await call.ask(Operation.GET_JOBS)).code == Status.SUCCESSFUL_OK


@pytest.mark.parametrize("fault", ["offline", "power:600"])
async def test_apart_offline_refuses_connections_and_comes_back_on_its_port(
    printers: Any, caller: Any, fault: str
) -> None:
    async with printers(Profile(name="a"), Profile(name="b"), apart=True) as site:
        assert len({caller(at.uri).port for at in site}) == 2
        call = caller(site["a"].uri)
        assert (await call.ask(Operation.GET_JOBS)).code == Status.SUCCESSFUL_OK
        site["a"].order(fault)
        await connection(call, possible=False)
        assert await connects(caller(site["b"].uri))
        site["a"].clear()
        await connection(call, possible=True)
        assert (await call.ask(Operation.GET_JOBS)).code == Status.SUCCESSFUL_OK


async def connection(call: Any, *, possible: bool) -> None:
    """Wait until connecting is (im)possible; nothing but trying tells."""
    with trio.fail_after(DEADLINE_S):
        while await connects(call) is not possible:
            await trio.sleep(0.01)


async def connects(call: Any) -> bool:
    try:
        stream = await trio.open_tcp_stream(call.host, call.port)
    except OSError:
        return False
    await stream.aclose()
    return True


async def test_a_new_certificate_is_another_one(printers: Any, caller: Any) -> None:
    async with printers() as site:
        call = caller(site[0].ipps_uri)
        await call.ask(Operation.GET_JOBS)
        first = call.certificate
        assert first == site.certificate
        site[0].order("new-certificate")
        await call.ask(Operation.GET_JOBS)
        assert call.certificate == site.certificate != first


async def test_faults_are_ordered_and_cleared_over_http(printers: Any, caller: Any) -> None:
    async with printers(Profile(name="lab")) as site:
        call = caller(site[0].uri)
        path = "/sim/printers/lab/faults"
        assert (await call.post(b"busy\njam:2\n", path=path)).status == 200
        assert [str(fault) for fault in site[0].printer.orders] == ["busy", "jam:2"]
        assert (await call.post(b"paper-out\nfire", path=path)).status == 400
        assert len(list(site[0].printer.orders)) == 2
        assert (await call.post(b"", path=path)).status == 200
        assert not list(site[0].printer.orders)
        assert (await call.post(b"busy", path="/sim/printers/other/faults")).status == 404
        assert (await call.post(b"", path=path, method="GET")).status == 405
        shown = await call.post(b"", path="/sim/printers/lab", method="GET")
        assert json.loads(shown.body)["name"] == "lab"


async def test_an_unreadable_fault_at_the_start_is_refused() -> None:
    with pytest.raises(FaultUnreadable):
        await run_printers([Profile()], faults=["fire"])
