"""Real spooler, real device: ``lp`` through a private CUPS, our queue, our agent, and ``ippeveprinter``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pypdfium2
import pytest
from PIL import Image
from rig import (
    Agent,
    AgentJob,
    Cupsd,
    CupsJob,
    CupsQueue,
    EvePrinter,
    PrintedFile,
    add_printer,
    agent,
    agent_jobs,
    cups_jobs,
    cups_queues,
    run,
    run_lp,
    wait_for_agent_job,
    wait_for_device,
    wait_for_job,
    wait_until,
)

pytestmark = [pytest.mark.anyio, pytest.mark.system]

DOCUMENTS = Path(__file__).parents[1] / "documents"
LETTER = DOCUMENTS / "01-a4-1p-gray.pdf"
QUEUE = "front"
SEEN_S = 30.0
"""For CUPS to notice what its backend learnt: it asks a printer at growing intervals."""


@attrs.frozen(kw_only=True)
class Desk:
    """A user's desk: the spooler with a queue of ours, the agent, and the device."""

    cups: Cupsd
    agent: Agent
    eve: EvePrinter

    async def lp(self, file: Path = LETTER, **options: str) -> int:
        """Prints; option names with ``_`` for ``-``."""
        return await run_lp(self.cups.server, QUEUE, file, {name.replace("_", "-"): v for name, v in options.items()})

    async def cups_job(self, number: int) -> CupsJob:
        """How CUPS sees a job."""
        return next(job for job in await cups_jobs(self.cups.server) if job.id == number)

    async def queue(self) -> CupsQueue:
        """How CUPS sees the queue."""
        return (await cups_queues(self.cups.server))[QUEUE]

    async def queue_says(self, reason: str) -> CupsQueue:
        """The queue once its ``printer-state-reasons`` have this."""

        async def look() -> CupsQueue | None:
            queue = await self.queue()
            return queue if reason in queue.reasons else None

        return await wait_until(look, f"the queue to say {reason}", timeout_s=SEEN_S, every_s=0.2)

    async def printed(self, number: int) -> PrintedFile:
        """The one file that came out, once CUPS calls the job completed."""
        assert (await wait_for_job(self.cups.server, number)).state == "completed"
        [file] = self.eve.files()
        return file

    async def device_works(self) -> int:
        """The number of the job the device works on."""

        async def look() -> int | None:
            return next((int(job["job-id"]) for job in await self.eve.jobs() if job["job-state"] == "processing"), None)

        return await wait_until(look, "the device to work", timeout_s=SEEN_S)

    async def only_job(self) -> AgentJob:
        """The agent's one job."""
        [job] = await agent_jobs(self.agent)
        return job

    async def counted(self) -> Mapping[str, Any]:
        """What was counted in the agent's one job: it may be printed before."""

        async def look() -> Mapping[str, Any] | None:
            return (await self.only_job()).statistics

        return await wait_until(look, "the job to be counted", timeout_s=SEEN_S)


@asynccontextmanager
async def desk_of(home: Path, cups: Cupsd, eve: EvePrinter) -> AsyncIterator[Desk]:
    """The agent with a printer on the device and a queue for it."""
    settings = f'[spool_cups]\nserver = "{cups.server}"\nerror_log = "{cups.root}/log/error_log"\n'
    settings += "[ipp_submission]\nwatch_alert_interval_s = 0.5\n"
    async with agent(home, env={"TYMPAN_KEYS": "file"}, settings=settings) as ours:
        await add_printer(ours, "Front", eve.uri)
        await wait_for_device(ours, QUEUE)
        await ours.tympan("printers", "install", QUEUE)
        yield Desk(cups=cups, agent=ours, eve=eve)


@pytest.fixture
async def desk(tmp_path: Path, cups: Cupsd, eve: EvePrinter) -> AsyncIterator[Desk]:
    async with desk_of(tmp_path / "home", cups, eve) as made:
        yield made


