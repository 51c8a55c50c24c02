"""The rig itself: a document through a private CUPS into an ippeveprinter, with nothing of ours between."""

from pathlib import Path

import psutil
import pytest
import trio
from rig import (
    Cupsd,
    EvePrinter,
    Program,
    ProgramFailed,
    add_printer,
    add_queue,
    agent,
    answers_http,
    attributes_of,
    cups_jobs,
    cups_queues,
    ippeveprinter,
    private_cupsd,
    run_lp,
    simulator,
    wait_for_job,
    wait_until,
)
from rig._programs import ending

from tympan_sim import Profile

DOCUMENTS = Path(__file__).parents[1] / "documents"

pytestmark = [pytest.mark.anyio, pytest.mark.system]


async def test_a_queue_is_handed_out_with_its_driver(cups: Cupsd, eve: EvePrinter) -> None:
    """CUPS aborts a job that starts while it reads the driver, which it does after lpadmin has ended."""
    handed_out: list[bool] = []

    async def add() -> None:
        await add_queue(cups.server, "straight", eve.uri)
        handed_out.append(not (await cups_queues(cups.server))["straight"].raw)

    async def listed() -> bool:
        return "straight" in await cups_queues(cups.server)

    eve.program.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(add)
        await wait_until(listed, "the queue without its driver", timeout_s=30)
        assert handed_out == []
        eve.program.resume()
    assert handed_out == [True]


async def test_a_document_arrives_with_its_ticket(cups: Cupsd, eve: EvePrinter) -> None:
    await add_queue(cups.server, "straight", eve.uri)
    job = await run_lp(
        cups.server, "straight", DOCUMENTS / "01-a4-1p-gray.pdf", {"sides": "two-sided-long-edge"}, title="One"
    )
    done = await wait_for_job(cups.server, job)
    assert (done.state, done.name, done.queue) == ("completed", "One", "straight")
    [printed] = eve.files()
    assert printed.media_type == "application/pdf"
    assert printed.path.read_bytes().startswith(b"%PDF")
    assert printed.ticket["job-name"] == "One"
    assert printed.ticket["sides"] == "two-sided-long-edge"


async def test_an_unplugged_printer_leaves_the_job_waiting_until_it_returns(cups: Cupsd, eve: EvePrinter) -> None:
    await add_queue(cups.server, "straight", eve.uri)
    await eve.stop()
    job = await run_lp(cups.server, "straight", DOCUMENTS / "01-a4-1p-gray.pdf")

    async def told() -> bool:
        return bool((await cups_queues(cups.server))["straight"].message)

    await wait_until(told, "the queue to say why", timeout_s=30)
    assert [each.ended for each in await cups_jobs(cups.server)] == [False]
    assert not eve.files()
    await eve.start()
    assert (await wait_for_job(cups.server, job)).state == "completed"
    assert len(eve.files()) == 1


async def test_nothing_is_left_running_when_a_test_fails() -> None:
    started: list[Program] = []
    with pytest.raises(ZeroDivisionError):
        async with private_cupsd() as cups, ippeveprinter() as eve:
            started += [cups.program, eve.program]
            pids = [each.pid for each in started]
            raise ZeroDivisionError
    assert [psutil.pid_exists(pid) for pid in pids] == [False, False]
    assert not cups.root.exists()
    assert not eve.root.exists()


async def test_a_program_that_ends_at_once_is_told_with_its_words(tmp_path: Path) -> None:
    broken = Program(argv=["sh", "-c", "echo out of toner; exit 3"], log=tmp_path / "log")

    async def never() -> bool:
        return False

    async with ending(broken):
        with pytest.raises(ProgramFailed, match="out of toner"):
            await broken.start(never, timeout_s=30)
    assert broken.status == 3


async def test_the_agent_is_started_stopped_killed_and_started_again(tmp_path: Path) -> None:
    async with agent(tmp_path / "home") as ours:
        assert await answers_http(ours.port)
        assert await ours.stop() == 0
        assert not await answers_http(ours.port)
        await ours.start()
        pid = ours.pid
        await ours.kill9()
        assert not psutil.pid_exists(pid)
        await ours.start()
        assert await answers_http(ours.port)
        pid = ours.pid
    assert not psutil.pid_exists(pid)


async def test_a_started_agent_can_be_asked_by_a_spooler_at_once(tmp_path: Path) -> None:
    """The listener opens before the endpoint is mounted, and ``ipptool`` does not try again."""
    async with (
        simulator(tmp_path / "paper", Profile(name="lab")) as site,
        agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}) as ours,
    ):
        printer = await add_printer(ours, "Front", site["lab"].uri)
        for _ in range(3):
            await ours.kill9()
            await ours.start()
            [told] = await attributes_of(printer.endpoint, "Get-Printer-Attributes", ["printer-name"])
            assert told["printer-name"] == "Front"


async def test_a_server_that_gives_no_answer_is_told_with_what_ipptool_said(tmp_path: Path) -> None:
    async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}) as ours:
        with pytest.raises(ProgramFailed, match=r"ended with 1 and said No request sent"):
            await attributes_of(f"ipp://localhost:{ours.port}/nowhere", "Get-Printer-Attributes", ["printer-name"])
