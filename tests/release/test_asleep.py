"""The computer that printed is away: its sealed job lies at the hub, and another one prints it, once."""

from __future__ import annotations

import functools
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from release_rig import FRONT, MARKER, Desk, below, content, desk, marked_document
from rig import agent_jobs

from tympan_hub.domain.pull import Mirroring, PullSettings

pytestmark = pytest.mark.system
BEN, TITLE = "ben", "Asleep.pdf"


def test_a_job_of_a_computer_that_is_away_is_printed_once_by_another_which_the_first_one_learns(tmp_path: Path) -> None:
    rules = PullSettings(mirror=Mirroring.HUB)
    with desk(tmp_path, BEN, agents=2, rules=rules, poll_s=1.0) as here:  # the first one hears of the second
        asleep, _ = here.office.agents
        job = here.held(BEN, TITLE, document=marked_document(tmp_path / "large.pdf"))
        here.until(lambda: mirrored(here), "the job to lie at the hub")
        here.do(asleep.kill9)
        here.until(lambda: released(here, job), "the hub to give it to the other computer")
        here.printed(TITLE)
        here.do(asleep.start)
        for agent in (0, 1):
            here.until(functools.partial(over, here, agent), "both computers to be done with it")
        assert here.papers(TITLE) == [FRONT]
        [row] = here.do(here.person(BEN).jobs)
        assert (row["title"], row["standing"]) == (TITLE, "completed")
        kept = [path for path in below(tmp_path) if path.parent != tmp_path]
        assert [path for path in kept if "devices" not in path.parts and MARKER in content(path)] == []


async def mirrored(here: Desk) -> bool:
    """Whether the other computer has an envelope of it."""
    with closing(sqlite3.connect(f"file:{here.office.hub.home / 'hub.db'}?mode=ro", uri=True)) as database:
        return bool(database.execute("SELECT agent FROM mirror_envelopes").fetchall())


async def released(here: Desk, job: str) -> bool:
    """Whether the wish was taken: as long as the hub takes the first computer for awake, it may have to be repeated."""
    await here.person(BEN).release(here.point(FRONT).code, job)
    return bool(here.papers(TITLE))


async def over(here: Desk, agent: int) -> bool:
    """Whether nothing is left to do at a computer."""
    return all(job.over for job in await agent_jobs(here.office.agents[agent]))


def test_a_folder_that_goes_while_it_is_looked_through_is_no_fault(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / "blobs" / name).mkdir(parents=True)
        (tmp_path / "blobs" / name / "part").write_bytes(b"sealed")
    (tmp_path / "blobs" / "list").touch()
    found = []
    for path in below(tmp_path):
        found.append(path)
        if path.name == "part":  # as the hub does with the blobs of jobs that are printed
            shutil.rmtree(tmp_path / "blobs" / ("second" if path.parent.name == "first" else "first"))
    assert [path.name for path in found] == ["list", "part"]
    assert content(tmp_path / "blobs" / "third") == b""