def pages_of(file: PrintedFile) -> int:
    document = pypdfium2.PdfDocument(file.path)
    try:
        return len(document)
    finally:
        document.close()


def paper_of(file: PrintedFile) -> tuple[int, int]:
    """Width and height of the first page in points."""
    document = pypdfium2.PdfDocument(file.path)
    try:
        width, height = document.get_page_size(0)
        return round(width), round(height)
    finally:
        document.close()


# ------------------------------------------------------------------ what is printed arrives as ordered


async def test_the_queue_leads_to_the_agent_and_has_a_driver(desk: Desk) -> None:
    queue = await desk.queue()
    assert queue.uri == f"ipp://localhost:{desk.agent.port}/ipp/print/{QUEUE}"
    assert queue.state == "idle"
    assert desk.cups.ppd(QUEUE).exists()


async def test_a_pdf_arrives_with_the_tickets_defaults(desk: Desk) -> None:
    file = await desk.printed(await desk.lp())
    assert (file.media_type, pages_of(file)) == ("application/pdf", 1)
    assert file.ticket["job-name"] == LETTER.name
    assert file.ticket.get("copies", "1") == "1"
    assert (await desk.only_job()).state == "completed"


async def test_copies_sides_pages_media_and_colour_arrive_as_ordered(desk: Desk) -> None:
    options = {"sides": "two-sided-long-edge", "media": "iso_a5_148x210mm", "print_color_mode": "monochrome"}
    number = await desk.lp(DOCUMENTS / "02-a4-100p-10color.pdf", copies="2", page_ranges="2-5", **options)
    file = await desk.printed(number)
    ticket = file.ticket
    assert pages_of(file) == 4 and paper_of(file) == (420, 595)
    assert (ticket["copies"], ticket["sides"], ticket["print-color-mode"]) == ("2", "two-sided-long-edge", "monochrome")
    assert "x-dimension=14800 y-dimension=21000" in ticket["media-col"]
    statistics = await desk.counted()
    assert (statistics["pages"], statistics["impressions"], statistics["sheets"]) == (4, 8, 4)


async def test_a_hundred_pages_arrive(desk: Desk) -> None:
    file = await desk.printed(await desk.lp(DOCUMENTS / "02-a4-100p-10color.pdf", sides="two-sided-short-edge"))
    assert pages_of(file) == 100
    assert file.ticket["sides"] == "two-sided-short-edge"


async def test_a_photograph_arrives_as_it_was(desk: Desk) -> None:
    photograph = DOCUMENTS / "16-color-1200x900.jpg"
    file = await desk.printed(await desk.lp(photograph, copies="3", print_color_mode="color"))
    with Image.open(file.path) as came, Image.open(photograph) as went:
        assert (came.format, came.size) == ("JPEG", went.size)
        assert came.tobytes() == went.tobytes()
    assert (file.ticket["copies"], file.ticket["print-color-mode"]) == ("3", "color")


async def test_a_text_arrives_as_pages(desk: Desk) -> None:
    file = await desk.printed(
        await desk.lp(DOCUMENTS / "21-utf8-3p-formfeed.txt", media="na_letter_8.5x11in", sides="two-sided-long-edge")
    )
    assert pages_of(file) >= 3 and paper_of(file) == (612, 792)
    assert file.ticket["sides"] == "two-sided-long-edge"
    assert "x-dimension=21590 y-dimension=27940" in file.ticket["media-col"]


# ------------------------------------------------------------------ the end comes from the device


async def test_cups_shows_the_job_completed_only_when_the_device_finished(desk: Desk) -> None:
    desk.eve.take_seconds(6)
    number = await desk.lp()
    await desk.device_works()
    ours = await wait_for_agent_job(desk.agent, 1, "printing")
    assert not ours.over
    job = await desk.cups_job(number)
    assert job.state == "processing" and (await desk.queue()).state == "processing"
    still = await desk.eve.jobs()
    assert [each["job-state"] for each in still] == ["processing"], "asked after CUPS, so CUPS was right"
    assert (await wait_for_job(desk.cups.server, number)).state == "completed"
    assert [each["job-state"] for each in await desk.eve.jobs()] == ["completed"]
    assert (await desk.only_job()).state == "completed"


