"""What reaches a device in which form: untouched where it takes it, else rendered; over IPPS once pinned."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
from PIL import Image
from rig import (
    Agent,
    AgentJob,
    ProgramFailed,
    add_printer,
    agent,
    agent_jobs,
    agent_printers,
    simulator,
    story,
    wait_for_agent_job,
    wait_for_device,
)

from tympan_sim import PrinterHandle, Profile, Record, Site
from tympan_wire.raster import ColorSpace, RasterPage, RasterWalker

pytestmark = [pytest.mark.anyio, pytest.mark.system]

DOCUMENTS = Path(__file__).parents[1] / "documents"
GRAY_PDF = DOCUMENTS / "01-a4-1p-gray.pdf"
COLOR_PDF = DOCUMENTS / "04-landscape-color-duplex-1.7.pdf"
LETTER_PDF = DOCUMENTS / "07-linearized-objstm-1.5.pdf"
PWG, JPEG = "image/pwg-raster", "image/jpeg"


@attrs.frozen(kw_only=True)
class Bench:
    """The agent and devices of several kinds, each with a printer of its name and of this bench."""

    agent: Agent
    site: Site
    number: str

    def of(self, name: str) -> str:
        """The id of a device's printer."""
        return f"{name}-{self.number}"

    async def printer(self, name: str, *, secure: bool = False) -> PrinterHandle:
        """Defines the printer of a device; returns the device once the agent saw it."""
        device = self.site[name]
        uri = device.ipps_uri if secure else device.uri
        assert uri is not None
        await add_printer(self.agent, self.of(name), uri)
        await wait_for_device(self.agent, self.of(name))
        return device

    async def print(self, printer: str, file: Path, *options: str) -> AgentJob:
        """Prints with the command line; returns the job once it is over."""
        job = await self.send(printer, file, *options)
        return await wait_for_agent_job(self.agent, job.number)

    async def send(self, printer: str, file: Path, *options: str) -> AgentJob:
        """Prints with the command line; returns the job as soon as it is accepted."""
        await self.agent.tympan("print", str(file), "--printer", self.of(printer), *options)
        return (await agent_jobs(self.agent))[-1]

    async def notes(self, job: AgentJob) -> dict[str, str]:
        """What the story of a job says: what happened, and why."""
        return {line.what: line.why for line in await story(self.agent, job.number)}


PROFILES = (
    Profile(name="any"),
    Profile(name="raster", formats=(PWG,)),
    Profile(name="raster-gray", formats=(PWG,), color=False, duplex=False),
    Profile(name="photo", formats=(JPEG,)),
)


@pytest.fixture(scope="module")
async def ours(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agent]:
    """An agent for all benches: each has printers of its own there."""
    settings = "[ipp_submission]\nwatch_alert_interval_s = 0.5\n"
    home = tmp_path_factory.mktemp("ours") / "home"
    async with agent(home, env={"TYMPAN_KEYS": "file"}, settings=settings) as running:
        yield running


@pytest.fixture
async def bench(ours: Agent, tmp_path: Path) -> AsyncIterator[Bench]:
    if not ours.program.running:
        await ours.start()
    async with simulator(tmp_path / "paper", *PROFILES) as site:
        yield Bench(agent=ours, site=site, number=uuid.uuid4().hex)
    for printer in await agent_printers(ours):
        await ours.ask("printers.remove", printer=printer)


def only(device: PrinterHandle) -> Record:
    [record] = device.journal
    assert record.ended == "completed"
    return record


def raster_of(record: Record) -> list[RasterPage]:
    assert record.format == PWG
    walker = RasterWalker()
    pages = walker.feed(Path(record.file).read_bytes())
    walker.finish()
    return pages


# ------------------------------------------------------------------ what the device takes is not touched


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("02-a4-100p-10color.pdf", "application/pdf"),
        ("06-encrypted-user-rc4.pdf", "application/pdf"),
        ("25-truncated.pdf", "application/pdf"),
        ("16-color-1200x900.jpg", JPEG),
        ("13-srgb8-a4-150dpi-duplex.pwg", PWG),
        ("15-srgb24-a4-150dpi.urf", "image/urf"),
    ],
)
async def test_a_document_the_device_takes_arrives_byte_for_byte(name: str, media_type: str, bench: Bench) -> None:
    device = await bench.printer("any")
    job = await bench.print("any", DOCUMENTS / name, "--format", media_type, "--copies", "2", "--sides", "long")
    assert job.state == "completed", job.detail
    record = only(device)
    assert record.sha256 == hashlib.sha256((DOCUMENTS / name).read_bytes()).hexdigest()
    assert (record.format, record.name) == (media_type, name)
    assert (record.ticket["copies"], record.ticket["sides"]) == ([2], ["two-sided-long-edge"])
    assert not [what for what in await bench.notes(job) if "rendered" in what or "adapted" in what]


# ------------------------------------------------------------------ what it does not take is rendered, and said


async def test_a_pdf_is_rendered_to_raster_in_colour_with_sides(bench: Bench) -> None:
    device = await bench.printer("raster")
    job = await bench.print("raster", COLOR_PDF, "--sides", "long")
    assert job.state == "completed", job.detail
    pages = raster_of(only(device))
    assert [page.has_color for page in pages] == [True] * 3
    assert {page.header.color_space for page in pages} == {ColorSpace.SRGB}
    assert {(page.header.duplex, page.header.tumble) for page in pages} == {(True, False)}
    assert {tuple(sorted(page.header.page_size_points)) for page in pages} == {(595, 842)}
    rendered = {what: why for what, why in (await bench.notes(job)).items() if what.startswith("rendered to")}
    [(what, why)] = rendered.items()
    assert PWG in what and "colour" in what and why == "the device does not take application/pdf"


