"""Statistics against the documents' truth: of ``tympan inspect``, and of jobs really printed, readable or not."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from rig import Agent, AgentJob, add_printer, agent, agent_jobs, simulator, wait_for_device, wait_until

from tympan_sim import PrinterHandle, Profile

pytestmark = [pytest.mark.anyio, pytest.mark.system]

DOCUMENTS = Path(__file__).parents[1] / "documents"
TRUTH: Mapping[str, Mapping[str, Any]] = json.loads((DOCUMENTS / "truth.json").read_text())
KEYS = ("format", "pages", "sizes", "color_pages", "duplex")
LOCKED = "06-encrypted-user-rc4.pdf"
EMPTY = "26-empty.bin"
TYPES = ("application/pdf", "image/jpeg", "image/pwg-raster", "image/urf", "application/postscript", "text/plain")
PRINTED_S = 60.0


def truth_of(name: str) -> dict[str, Any]:
    """What is true of a document, as far as it can be known without a password."""
    known = {key: TRUTH[name][key] for key in KEYS}
    # The truth tells in brackets where the wish for sides comes from.
    known["duplex"] = known["duplex"].partition(" ")[0] if known["duplex"] else None
    if name == LOCKED:
        known["color_pages"] = None
    return known


def asserted(statistics: Mapping[str, Any]) -> dict[str, Any]:
    return {key: statistics[key] for key in KEYS}


def test_every_document_has_a_truth() -> None:
    assert {path.name for path in DOCUMENTS.iterdir()} == {*TRUTH, "truth.json"}
    assert {row["format"] for row in TRUTH.values()} == {*TYPES, "application/octet-stream"}


# ------------------------------------------------------------------ tympan inspect


@pytest.fixture
async def idle(tmp_path: Path) -> AsyncIterator[Agent]:
    """An agent that does not run: inspecting needs none."""
    async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}, started=False) as ours:
        yield ours


@pytest.mark.parametrize("name", sorted(TRUTH))
async def test_inspect_tells_the_truth(name: str, idle: Agent) -> None:
    row = json.loads(await idle.tympan("inspect", str(DOCUMENTS / name), "--json"))
    assert asserted(row) == truth_of(name)
    assert (row["file"], row["bytes"]) == (name, TRUTH[name]["bytes"])
    sound = name not in (LOCKED, EMPTY) and row["pages"] is not None
    assert (row["problem"] == "") is sound, row["problem"]


async def test_a_damaged_document_is_told_in_words_too(idle: Agent) -> None:
    told = await idle.tympan("inspect", str(DOCUMENTS / "25-truncated.pdf"))
    assert "unreadable" in told and "damaged" in told


async def test_the_bytes_tell_the_format_and_not_the_name(tmp_path: Path, idle: Agent) -> None:
    disguised = tmp_path / "photo.jpg"
    disguised.write_bytes((DOCUMENTS / "04-landscape-color-duplex-1.7.pdf").read_bytes())
    row = json.loads(await idle.tympan("inspect", str(disguised), "--json"))
    assert asserted(row) == truth_of("04-landscape-color-duplex-1.7.pdf")


# ------------------------------------------------------------------ jobs that were printed


@attrs.frozen(kw_only=True)
class Desk:
    """The agent, with one printer on a device that takes every format."""

    agent: Agent
    printer: str
    device: PrinterHandle

    async def printed(self, name: str, *options: str) -> AgentJob:
        """Prints a document; returns its job once it is printed and counted, which may be later."""
        file, media_type = DOCUMENTS / name, TRUTH[name]["format"]
        await self.agent.tympan("print", str(file), "--printer", self.printer, "--format", media_type, *options)

        async def look() -> AgentJob | None:
            [job] = [each for each in await agent_jobs(self.agent) if each.printer == self.printer]
            return job if job.over and job.statistics is not None else None

        job = await wait_until(look, f"{name} to be printed and counted", timeout_s=PRINTED_S, every_s=0.2)
        assert job.state == "completed", job.detail
        [record] = self.device.journal
        assert record.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
        return job


@pytest.fixture(scope="module")
async def ours(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agent]:
    """An agent for all desks: each has a printer of its own there."""
    async with agent(tmp_path_factory.mktemp("ours") / "home", env={"TYMPAN_KEYS": "file"}) as running:
        yield running


@pytest.fixture
async def desk(ours: Agent, tmp_path: Path) -> AsyncIterator[Desk]:
    async with simulator(tmp_path / "paper", Profile(name="lab", formats=TYPES)) as site:
        printer = await add_printer(ours, f"Front {uuid.uuid4().hex}", site["lab"].uri)
        await wait_for_device(ours, printer.id)
        yield Desk(agent=ours, printer=printer.id, device=site["lab"])
    await ours.ask("printers.remove", printer=printer.id)


@pytest.mark.parametrize("name", sorted(set(TRUTH) - {EMPTY}))
async def test_a_printed_job_has_true_statistics(name: str, desk: Desk) -> None:
    statistics = (await desk.printed(name)).statistics
    assert statistics is not None
    assert asserted(statistics) == truth_of(name)
    if statistics["pages"] is None:
        assert statistics["impressions"] is None and "unreadable" in statistics["problem"]
    else:
        assert statistics["impressions"] == statistics["pages"]


async def test_impressions_and_sheets_follow_the_ticket(desk: Desk) -> None:
    job = await desk.printed("02-a4-100p-10color.pdf", "--copies", "2", "--sides", "long", "--pages", "1-10,21-25")
    statistics = job.statistics
    assert statistics is not None
    assert (statistics["pages"], statistics["copies"]) == (100, 2)
    assert (statistics["impressions"], statistics["sheets"]) == (30, 16)
    assert statistics["color_impressions"] == 2
    assert desk.device.journal[0].ticket["copies"] == [2]


async def test_monochrome_prints_no_impression_in_colour(desk: Desk) -> None:
    statistics = (await desk.printed("04-landscape-color-duplex-1.7.pdf", "--color", "monochrome")).statistics
    assert statistics is not None
    assert (statistics["color_pages"], statistics["color_impressions"]) == ([1, 2, 3], 0)