async def test_a_job_the_device_gives_up_is_not_called_completed(desk: Desk) -> None:
    desk.eve.fail_jobs()
    number = await desk.lp()
    assert (await wait_for_job(desk.cups.server, number)).state in ("aborted", "canceled")
    job = await desk.only_job()
    assert job.state == "aborted" and "gave the job up" in job.detail


async def test_a_cancel_at_the_device_ends_the_job_everywhere(desk: Desk) -> None:
    desk.eve.take_seconds(3)
    number = await desk.lp()
    await desk.eve.cancel(await desk.device_works())
    job = await wait_for_agent_job(desk.agent, 1)
    assert (job.state, job.reason) == ("canceled", "job-canceled-at-device")
    assert (await wait_for_job(desk.cups.server, number)).state == "canceled"


async def test_a_cancel_in_cups_cancels_at_the_device(desk: Desk) -> None:
    desk.eve.take_seconds(3)
    number = await desk.lp()
    await desk.device_works()
    await run(["cancel", "-h", desk.cups.server, f"{QUEUE}-{number}"])
    job = await wait_for_agent_job(desk.agent, 1)
    assert (job.state, job.reason) == ("canceled", "job-canceled-by-user")
    assert [each["job-state"] for each in await desk.eve.jobs()] == ["canceled"]
    assert (await desk.cups_job(number)).state == "canceled"


# ------------------------------------------------------------------ the device is away


async def test_unplugged_the_job_waits_and_the_queue_says_so_and_it_is_printed_once(desk: Desk) -> None:
    await desk.eve.stop()
    number = await desk.lp()
    job = await wait_for_agent_job(desk.agent, 1, "waiting")
    assert job.reason == "offline-report" and "does not answer" in job.detail
    queue = await desk.queue_says("offline-report")
    assert "does not answer" in queue.message
    assert "does not answer" in await run(["lpstat", "-h", desk.cups.server, "-l", "-p", QUEUE])
    assert not (await desk.cups_job(number)).ended and not desk.eve.files()
    await desk.eve.start()
    assert pages_of(await desk.printed(number)) == 1
    assert len(await desk.eve.jobs()) == 1


async def test_a_second_job_waits_behind_the_first_and_both_are_printed_in_order(desk: Desk) -> None:
    await desk.eve.stop()
    numbers = [await desk.lp(), await desk.lp(DOCUMENTS / "04-landscape-color-duplex-1.7.pdf")]
    await desk.queue_says("offline-report")
    await desk.eve.start()
    for number in numbers:
        assert (await wait_for_job(desk.cups.server, number)).state == "completed"
    assert [pages_of(file) for file in desk.eve.files()] == [1, 3]


async def test_the_job_in_the_queue_survives_a_restart_of_the_agent(desk: Desk) -> None:
    await desk.eve.stop()
    number = await desk.lp()
    await wait_for_agent_job(desk.agent, 1, "waiting")
    assert await desk.agent.stop() == 0
    assert not (await desk.cups_job(number)).ended
    await desk.agent.start()
    await desk.eve.start()
    assert pages_of(await desk.printed(number)) == 1
    assert len(await desk.eve.jobs()) == 1


async def test_a_job_printed_while_the_agent_is_stopped_waits_in_cups(desk: Desk) -> None:
    await desk.agent.stop()
    number = await desk.lp()

    async def noticed() -> bool:
        return bool((await desk.queue()).message)

    await wait_until(noticed, "CUPS to notice that nobody answers", timeout_s=SEEN_S, every_s=0.2)
    assert not (await desk.cups_job(number)).ended
    await desk.agent.start()
    assert pages_of(await desk.printed(number)) == 1