async def test_pages_keep_their_size_and_number(bench: Bench) -> None:
    device = await bench.printer("raster")
    assert (await bench.print("raster", LETTER_PDF)).state == "completed"
    pages = raster_of(only(device))
    assert len(pages) == 20
    for page in pages:
        header = page.header
        assert header.page_size_points == (612, 792) and header.x_dpi == header.y_dpi == 300
        assert abs(header.width_px - 2550) <= 2 and abs(header.height_px - 3300) <= 2
        assert not header.duplex


async def test_monochrome_media_and_pages_are_rendered_as_ordered(bench: Bench) -> None:
    device = await bench.printer("raster")
    options = ("--color", "monochrome", "--media", "iso_a5_148x210mm", "--pages", "2-3", "--copies", "2")
    job = await bench.print("raster", COLOR_PDF, *options, "--sides", "short")
    assert job.state == "completed", job.detail
    record = only(device)
    pages = raster_of(record)
    assert [(page.has_color, page.header.color_space) for page in pages] == [(False, ColorSpace.SGRAY)] * 2
    assert {page.header.page_size_points for page in pages} == {(420, 595)}
    assert {(page.header.duplex, page.header.tumble) for page in pages} == {(True, True)}
    assert record.ticket["copies"] == [2] and record.impressions == 4
    assert "page-ranges" not in record.ticket
    assert "only these pages are rendered" in (await bench.notes(job))["the ticket was adapted"]


async def test_a_gray_device_gets_gray(bench: Bench) -> None:
    device = await bench.printer("raster-gray")
    assert (await bench.print("raster-gray", COLOR_PDF)).state == "completed"
    pages = raster_of(only(device))
    assert [(page.has_color, page.header.color_space) for page in pages] == [(False, ColorSpace.SGRAY)] * 3


async def test_a_device_of_photographs_gets_the_page_as_one(bench: Bench) -> None:
    device = await bench.printer("photo")
    job = await bench.print("photo", GRAY_PDF)
    assert job.state == "completed", job.detail
    record = only(device)
    assert record.format == JPEG
    with Image.open(record.file) as image:
        assert image.format == "JPEG"
        assert abs(image.width - 2480) <= 2 and abs(image.height - 3508) <= 2
    assert any(what.startswith(f"rendered to {JPEG}") for what in await bench.notes(job))


# ------------------------------------------------------------------ what cannot be done is said, and nothing printed


@pytest.mark.parametrize(
    ("printer", "name", "reason", "words"),
    [
        ("photo", COLOR_PDF.name, "unsupported-document-format", "the document has 3 pages"),
        ("raster", "06-encrypted-user-rc4.pdf", "document-password-error", "locked with a password"),
        ("raster", "25-truncated.pdf", "document-format-error", "damaged"),
    ],
)
async def test_a_pdf_that_cannot_be_rendered_is_given_up_with_the_reason(
    printer: str, name: str, reason: str, words: str, bench: Bench
) -> None:
    device = await bench.printer(printer)
    job = await bench.print(printer, DOCUMENTS / name)
    assert (job.state, job.reason) == ("aborted", reason)
    assert words in job.detail
    assert device.journal == () and not device.printer.active


async def test_a_format_that_cannot_be_converted_is_refused_at_the_door(bench: Bench) -> None:
    device = await bench.printer("raster")
    with pytest.raises(ProgramFailed, match="document-format-not-supported"):
        await bench.agent.tympan("print", str(DOCUMENTS / "16-color-1200x900.jpg"), "--printer", bench.of("raster"))
    assert device.jobs == ()


# ------------------------------------------------------------------ IPPS: pinned on first use, a change is shown


async def test_the_certificate_is_pinned_and_a_new_one_stops_printing_until_trusted(bench: Bench) -> None:
    device = await bench.printer("any", secure=True)
    pinned = (await agent_printers(bench.agent))[bench.of("any")].fingerprint
    certificate = bench.site.certificate
    assert certificate is not None and pinned == hashlib.sha256(certificate).hexdigest()
    assert (await bench.print("any", GRAY_PDF)).state == "completed"
    await bench.agent.stop()  # a connection that was vouched for may go on; the pin outlives the agent
    device.order("new-certificate")
    await bench.agent.start()
    job = await bench.send("any", GRAY_PDF, "--title", "after")
    job = await wait_for_agent_job(bench.agent, job.number, "waiting", reason="certificate-changed")
    assert f"tympan printers trust {bench.of('any')}" in job.detail and pinned in job.detail
    seen = await wait_for_device(bench.agent, bench.of("any"), reason="certificate-changed")
    assert not seen.reachable and f"tympan printers trust {bench.of('any')}" in seen.detail
    assert len(device.jobs) == 1, "nothing was said to a device nobody vouches for"
    await bench.agent.tympan("printers", "trust", bench.of("any"), "--yes")
    assert (await wait_for_agent_job(bench.agent, job.number)).state == "completed"
    assert [record.name for record in device.journal] == [GRAY_PDF.name, "after"]
    certificate = bench.site.certificate
    assert certificate is not None
    assert (await agent_printers(bench.agent))[bench.of("any")].fingerprint == hashlib.sha256(certificate).hexdigest()


async def test_a_device_that_offers_ipps_is_asked_so_and_never_again_without(bench: Bench) -> None:
    device = await bench.printer("any")
    certificate = bench.site.certificate
    assert certificate is not None
    assert (await agent_printers(bench.agent))[bench.of("any")].fingerprint == hashlib.sha256(certificate).hexdigest()
    await bench.agent.stop()
    device.order("new-certificate")
    await bench.agent.start()
    job = await bench.send("any", GRAY_PDF)
    await wait_for_agent_job(bench.agent, job.number, "waiting", reason="certificate-changed")
    assert device.jobs == ()
