"""Every fault of a device while jobs go through the running agent: what it says meanwhile, and what came out on paper.

- While a fault lasts, ``tympan jobs``, Get-Job-Attributes and Get-Printer-Attributes tell the same true story.
- After it, each document is on paper exactly once, or its job stands as unknown or aborted with the right sentence.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
from rig import (
    Agent,
    AgentJob,
    add_printer,
    agent,
    agent_job,
    agent_jobs,
    attributes_of,
    papers,
    simulator,
    story,
    wait_for_agent_job,
    wait_for_device,
    wait_until,
)

from tympan_sim import WITHOUT_CREATE_JOB, PrinterHandle, Profile

pytestmark = [pytest.mark.anyio, pytest.mark.system]

DOCUMENTS = Path(__file__).parents[1] / "documents"
ONE_PAGE = DOCUMENTS / "01-a4-1p-gray.pdf"
THREE_PAGES = DOCUMENTS / "04-landscape-color-duplex-1.7.pdf"
HUNDRED_PAGES = DOCUMENTS / "02-a4-100p-10color.pdf"
SHOWN_S = 45.0
"""For a fault to be seen and told: the agent gives a silent device 10 to 15 s to answer, and looks again later."""
_SETTINGS = "[ipp_submission]\nwatch_alert_interval_s = 0.5\n[ipp_endpoint]\nstatus_age_s = 0.5\n"


@attrs.frozen(kw_only=True)
class View:
    """What the spooler is told of a job and its printer; states and reasons are IPP keywords."""

    job: str
    job_reasons: frozenset[str]
    job_message: str
    printer: str
    printer_reasons: frozenset[str]


@attrs.frozen(kw_only=True)
class Scene:
    """The agent with one printer, and the device behind it."""

    agent: Agent
    device: PrinterHandle
    printer: str
    endpoint: str

    async def send(self, title: str, file: Path = ONE_PAGE, *options: str) -> AgentJob:
        """Prints; returns the job as soon as it is accepted."""
        await self.agent.tympan("print", str(file), "--title", title, "--printer", self.printer, *options)
        jobs = [job for job in await agent_jobs(self.agent) if job.printer == self.printer]
        return next(job for job in jobs if job.name == title)

    async def view(self, job: AgentJob) -> View:
        """What CUPS is told now, where it watches a job: over a connection that is used again and again."""
        wanted = ("job-state", "job-state-reasons", "job-state-message")
        number, watching = [f"integer job-id {job.number}"], "Get-Printer-Attributes"
        [told] = await attributes_of(self.endpoint, "Get-Job-Attributes", wanted, more=number, after=watching)
        [printer] = await attributes_of(
            self.endpoint, "Get-Printer-Attributes", ("printer-state", "printer-state-reasons")
        )
        return View(
            job=told["job-state"],
            job_reasons=_words(told, "job-state-reasons"),
            job_message=told.get("job-state-message", ""),
            printer=printer["printer-state"],
            printer_reasons=_words(printer, "printer-state-reasons"),
        )

    async def tells(
        self, job: AgentJob, *, state: str, reason: str, facing: str, printer: str, words: str = ""
    ) -> View:
        """Waits until the command line and the endpoint tell the same of a job: returns what the spooler sees then."""

        async def look() -> View | None:
            before, view = await agent_job(self.agent, job.number), await self.view(job)
            after = await agent_job(self.agent, job.number)
            seen.append((before, view))
            same = (before.state, before.reason) == (after.state, after.reason) == (state, reason)
            shown = view.job == facing and {reason} - {"none"} <= view.job_reasons and view.printer == printer
            said = words in before.detail and words in view.job_message
            return view if same and shown and said else None

        seen: list[tuple[AgentJob, View]] = []
        try:
            return await wait_until(look, f"{reason} to be told", timeout_s=SHOWN_S, every_s=0.1)
        except TimeoutError as error:
            error.add_note(f"last seen: {seen[-1:]}")
            raise

    async def printer_says(self, job: AgentJob, reason: str) -> None:
        """Waits until ``printer-state-reasons`` have this too; being asked is what makes the agent look anew."""

        async def look() -> bool:
            return reason in (await self.view(job)).printer_reasons

        await wait_until(look, f"the printer to say {reason}", timeout_s=SHOWN_S, every_s=0.1)

    async def prints_on(self, title: str, pages: int = 1) -> None:
        """Waits until the device has so many sides of a job on paper."""

        async def look() -> bool:
            return any(job.name == title and job.printed >= pages for job in self.device.jobs)

        await wait_until(look, f"{pages} sides of {title} on paper", timeout_s=SHOWN_S)

    async def ends(self, job: AgentJob, state: str = "completed", *, words: str = "") -> AgentJob:
        """Waits until a job is over as it should be, in the eyes of the spooler too."""
        over = await wait_for_agent_job(self.agent, job.number)
        assert over.state == state, over
        assert words in over.detail
        shown = {"unknown": "processing-stopped"}.get(state, state)

        async def faces() -> bool:
            return (await self.view(over)).job == shown

        await wait_until(faces, f"{shown} in the eyes of the spooler", timeout_s=SHOWN_S)
        return over


def _words(row: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(row.get(name, "").split(","))


@pytest.fixture(scope="module")
async def ours(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agent]:
    """An agent for all scenes: each has a printer of its own there."""
    home = tmp_path_factory.mktemp("ours") / "home"
    async with agent(home, env={"TYMPAN_KEYS": "file"}, settings=_SETTINGS) as running:
        yield running


@asynccontextmanager
async def scene_of(ours: Agent, folder: Path, profile: Profile) -> AsyncIterator[Scene]:
    if not ours.program.running:  # another test broke off while it was stopped
        await ours.start()
    async with simulator(folder / "paper", profile) as site:
        device = site[profile.name]
        printer = await add_printer(ours, f"Front {uuid.uuid4().hex}", device.uri)
        await wait_for_device(ours, printer.id)
        yield Scene(agent=ours, device=device, printer=printer.id, endpoint=printer.endpoint)
    await ours.ask("printers.remove", printer=printer.id)


@pytest.fixture
async def scene(ours: Agent, tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene_of(ours, tmp_path, Profile(name="lab", pages_per_s=30)) as made:
        yield made


# ------------------------------------------------------------------ the device can take nothing now


@pytest.mark.parametrize(
    ("fault", "reason", "printer", "words"),
    [
        ("offline", "offline-report", "idle", "The device does not answer."),
        ("hang", "offline-report", "idle", "The device does not answer."),
        ("paper-out", "media-empty-error", "stopped", "out of paper"),
        ("not-accepting", "printer-not-accepting-jobs", "idle", "takes no new jobs now"),
        ("garbage", "other-error", "idle", "cannot be understood"),
        ("garbage:truncated", "other-error", "idle", "cannot be understood"),
        ("garbage:request-id", "other-error", "idle", "cannot be understood"),
        ("garbage:http-500", "other-error", "idle", "cannot be understood"),
    ],
)
async def test_jobs_wait_for_a_device_that_cannot_print_and_are_printed_once(
    fault: str, reason: str, printer: str, words: str, scene: Scene
) -> None:
    scene.device.order(fault)
    first, second = await scene.send("first"), await scene.send("second")
    await scene.tells(first, state="waiting", reason=reason, facing="processing-stopped", printer=printer, words=words)
    await scene.printer_says(first, reason)
    assert (await agent_job(scene.agent, second.number)).state == "queued"
    assert not scene.device.journal
    scene.device.clear()
    for job in (first, second):
        await scene.ends(job)
    assert [record.name for record in scene.device.journal] == ["first", "second"]
    ready = await wait_for_device(scene.agent, scene.printer)
    assert ready.reachable


async def test_a_busy_device_is_tried_again_and_called_ready(scene: Scene) -> None:
    scene.device.order("busy")
    job = await scene.send("letter")
    words = "busy with another job"
    view = await scene.tells(
        job, state="waiting", reason="printer-busy", facing="processing-stopped", printer="idle", words=words
    )
    assert view.printer_reasons == {"none"}
    scene.device.clear()
    await scene.ends(job)
    assert papers(scene.device, "letter") == ["completed"]


async def test_a_device_without_power_gets_the_job_when_it_is_back(scene: Scene) -> None:
    scene.device.order("power:600")
    job = await scene.send("letter")
    await scene.tells(
        job,
        state="waiting",
        reason="offline-report",
        facing="processing-stopped",
        printer="idle",
        words="does not answer",
    )
    scene.device.clear()
    await scene.ends(job)
    assert papers(scene.device, "letter") == ["completed"]


# ------------------------------------------------------------------ while the document is sent


@pytest.mark.parametrize("byte", [0, 5_000, 40_000])
async def test_a_connection_dropped_in_the_document_prints_once(byte: int, scene: Scene) -> None:
    scene.device.order(f"drop:{byte}")
    job = await scene.send("letter", HUNDRED_PAGES)
    await scene.ends(job)
    assert papers(scene.device, "letter") == ["completed"]
    [record] = scene.device.journal
    assert record.bytes == HUNDRED_PAGES.stat().st_size
    assert any(line.what == "sending broke off" for line in await story(scene.agent, job.number))


async def test_a_lost_answer_prints_once(scene: Scene) -> None:
    scene.device.order("drop-answer")
    await scene.ends(await scene.send("letter", THREE_PAGES))
    assert papers(scene.device, "letter") == ["completed"]


async def test_a_lost_answer_of_a_device_without_create_job_prints_once(ours: Agent, tmp_path: Path) -> None:
    old = Profile(name="old", pages_per_s=25, operations=WITHOUT_CREATE_JOB)
    async with scene_of(ours, tmp_path, old) as scene:
        scene.device.order("drop-answer")
        await scene.ends(await scene.send("letter", THREE_PAGES))
        assert papers(scene.device, "letter") == ["completed"]


async def test_a_slow_device_is_shown_at_work_and_can_be_asked_meanwhile(scene: Scene) -> None:
    scene.device.order("slow:4000")
    job = await scene.send("letter", HUNDRED_PAGES)
    await scene.tells(job, state="sending", reason="none", facing="processing", printer="processing")
    assert not scene.device.journal
    scene.device.clear()
    await scene.ends(job)
    assert papers(scene.device, "letter") == ["completed"]


async def test_a_device_that_answers_late_prints_once(scene: Scene) -> None:
    scene.device.order("delay:0.4")
    await scene.ends(await scene.send("letter"))
    assert papers(scene.device, "letter") == ["completed"]


async def test_a_format_refused_although_listed_is_rendered_and_said(scene: Scene) -> None:
    scene.device.order("reject:application/pdf")
    job = await scene.send("letter", THREE_PAGES)
    await scene.ends(job)
    [record] = scene.device.journal
    assert (record.format, record.pages) == ("image/pwg-raster", 3)
    assert any(line.what.startswith("rendered to image/pwg-raster") for line in await story(scene.agent, job.number))


async def test_a_format_refused_without_another_is_given_up_with_the_reason(ours: Agent, tmp_path: Path) -> None:
    async with scene_of(ours, tmp_path, Profile(name="pdf", formats=("application/pdf",))) as scene:
        scene.device.order("reject:application/pdf")
        job = await scene.ends(await scene.send("letter"), "aborted", words="document-format-not-supported")
        assert job.reason == "unsupported-document-format"
        assert not scene.device.journal and not scene.device.printer.active


# ------------------------------------------------------------------ while it prints


@pytest.mark.parametrize(
    ("fault", "reason", "printer", "words"),
    [
        ("paper-out", "media-empty-error", "stopped", "out of paper"),
        ("jam:50", "media-jam-error", "stopped", "jammed"),
        ("offline", "offline-report", "processing", "The device does not answer."),
        ("garbage", "other-error", "processing", "cannot be understood"),
        ("hang", "offline-report", "processing", "The device does not answer."),
    ],
)
async def test_a_fault_while_it_prints_is_shown_and_the_job_goes_on(
    fault: str, reason: str, printer: str, words: str, scene: Scene
) -> None:
    job = await scene.send("letter", HUNDRED_PAGES)
    await scene.prints_on("letter")
    scene.device.order(fault)
    await scene.tells(job, state="printing", reason=reason, facing="processing", printer=printer, words=words)
    await scene.printer_says(job, reason)
    scene.device.clear()
    await scene.ends(job)
    assert papers(scene.device, "letter") == ["completed"]


async def test_power_lost_while_it_prints_is_left_to_a_person_and_not_printed_again(scene: Scene) -> None:
    scene.device.order("jam:50")  # so that it cannot be done before its power goes
    job, second = await scene.send("letter", HUNDRED_PAGES), await scene.send("second")
    await scene.prints_on("letter", 2)
    scene.device.order("power:600")
    await scene.tells(job, state="printing", reason="offline-report", facing="processing", printer="processing")
    scene.device.clear()
    unknown = await scene.ends(job, "unknown", words="may have lost power")
    await scene.ends(second)
    assert papers(scene.device, "letter") == ["power-lost"] and papers(scene.device, "second") == ["completed"]
    view = await scene.view(unknown)
    assert view.job_message.startswith(unknown.detail) and "--settle" in view.job_message
    await scene.agent.tympan("job", str(job.number), "--release")
    await scene.ends(job)
    assert papers(scene.device, "letter") == ["power-lost", "completed"], "again only because a person said so"


async def test_an_abort_after_pages_is_told_with_their_number_and_not_printed_again(scene: Scene) -> None:
    scene.device.order("abort:3")
    job = await scene.ends(await scene.send("letter", HUNDRED_PAGES), "aborted", words="after 2 page sides")
    assert job.reason == "aborted-by-system"
    assert papers(scene.device, "letter") == ["aborted"]


async def test_an_abort_once_processing_began_is_the_end_though_no_page_was_counted(scene: Scene) -> None:
    await scene.ends(await scene.send("first"))
    scene.device.order("abort:1")
    await scene.ends(await scene.send("letter"), "aborted", words="gave the job up")
    assert len([job for job in scene.device.jobs if job.name == "letter"]) == 1


async def test_a_job_the_device_forgot_is_left_to_a_person(scene: Scene) -> None:
    job = await scene.send("letter", HUNDRED_PAGES)
    await scene.prints_on("letter")
    scene.device.order("offline")
    await scene.device.until_printed(timeout_s=SHOWN_S)
    scene.device.clear()
    scene.device.order("forget")
    await scene.ends(job, "unknown", words="does not know the job any more")
    assert papers(scene.device, "letter") == ["completed"]
    await scene.agent.tympan("job", str(job.number), "--settle")
    await scene.ends(job)
    assert papers(scene.device, "letter") == ["completed"]


async def test_another_certificate_in_the_middle_of_a_job_is_waited_for(scene: Scene) -> None:
    job = await scene.send("letter", HUNDRED_PAGES)
    await scene.prints_on("letter")
    await scene.agent.stop()
    scene.device.order("new-certificate")
    await scene.agent.start()
    await scene.tells(
        job,
        state="printing",
        reason="certificate-changed",
        facing="processing",
        printer="processing",
        words=f"tympan printers trust {scene.printer}",
    )
    await scene.printer_says(job, "certificate-changed")
    await scene.agent.tympan("printers", "trust", scene.printer, "--yes")
    await scene.ends(job)
    assert papers(scene.device, "letter") == ["completed"]
