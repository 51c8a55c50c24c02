"""Pull printers on a real CUPS: the queue is free at once, and only what is released comes out, in that order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rig import (
    Agent,
    Cupsd,
    EvePrinter,
    ProgramFailed,
    agent,
    agent_jobs,
    cups_jobs,
    cups_queues,
    run_lp,
    wait_for_agent_job,
    wait_for_device,
    wait_for_job,
    wait_until,
)

pytestmark = [pytest.mark.anyio, pytest.mark.system]

LETTER = Path(__file__).parents[1] / "documents" / "01-a4-1p-gray.pdf"
QUEUE = "pull"
PRINTERS = {
    "format": 1,
    "printers": [
        {"id": QUEUE, "name": "Pull", "uri": "", "mode": "pull", "terms": "{}"},
        {"id": "hall", "name": "Hall", "uri": "ipp://127.0.0.1:9/ipp/print", "offered": False, "releases": True},
    ],
}
"""A queue of many devices, and one of those."""


@asynccontextmanager
async def desk(home: Path, cups: Cupsd) -> AsyncIterator[Agent]:
    settings = f'[spool_cups]\nserver = "{cups.server}"\nerror_log = "{cups.root}/log/error_log"\n'
    async with agent(home, env={"TYMPAN_KEYS": "file"}, settings=settings) as ours:
        yield ours


async def lp(cups: Cupsd, title: str, options: Mapping[str, str] | None = None) -> None:
    """Prints; returns when CUPS calls its job over."""
    number = await run_lp(cups.server, QUEUE, LETTER, options or {}, title=title)
    assert (await wait_for_job(cups.server, number)).state == "completed"


async def test_the_queue_is_free_at_once_and_released_jobs_come_out_in_their_order(
    tmp_path: Path, cups: Cupsd, eve: EvePrinter
) -> None:
    async with desk(tmp_path / "home", cups) as ours:
        await ours.tympan("printers", "add", "Pull", "--uri", eve.uri, "--mode", "pull")
        await wait_for_device(ours, QUEUE)
        await ours.tympan("printers", "install", QUEUE)
        for title in ("one", "two", "three"):
            await lp(cups, title)
        assert (await cups_queues(cups.server))[QUEUE].state == "idle"
        assert {job.state for job in await cups_jobs(cups.server)} == {"completed"}
        held = await agent_jobs(ours)
        assert [(job.name, job.state) for job in held] == [("one", "held"), ("two", "held"), ("three", "held")]
        assert eve.files() == []
        assert len(json.loads(await ours.tympan("held", "--json"))) == 3
        await ours.tympan("release", str(held[2].number), str(held[0].number))
        for job in (held[2], held[0]):
            await wait_for_agent_job(ours, job.number)
        assert [job["job-name"] for job in sorted(await eve.jobs(), key=lambda job: int(job["job-id"]))] == [
            "three",
            "one",
        ]
        assert [job.state for job in await agent_jobs(ours)] == ["completed", "held", "completed"]


async def test_a_queue_of_many_devices_has_a_driver_takes_what_they_can_and_prints_nothing_by_itself(
    tmp_path: Path, cups: Cupsd
) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "printers.json").write_text(json.dumps(PRINTERS), "utf-8")
    async with desk(tmp_path / "home", cups) as ours:
        await wait_for_device(ours, QUEUE)
        await ours.tympan("printers", "install", QUEUE)
        assert cups.ppd(QUEUE).exists()
        await lp(cups, "double", {"sides": "two-sided-long-edge", "print-color-mode": "color", "copies": "2"})
        await lp(cups, "next")
        assert (await cups_queues(cups.server))[QUEUE].state == "idle"

        async def all_held() -> bool:
            return [job.state for job in await agent_jobs(ours)] == ["held", "held"]

        await wait_until(all_held, "both jobs to be held", timeout_s=30.0, every_s=0.2)
        assert {job.reason for job in await agent_jobs(ours)} == {"job-held-for-release"}
        with pytest.raises(ProgramFailed, match="Pull has no device of its own"):
            await ours.tympan("job", "1", "--release")
        with pytest.raises(ProgramFailed, match="programs cannot print to Hall"):
            await ours.tympan("printers", "install", "hall")
